/** A filter chain compiled: its filters, its transport, its limits. Pure. */
import { optionalMs } from "../base/duration.ts";
import type { CompileContext, Plan, ResourceNeed } from "../contract/extension.ts";
import { findExtension } from "../contract/find-extension.ts";
import type { TerminalFilterFactory } from "../contract/network-filter.ts";
import type { DownstreamTransport } from "../contract/transport-socket.ts";
import type { FilterChain } from "../schema/generated/envoy/config/listener/v3.ts";
import { compileNetworkFilters } from "./network-filters.ts";

export const honours = {
  "envoy.config.listener.v3.FilterChain": ["name", "filters", "filter_chain_match", "transport_socket", "transport_socket_connect_timeout", "metadata"],
  "envoy.config.listener.v3.FilterChainMatch": [
    "destination_port", "prefix_ranges", "server_names", "transport_protocol", "application_protocols", "direct_source_prefix_ranges", "source_type",
    "source_prefix_ranges", "source_ports",
  ],
  "envoy.config.listener.v3.Filter": ["name", "typed_config"],
  "envoy.config.core.v3.TransportSocket": ["name", "typed_config"],
} as const;

export interface ChainPlan {
  readonly name: string;
  /** Its `filter_metadata`. */
  readonly metadata: Readonly<Record<string, unknown>> | null;
  /** Two plans of one text serve alike: a chain whose text did not change is not touched by an update. */
  readonly text: string;
  /** Null: no filters, its connections are closed at once. */
  readonly filters: Plan<TerminalFilterFactory> | null;
  readonly transport: Plan<DownstreamTransport> | null;
  /** Milliseconds; 0: no limit. */
  readonly connectTimeoutMs: number;
  readonly needs: readonly ResourceNeed[];
}

/** Null where its transport or a terminal filter cannot be had; why was reported. */
export function compileChain(chain: FilterChain, context: CompileContext): ChainPlan | null {
  const transport = compileTransport(chain, context);
  const list = chain.filters ?? [];
  if (list.length === 0) {
    context.diagnostics.report({ code: "LGT0609", at: chain, message: "the filter chain has no filters: connections would be closed at once", severity: "warning" });
  }
  const filters = list.length === 0 ? null : compileNetworkFilters(list, context);
  if (transport === undefined || (list.length > 0 && filters === null)) return null;
  return {
    name: chain.name ?? "", metadata: chain.metadata?.filter_metadata ?? null, text: JSON.stringify(chain), filters, transport, connectTimeoutMs: optionalMs(chain.transport_socket_connect_timeout) ?? 0,
    needs: filters?.needs ?? [],
  };
}

/** Null: the bytes as they are. Undefined: it cannot be had. */
function compileTransport({ transport_socket: socket }: FilterChain, context: CompileContext): Plan<DownstreamTransport> | null | undefined {
  if (socket === undefined) return null;
  return findExtension("envoy.transport_sockets.downstream", socket, context)?.compile(socket.typed_config as never, context);
}
