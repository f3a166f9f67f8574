/** Listener compiled: where it listens, and what serves its connections. Pure. */
import type { AccessLogger } from "../contract/access-logger.ts";
import type { CompileContext, Plan, ResourceNeed, Surroundings } from "../contract/extension.ts";
import { type ListenPlace, listenPlaces, socketAddressOf } from "../contract/socket-address.ts";
import { formatAddress, type SocketAddress } from "../platform/address.ts";
import type { FilterChain, Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import { compileAccessLogs } from "./access-logs.ts";
import { type ChainPlan, compileChain, honours as chainHonours } from "./chain-plan.ts";
import type { ConnectionFacts } from "./connection-facts.ts";
import { FilterChainMatcher } from "./filter-chain-match.ts";
import { compileListenerFilters, honours as filterHonours, type ListenerFiltersPlan } from "./listener-filters.ts";
import { compileSocketOptions, honours as socketHonours } from "./socket-options.ts";
import type { SocketOption } from "../platform/conn.ts";
import { listenerPrefix } from "./manager-stats.ts";

export const honours = {
  ...chainHonours, ...filterHonours, ...socketHonours,
  "envoy.config.listener.v3.Listener": [
    ...socketHonours["envoy.config.listener.v3.Listener"],
    "name", "address", "stat_prefix", "filter_chains", "default_filter_chain", "filter_chain_matcher", "listener_filters", "listener_filters_timeout", "continue_on_listener_filters_timeout",
    "per_connection_buffer_limit_bytes", "enable_reuse_port", "tcp_backlog_size", "traffic_direction", "drain_type", "metadata",
    "additional_addresses", "bind_to_port", "use_original_dst", "ignore_global_conn_limit", "access_log",
  ],
  "envoy.config.listener.v3.AdditionalAddress": ["address"],
  "envoy.config.core.v3.Address": ["socket_address", "pipe"],
  "envoy.config.core.v3.SocketAddress": ["protocol=TCP", "address", "port_value", "ipv4_compat"],
  "envoy.config.core.v3.Pipe": ["path", "mode"],
} as const;

export interface ListenerPlan {
  readonly name: string;
  /** Its `filter_metadata`. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  readonly address: SocketAddress;
  /** Where it listens, `address` first; none with `bind_to_port: false`. */
  readonly places: readonly ListenPlace[];
  readonly statsPrefix: string;
  readonly bufferLimit: number;
  readonly backlog: number | undefined;
  /** To the listener of the address that a connection was sent to before it was redirected. */
  readonly handsOver: boolean;
  readonly socketOptions: readonly SocketOption[];
  /** `overload.global_downstream_max_connections` is not for it. */
  readonly ignoresGlobalLimit: boolean;
  /** Each connection is logged at its end. */
  readonly loggers: readonly Plan<AccessLogger>[];
  readonly chains: readonly ChainPlan[];
  /** The chain that serves a connection; undefined: none. Null: there is one chain only, and it takes everything. */
  readonly choose: ((facts: ConnectionFacts) => ChainPlan | undefined) | null;
  readonly filters: ListenerFiltersPlan;
  /** All but the chains: listeners alike in it differ in their chains only. */
  readonly text: string;
  readonly needs: readonly ResourceNeed[];
}

/** Null when it cannot be listened with; why was reported. */
export function compileListener(listener: Listener, context: CompileContext): ListenerPlan | null {
  const address = listenAddress(listener, context);
  if (address === null) {
    if (listener.address !== undefined) compileChains(listener, context); // for what is wrong in them
    return null;
  }
  const prefix = listenerPrefix(listener.stat_prefix ?? "", formatAddress(address));
  const bufferLimit = listener.per_connection_buffer_limit_bytes ?? 1_048_576;
  const surroundings: Surroundings = { ...context.surroundings, listenerPrefix: prefix, bufferLimit };
  const inside = { ...context, surroundings };
  // those of UDP are of another kind; that they are not run is said where the listener is
  const filters = compileListenerFilters(isUdp(listener) ? {} : listener, inside);
  const chains = compileChains(listener, inside);
  if (chains === null) return null;
  const { filter_chains: _chains, default_filter_chain: _default, ...rest } = listener;
  return {
    name: listener.name ?? "", metadata: listener.metadata?.filter_metadata ?? null, address, places: listener.bind_to_port === false ? [] : listenPlaces(listener),
    statsPrefix: prefix, bufferLimit, backlog: listener.tcp_backlog_size,
    socketOptions: compileSocketOptions(listener, context.diagnostics), handsOver: listener.use_original_dst === true, ignoresGlobalLimit: listener.ignore_global_conn_limit === true, loggers: compileAccessLogs(listener.access_log ?? [], inside),
    chains: [...chains.values()], choose: choiceOf(listener, chains, inside), filters, text: JSON.stringify(rest),
    needs: [...chains.values()].flatMap((chain) => chain.needs),
  };
}

/** A connection for a chain that cannot be had finds none. */
function choiceOf(listener: Listener, chains: ReadonlyMap<FilterChain, ChainPlan>, { diagnostics }: CompileContext): ListenerPlan["choose"] {
  const matcher = new FilterChainMatcher(listener, diagnostics);
  const only = matcher.only;
  if (only !== undefined && chains.size === 1 && chains.has(only)) return null;
  return (facts) => {
    const chain = matcher.choose(facts);
    return chain === undefined ? undefined : chains.get(chain);
  };
}

function listenAddress(listener: Listener, { diagnostics }: CompileContext): SocketAddress | null {
  if (listener.address === undefined) {
    // said to be unsupported by the list of what is honoured
    if (listener.internal_listener !== undefined || listener.api_listener !== undefined) return null;
    diagnostics.report({ code: "LGT0605", at: listener, message: `listener '${listener.name ?? ""}' has no address` });
    return null;
  }
  const address = socketAddressOf(listener.address);
  const socket = listener.address.socket_address;
  if (address === null && socket !== undefined && (socket.resolver_name ?? "") === "") {
    diagnostics.report({ code: "LGT0606", at: socket, key: "address", message: `'${socket.address ?? ""}' is not an IP address`, fix: "Listen on an address, such as 0.0.0.0 or 127.0.0.1." });
  }
  return address;
}

function compileChains(listener: Listener, context: CompileContext): ReadonlyMap<FilterChain, ChainPlan> | null {
  const chains = listener.filter_chains ?? [];
  const { diagnostics } = context;
  const all = listener.default_filter_chain === undefined ? chains : [...chains, listener.default_filter_chain];
  if (all.length === 0) {
    if (isUdp(listener)) return null;
    diagnostics.report({ code: "LGT0607", at: listener, message: `listener '${listener.name ?? ""}' has no filter chains`, fix: "Give it filter_chains with an HTTP connection manager." });
    return null;
  }
  const plans = new Map<FilterChain, ChainPlan>();
  for (const chain of all) {
    const plan = compileChain(chain, context);
    if (plan !== null) plans.set(chain, plan);
  }
  const second = chains[1];
  if (second !== undefined && listener.filter_chain_matcher === undefined && second.filter_chain_match === undefined && chains[0]?.filter_chain_match === undefined) {
    diagnostics.report({ code: "LGT0608", at: second, message: "this filter chain has the same matching rules as the first one: none", related: [{ at: chains[0] as object, message: "the first is here" }] });
  }
  return plans.size === 0 ? null : plans;
}

function isUdp(listener: Listener): boolean {
  return listener.udp_listener_config !== undefined || listener.address?.socket_address?.protocol === "UDP";
}
