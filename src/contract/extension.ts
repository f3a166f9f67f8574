/**
 * The extension: one file, one value, one line in `extensions/all.ts`. `compile` is pure and reports; `open` claims; what
 * it opens to is fixed by the category.
 */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { AccessLogger } from "./access-logger.ts";
import type { Env } from "./env.ts";
import type { HttpFilterFactory } from "./http-filter.ts";
import type { ListenerFilterFactory } from "./listener-filter.ts";
import type { NetworkFilterFactory } from "./network-filter.ts";
import type { RedirectPredicate } from "./redirect-predicate.ts";
import type { RetryHostPredicateFactory } from "./retry-host.ts";
import type { RetryPriorityFactory } from "./retry-priority.ts";
import type { DownstreamTransport, UpstreamTransport } from "./transport-socket.ts";

/** What a plan of each category opens to. */
export interface Opened {
  "envoy.filters.http": HttpFilterFactory;
  "envoy.filters.network": NetworkFilterFactory;
  "envoy.filters.listener": ListenerFilterFactory;
  "envoy.access_loggers": AccessLogger;
  "envoy.internal_redirect_predicates": RedirectPredicate;
  "envoy.retry_host_predicates": RetryHostPredicateFactory;
  "envoy.retry_priorities": RetryPriorityFactory;
  "envoy.transport_sockets.downstream": DownstreamTransport;
  "envoy.transport_sockets.upstream": UpstreamTransport;
}

export type Category = keyof Opened;

/** Type name -> the fields of it that are really honoured; `"field=A|B"` when only these values are. */
export type Honours = Readonly<Record<string, readonly string[]>>;

export interface ResourceNeed {
  readonly type: "cluster" | "route" | "endpoints" | "listener";
  readonly name: string;
}

/** The result of compiling: still claims nothing. */
export interface Plan<T> {
  readonly needs?: readonly ResourceNeed[];
  open(env: Env): T;
}

/** What compiling may look at. */
export interface CompileContext {
  readonly diagnostics: Diagnostics;
  readonly registry: Registry;
  /** Where in the configuration this stands, for names of statistics: `http.ingress.` and the like. */
  readonly statPrefix: string;
  readonly surroundings: Surroundings;
}

/** What the place tells those who are compiled in it. */
export interface Surroundings {
  /** `listener.ADDRESS.`, "" outside a listener. */
  readonly listenerPrefix: string;
  /** Bytes: `per_connection_buffer_limit_bytes`. */
  readonly bufferLimit: number;
  /** `--service-cluster` or `node.cluster`, and `node.id`. */
  readonly serviceCluster: string;
  readonly nodeId: string;
}

export interface Extension<C extends Category = Category> {
  readonly category: C;
  /** The name under which Envoy registers it; also found by older names. */
  readonly name: string;
  readonly aliases?: readonly string[];
  /** Full type name of its configuration message. */
  readonly config: string;
  readonly honours: Honours;
  /** HTTP and network filters: true when it must stand last in its chain (and only there). */
  readonly terminal?: boolean;
  /** HTTP filters that depend on nothing but the request's headers and its route, with every configuration or with this one: `simulate-route` runs them. */
  readonly offline?: boolean | ((config: never) => boolean);
  compile(config: never, context: CompileContext): Plan<Opened[C]>;
  /** HTTP filters that take per-route configuration: the message's type, and what it compiles to (given back by `routeConfig()`). */
  readonly routeType?: string;
  compileRoute?(config: never, context: CompileContext): unknown;
}

/** Checks an extension's shape and fixes the type of `compile`'s argument. */
export function defineExtension<C extends Category, M extends object, R extends object = never>(extension: {
  readonly category: C;
  readonly name: string;
  readonly aliases?: readonly string[];
  readonly config: string;
  readonly honours: Honours;
  readonly terminal?: boolean;
  readonly offline?: boolean | ((config: M) => boolean);
  compile(config: M, context: CompileContext): Plan<Opened[C]>;
  readonly routeType?: string;
  compileRoute?(config: R, context: CompileContext): unknown;
}): Extension<C> {
  return extension as Extension<C>;
}

/** The extensions of this build, by category and type URL. Made from a list; tests pass their own. */
export class Registry {
  readonly list: readonly Extension[];
  private readonly byType = new Map<string, Extension>();

  constructor(list: readonly Extension[]) {
    this.list = list;
    for (const extension of list) this.byType.set(`${extension.category} ${extension.config}`, extension);
  }

  /** The extension for a `typed_config`; its type decides, not its name. */
  find<C extends Category>(category: C, typedConfig: { readonly "@type"?: string } | undefined): Extension<C> | undefined {
    const type = typedConfig?.["@type"] ?? "";
    return this.byType.get(`${category} ${type.slice(type.lastIndexOf("/") + 1)}`) as Extension<C> | undefined;
  }
}
