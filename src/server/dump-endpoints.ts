/** The endpoints of every cluster as `/config_dump?include_eds` shows them: what is balanced over, not what was configured. */
import { isDegraded, isHealthy } from "../contract/host-health.ts";
import type { HostSpec } from "../contract/host-spec.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import { addressJson } from "./admin-address.ts";
import type { AdminState } from "./admin-state.ts";

export function endpointsDump(state: AdminState, named: (name: string) => boolean): Record<string, unknown> {
  const fixed: object[] = [];
  const dynamic: object[] = [];
  const clusters = state.resources().map((entry) => entry.resource).filter((resource) => resource.type === "cluster");
  // Envoy keeps clusters by name
  for (const resource of clusters.sort((a, b) => (a.name < b.name ? -1 : 1))) {
    const cluster = JSON.parse(resource.text) as Cluster;
    const name = cluster.eds_cluster_config?.service_name || resource.name;
    if (!named(name)) continue;
    const endpoint_config = {
      "@type": "type.googleapis.com/envoy.config.endpoint.v3.ClusterLoadAssignment",
      cluster_name: name,
      ...localities(state.hosts(resource.name), cluster.type === "STRICT_DNS"),
      policy: { overprovisioning_factor: 140 },
    };
    (resource.fixed ? fixed : dynamic).push({ endpoint_config });
  }
  return {
    ...(fixed.length === 0 ? {} : { static_endpoint_configs: fixed }),
    ...(dynamic.length === 0 ? {} : { dynamic_endpoint_configs: dynamic }),
  };
}

/** Grouped by priority and locality. Envoy gives hosts that come from DNS metadata even where there is none. */
function localities(hosts: readonly HostSpec[], metadata: boolean): object {
  const groups = new Map<string, HostSpec[]>();
  for (const host of hosts) {
    const { region, zone, sub_zone } = host.locality;
    const key = [String(host.priority).padStart(3, "0"), region, zone, sub_zone].join("\0");
    groups.set(key, [...(groups.get(key) ?? []), host]);
  }
  if (groups.size === 0) return {};
  const endpoints = [...groups].sort(([a], [b]) => (a < b ? -1 : 1)).map(([, members]) => {
    const { locality, priority } = members[0] as HostSpec;
    return {
      locality: Object.fromEntries(Object.entries(locality).filter(([, value]) => value !== "")),
      lb_endpoints: members.map((host) => endpointJson(host, metadata)),
      load_balancing_weight: (members[0] as HostSpec).localityWeight,
      ...(priority === 0 ? {} : { priority }),
    };
  });
  return { endpoints };
}

function endpointJson(host: HostSpec, metadata: boolean): object {
  return {
    endpoint: { address: addressJson(host.address), health_check_config: {}, ...(host.hostname === "" ? {} : { hostname: host.hostname }) },
    health_status: isHealthy(host.flags) ? "HEALTHY" : isDegraded(host.flags) ? "DEGRADED" : "UNHEALTHY",
    ...(metadata ? { metadata: {} } : {}),
    load_balancing_weight: host.weight,
  };
}
