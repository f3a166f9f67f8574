/** `/clusters?format=json` (envoy.admin.v3.Clusters) read as a table of hosts and their health. Pure. */
import { formatAddress, ipAddress, pipeAddress } from "../../platform/address.ts";
import type { Clusters, ClusterStatus, HostHealthStatus, HostStatus } from "../../schema/generated/envoy/admin/v3.ts";
import type { Result, Status } from "./result.ts";

/** The hosts in the proxy's order; a cluster without hosts has a line of its own. Null where the text is no such answer. */
export function hostsOfClusters(text: string): Result[] | null {
  try {
    const { cluster_statuses: clusters } = JSON.parse(text) as Clusters;
    return (clusters ?? []).flatMap(hostsOf);
  } catch {
    return null;
  }
}

function hostsOf(cluster: ClusterStatus): Result[] {
  const hosts = cluster.host_statuses ?? [];
  if (hosts.length === 0) return [line(cluster, "", "", "unhealthy", "the cluster has no hosts")];
  return hosts.map((host) => {
    const address = addressOf(host);
    const { status, flags } = healthOf(host.health_status ?? {});
    return line(cluster, host.hostname === undefined || host.hostname === "" ? address : host.hostname, address, status, flags.join(", "));
  });
}

function line(cluster: ClusterStatus, host: string, address: string, status: Status, reason: string): Result {
  return { cluster: cluster.name ?? "", host, address, status, check: "as seen by the proxy", latencyMs: null, reason, lasting: false };
}

function addressOf({ address }: HostStatus): string {
  if (address?.pipe !== undefined) return formatAddress(pipeAddress(address.pipe.path ?? ""));
  const socket = address?.socket_address;
  return socket === undefined ? "" : formatAddress(ipAddress(socket.address ?? "", socket.port_value ?? 0));
}

const DOWN: readonly (keyof HostHealthStatus)[] = ["failed_active_health_check", "failed_outlier_check", "pending_active_hc", "active_hc_timeout", "excluded_via_immediate_hc_fail"];
const DEGRADED: readonly (keyof HostHealthStatus)[] = ["failed_active_degraded_check", "failed_degraded_outlier_detection"];

function healthOf(health: HostHealthStatus): { readonly status: Status; readonly flags: readonly string[] } {
  const set = (keys: readonly (keyof HostHealthStatus)[]): string[] => keys.filter((key) => health[key] === true);
  const eds = String(health.eds_health_status ?? "HEALTHY");
  const told = eds === "HEALTHY" || eds === "UNKNOWN" ? [] : [`eds_health_status ${eds}`];
  const flags = [...set(DOWN), ...set(DEGRADED), ...set(["pending_dynamic_removal"]), ...told];
  const down = set(DOWN).length > 0 || (told.length > 0 && eds !== "DEGRADED");
  return { status: down ? "unhealthy" : flags.length > 0 && (set(DEGRADED).length > 0 || eds === "DEGRADED") ? "degraded" : "healthy", flags };
}
