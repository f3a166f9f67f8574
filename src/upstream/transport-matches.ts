/** Which transport socket a host is spoken to through: the first of `transport_socket_matches` that its metadata, or its locality's, has the labels of. */
import type { CompileContext, Plan } from "../contract/extension.ts";
import { findExtension } from "../contract/find-extension.ts";
import type { HostMetadata } from "../contract/host.ts";
import type { HostSpec } from "../contract/host-spec.ts";
import type { MetadataCriteria } from "../contract/load-balancer.ts";
import type { UpstreamTransport } from "../contract/transport-socket.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { TransportSocket } from "../schema/generated/envoy/config/core/v3.ts";
import { criteriaOf, hasAll } from "./subset-criteria.ts";

/** Null: the bytes as they are. Undefined: it cannot be had. */
type TransportPlan = Plan<UpstreamTransport> | null | undefined;

export interface TransportMatch {
  readonly name: string;
  readonly labels: MetadataCriteria;
  readonly plan: TransportPlan;
}

export interface TransportPlans {
  /** For hosts that no match is for. */
  readonly fallback: TransportPlan;
  readonly matches: readonly TransportMatch[];
}

export const honours = {
  "envoy.config.cluster.v3.Cluster": ["transport_socket", "transport_socket_matches"],
  "envoy.config.cluster.v3.Cluster.TransportSocketMatch": ["name", "match", "transport_socket"],
} as const;

export function compileTransports(cluster: Cluster, context: CompileContext): TransportPlans {
  const planOf = (socket: TransportSocket | undefined): TransportPlan => (
    socket === undefined ? null : findExtension("envoy.transport_sockets.upstream", socket, context)?.compile(socket.typed_config as never, context)
  );
  const matches = (cluster.transport_socket_matches ?? []).map(({ name = "", match, transport_socket: socket }): TransportMatch => (
    { name, labels: criteriaOf(match as Record<string, unknown> | undefined), plan: planOf(socket) }
  ));
  return { fallback: planOf(cluster.transport_socket), matches };
}

/** The default one. */
export const NO_MATCH = -1;
const KEY = "envoy.transport_socket_match";

/** The index of the match for a host, or NO_MATCH. `metadata`: in place of the host's own. */
export function matchOf({ matches }: TransportPlans, host: Pick<HostSpec, "metadata" | "localityMetadata">, metadata: HostMetadata | undefined = host.metadata): number {
  if (matches.length === 0) return NO_MATCH;
  const own = matches.findIndex(({ labels }) => hasAll(metadata?.[KEY], labels, false));
  return own >= 0 ? own : matches.findIndex(({ labels }) => hasAll(host.localityMetadata?.[KEY], labels, false));
}

/** Nothing is spoken but the bytes as they are, to any host. */
export function isPlain({ fallback, matches }: TransportPlans): boolean {
  return (fallback === null || fallback === undefined) && matches.length === 0;
}
