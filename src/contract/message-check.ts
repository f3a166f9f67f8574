/**
 * A check of one kind of message, wherever it stands in a configuration: what Envoy's factories reject beyond the field
 * rules. It needs no runtime, so what legate cannot run is checked all the same.
 */
import type { Code } from "../diagnostics/codes.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { Messages } from "../schema/generated/messages.ts";

/** What a check may know of the rest of the configuration. */
export interface CheckContext {
  readonly diagnostics: Diagnostics;
  /** Undefined where the document has none: then nothing can be said to be missing. */
  readonly bootstrap: Bootstrap | undefined;
  /** The bootstrap's clusters, by name. */
  readonly clusters: ReadonlyMap<string, Cluster>;
  /** Whether there is such a cluster, of the bootstrap or of what it subscribes to. */
  readonly hasCluster: (name: string) => boolean;
  /** Route tables that are resources of their own and were checked as such. */
  readonly tables: ReadonlySet<object>;
  /** Who Envoy would say it is; "" where that is not said. */
  readonly node: { readonly id: string; readonly cluster: string };
  /** The command line that starts the proxy is not known: what is missing in `node` may come with it. */
  readonly nodeMayFollow?: boolean;
}

export interface MessageCheck {
  /** Full name of the message. */
  readonly type: string;
  check(message: never, context: CheckContext): void;
}

/** Fixes the type of `check`'s argument by the message's name. */
export function messageCheck<Name extends keyof Messages>(type: Name, check: (message: Messages[Name], context: CheckContext) => void): MessageCheck {
  return { type, check } as MessageCheck;
}

/** Reports `message` at a field of `at`. */
export type Refuse = (at: object, key: string | number | undefined, message: string) => void;

/** A check whose findings all have one code. */
export function refusals<Name extends keyof Messages>(
  code: Code, type: Name, check: (message: Messages[Name], refuse: Refuse, context: CheckContext) => void,
): MessageCheck {
  return messageCheck(type, (message, context) =>
    check(message, (at, key, text) => context.diagnostics.report({ code, at, message: text, ...(key === undefined ? {} : { key }) }), context));
}
