/** Endpoints of DNS clusters, as Envoy wants them. */
import { type MessageCheck, type Refuse, refusals } from "../contract/message-check.ts";
import { extensionByName } from "../schema/extensions.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";

/** "STRICT_DNS", "LOGICAL_DNS", or undefined where names are not resolved so. */
function dnsKind(cluster: Cluster): string | undefined {
  const kind = cluster.cluster_type;
  if (kind === undefined) return cluster.type === "STRICT_DNS" || cluster.type === "LOGICAL_DNS" ? cluster.type : undefined;
  const config = kind.typed_config as { readonly "@type"?: string; readonly all_addresses_in_single_endpoint?: boolean } | undefined;
  if (config?.["@type"]?.endsWith("/envoy.extensions.clusters.dns.v3.DnsCluster") === true) return config.all_addresses_in_single_endpoint === true ? "LOGICAL_DNS" : "STRICT_DNS";
  if (kind.name === "envoy.cluster.strict_dns") return "STRICT_DNS";
  return kind.name === "envoy.cluster.logical_dns" ? "LOGICAL_DNS" : undefined;
}

/** Each endpoint of a STATIC cluster has an address, or a list of its own that is discovered. */
function checkAddresses(cluster: Cluster, refuse: Refuse): void {
  for (const locality of cluster.load_assignment?.endpoints ?? []) {
    for (const endpoint of locality.lb_endpoints ?? []) {
      const address = endpoint.endpoint?.address;
      if (address === undefined || Object.keys(address).length === 0) refuse(endpoint.endpoint ?? endpoint, undefined, "an endpoint of a STATIC cluster needs an address");
    }
  }
}

export const ENDPOINT_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0707", "envoy.config.core.v3.SocketAddress", (address, refuse) => {
    const name = address.resolver_name ?? "";
    if (name !== "" && extensionByName("envoy.resolvers", name) === undefined) refuse(address, "resolver_name", `Envoy has no address resolver named '${name}'`);
  }),
  refusals("LGT0707", "envoy.config.cluster.v3.Cluster", (cluster, refuse) => {
    const kind = dnsKind(cluster);
    if (kind === undefined) {
      if (cluster.cluster_type === undefined && (cluster.type ?? "STATIC") === "STATIC") checkAddresses(cluster, refuse);
      return;
    }
    const localities = cluster.load_assignment?.endpoints ?? [];
    const endpoints = localities.flatMap((locality) => locality.lb_endpoints ?? []);
    if (kind === "LOGICAL_DNS" && (localities.length !== 1 || endpoints.length !== 1)) refuse(cluster.load_assignment ?? cluster, undefined, "a LOGICAL_DNS cluster must have a single locality with a single endpoint");
    for (const endpoint of endpoints) {
      const socket = endpoint.endpoint?.address?.socket_address;
      if (socket !== undefined && (socket.resolver_name ?? "") !== "") refuse(socket, "resolver_name", `a ${kind} cluster must not have a resolver of its own for an endpoint`);
    }
  }),
];
