/** Listener compiled: where it listens, and what serves its connections. Pure. */
import type { CompileContext, Plan, ResourceNeed, Surroundings } from "../contract/extension.ts";
import { findExtension } from "../contract/find-extension.ts";
import type { TerminalFilterFactory } from "../contract/network-filter.ts";
import { socketAddressOf } from "../contract/socket-address.ts";
import { formatAddress, type SocketAddress } from "../platform/address.ts";
import type { FilterChain, Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import { listenerPrefix } from "./manager-stats.ts";
import { compileNetworkFilters } from "./network-filters.ts";

export const honours = {
  "envoy.config.listener.v3.Listener": [
    "name", "address", "stat_prefix", "filter_chains", "per_connection_buffer_limit_bytes", "enable_reuse_port", "tcp_backlog_size",
    "traffic_direction", "drain_type", "metadata",
  ],
  "envoy.config.listener.v3.FilterChain": ["name", "filters", "transport_socket", "metadata"],
  "envoy.config.listener.v3.Filter": ["name", "typed_config"],
  "envoy.config.core.v3.Address": ["socket_address", "pipe"],
  "envoy.config.core.v3.SocketAddress": ["protocol=TCP", "address", "port_value", "ipv4_compat"],
  "envoy.config.core.v3.Pipe": ["path", "mode"],
  "envoy.config.core.v3.TransportSocket": ["name", "typed_config"],
} as const;

export interface ListenerPlan {
  readonly name: string;
  readonly address: SocketAddress;
  readonly ipv6Only: boolean;
  readonly pipeMode: number | undefined;
  readonly statsPrefix: string;
  readonly bufferLimit: number;
  readonly backlog: number | undefined;
  readonly chain: Plan<TerminalFilterFactory>;
  readonly needs: readonly ResourceNeed[];
}

/** Null when it cannot be listened with; why was reported. */
export function compileListener(listener: Listener, context: CompileContext): ListenerPlan | null {
  const address = listenAddress(listener, context);
  if (address === null) return null;
  const prefix = listenerPrefix(listener.stat_prefix ?? "", formatAddress(address));
  const bufferLimit = listener.per_connection_buffer_limit_bytes ?? 1_048_576;
  const surroundings: Surroundings = { ...context.surroundings, listenerPrefix: prefix, bufferLimit };
  const chain = compileChains(listener, { ...context, surroundings });
  if (chain === null) return null;
  const socket = listener.address?.socket_address;
  return {
    name: listener.name ?? "", address, ipv6Only: socket?.ipv4_compat !== true, pipeMode: listener.address?.pipe?.mode,
    statsPrefix: prefix, bufferLimit, backlog: listener.tcp_backlog_size, chain,
    needs: chain.needs ?? [],
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

function compileChains(listener: Listener, context: CompileContext): Plan<TerminalFilterFactory> | null {
  const chains = listener.filter_chains ?? [];
  const { diagnostics } = context;
  if (chains.length === 0) {
    if (isUdp(listener) || listener.default_filter_chain !== undefined) return null;
    diagnostics.report({ code: "LGT0607", at: listener, message: `listener '${listener.name ?? ""}' has no filter chains`, fix: "Give it filter_chains with an HTTP connection manager." });
    return null;
  }
  const plans = chains.map((chain) => compileChain(chain, context));
  const second = chains[1];
  if (second !== undefined && listener.filter_chain_matcher === undefined && second.filter_chain_match === undefined && chains[0]?.filter_chain_match === undefined) {
    diagnostics.report({ code: "LGT0608", at: second, message: "this filter chain has the same matching rules as the first one: none", related: [{ at: chains[0] as object, message: "the first is here" }] });
  }
  return plans.find((plan) => plan !== null) ?? null;
}

function isUdp(listener: Listener): boolean {
  return listener.udp_listener_config !== undefined || listener.address?.socket_address?.protocol === "UDP";
}

function compileChain(chain: FilterChain, context: CompileContext): Plan<TerminalFilterFactory> | null {
  const filters = chain.filters ?? [];
  checkTransport(chain, context);
  if (filters.length === 0) {
    context.diagnostics.report({ code: "LGT0609", at: chain, message: "the filter chain has no filters: connections would be closed at once", severity: "warning" });
    return null;
  }
  return compileNetworkFilters(filters, context);
}

function checkTransport(chain: FilterChain, context: CompileContext): void {
  if (chain.transport_socket !== undefined) findExtension("envoy.transport_sockets.downstream", chain.transport_socket, context);
}
