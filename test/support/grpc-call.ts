import { Registry } from "../../src/contract/extension.ts";
import type { CompileContext, Extension } from "../../src/contract/extension.ts";
import type { Env } from "../../src/contract/env.ts";
import type { Route } from "../../src/contract/route.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";
import { statShape } from "../../src/stats/shape.ts";
import type { ChainEntry } from "../../src/stream/filter-chain.ts";
import { FilterStage } from "./filter-stage.ts";

type Fields = readonly (readonly [string, string])[];

const CONTEXT: CompileContext = {
  diagnostics: { report: () => undefined }, registry: new Registry([]), statPrefix: "http.test.",
  surroundings: { listenerPrefix: "", bufferLimit: 1_048_576, serviceCluster: "", nodeId: "" },
};

/** One call through a filter, routed to a cluster `u` whose numbers can be read. */
export class GrpcCall extends FilterStage {
  private readonly counted: LocalStats;

  constructor(extension: Extension<"envoy.filters.http">, config: object, path: string, headers: Fields, protocol = "HTTP/1.1") {
    const stats = new LocalStats();
    const cluster = { name: "u", stats: stats.block("cluster.u.", statShape([])) };
    const env = { stats, clusters: { get: (name: string) => (name === "u" ? cluster : undefined) } } as unknown as Env;
    const entry: ChainEntry = { name: extension.name, create: extension.compile(config as never, CONTEXT).open(env), routeConfig: () => null };
    super([entry], 1_048_576, headers);
    this.counted = stats;
    this.requestHeaders.path = path;
    this.info.protocol = protocol;
  }

  override route(): Route | null {
    return { kind: "forward", cluster: "u" } as Route;
  }

  /** A gRPC server's answer. */
  reply(head: Fields, pieces: readonly string[], trailers?: Fields): void {
    const end = pieces.length === 0 && trailers === undefined;
    this.terminal.encodeHeaders(HeaderBlock.of(head), end);
    pieces.forEach((piece, i) => this.terminal.encodeData(Buffer.from(piece, "latin1"), trailers === undefined && i === pieces.length - 1));
    if (trailers !== undefined) this.terminal.encodeTrailers(HeaderBlock.of(trailers));
  }

  /** A counter of the cluster. */
  count(name: string): number {
    return this.counted.value(`cluster.u.${name}`);
  }
}
