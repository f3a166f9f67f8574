/** `filter_chain_matcher`: a matcher tree over the connection, which leads to the name of a filter chain. */
import type { RuntimeView } from "../contract/request-view.ts";
import { StreamInfo } from "../contract/stream-info.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { compileInputTree, type InputTree } from "../match/inputs/input-tree.ts";
import type { MatchSubject } from "../match/inputs/subject.ts";
import { simulatedContext, simulatedStream } from "../router/simulated-stream.ts";
import type { FilterChain, Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { Any } from "../schema/generated/google/protobuf.ts";
import type { ConnectionFacts } from "./connection-facts.ts";

const NAME = "type.googleapis.com/google.protobuf.StringValue";
/** A connection has sent no request yet. */
const NO_HEADERS = new HeaderBlock();

export class FilterChainTree {
  private readonly tree: InputTree<string>;
  private readonly byName: ReadonlyMap<string, FilterChain>;
  private readonly runtime: RuntimeView;

  constructor(listener: Listener, diagnostics: Diagnostics, runtime: RuntimeView) {
    this.tree = compileInputTree(listener.filter_chain_matcher ?? {}, (action, at) => nameOf(action, at, diagnostics), diagnostics);
    this.byName = new Map((listener.filter_chains ?? []).map((chain) => [chain.name ?? "", chain]));
    this.runtime = runtime;
  }

  /** The name that the tree leads to; undefined: to none, and the default chain serves the connection. */
  name(facts: ConnectionFacts): string | undefined {
    return this.tree(this.subject(facts));
  }

  /** Undefined where there is no chain of this name: Envoy closes the connection. */
  chain(name: string): FilterChain | undefined {
    return this.byName.get(name);
  }

  private subject({ source, destination, directSource, serverName, transportProtocol, applicationProtocols }: ConnectionFacts): MatchSubject {
    const info = new StreamInfo({ connectionId: 0, remote: source, local: destination, direct: directSource });
    return {
      requestHeaders: NO_HEADERS, responseHeaders: null, responseTrailers: null, info, runtime: this.runtime, random: 0n, routeMetadata: null,
      tls: null, serverName,
      facts: simulatedContext(simulatedStream({}), NO_HEADERS), offered: { transportProtocol, applicationProtocols },
    };
  }
}

function nameOf(action: Any, at: object, diagnostics: Diagnostics): string | undefined {
  if (action["@type"] === NAME) return String((action as { readonly value?: unknown }).value ?? "");
  diagnostics.report({ code: "LGT0612", at, message: `the action of a filter_chain_matcher is a name (google.protobuf.StringValue), not ${action["@type"]}` });
  return undefined;
}
