/** `/clusters`: every cluster with its limits, and every host with its numbers, as text or as JSON. */
import * as H from "../contract/host-health.ts";
import type { HostSpec } from "../contract/host-spec.ts";
import { compileRegex } from "../match/regex.ts";
import { toWire } from "../base/wire-text.ts";
import { formatAddress } from "../platform/address.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import { HOST_SHAPE, hostPrefix } from "../upstream/cluster-stats.ts";
import { addressJson } from "./admin-address.ts";
import { type AdminEndpoint, JSON_TYPE, prettyJson, textAnswer } from "./admin-endpoint.ts";
import type { AdminState } from "./admin-state.ts";

export const clusters: AdminEndpoint = {
  path: "/clusters", help: "upstream cluster status",
  params: [{ name: "filter", help: "Regular expression (Google re2) for filtering clusters by name" }],
  answer: ({ params }, state) => {
    const pattern = params.get("filter");
    const filter = pattern === "" ? undefined : compileRegex(pattern);
    if (filter !== undefined && "message" in filter) return textAnswer("Invalid re2 regex", 400);
    const shown = liveClusters(state).filter(({ name }) => filter === undefined || filter.matchesWithin(toWire(name)));
    if (params.get("format") === "json") return { status: 200, type: JSON_TYPE, body: jsonPieces(shown, state) };
    return textAnswer(textPieces(shown, state));
  },
};

interface LiveCluster {
  readonly name: string;
  readonly observability: string;
  readonly viaApi: boolean;
  readonly edsName: string;
  readonly outliers: boolean;
  readonly limits: readonly Limits[];
}

interface Limits {
  readonly priority: "DEFAULT" | "HIGH";
  readonly max_connections: number;
  readonly max_pending_requests: number;
  readonly max_requests: number;
  readonly max_retries: number;
}

function liveClusters(state: AdminState): LiveCluster[] {
  return state.resources().filter(({ resource }) => resource.type === "cluster").map(({ resource }) => {
    const cluster = JSON.parse(resource.text) as Cluster;
    return {
      name: resource.name, observability: cluster.alt_stat_name === undefined || cluster.alt_stat_name === "" ? resource.name : cluster.alt_stat_name,
      viaApi: !resource.fixed, edsName: cluster.eds_cluster_config?.service_name ?? "",
      outliers: cluster.outlier_detection !== undefined, limits: [limitsOf(cluster, "DEFAULT"), limitsOf(cluster, "HIGH")],
    };
  });
}

function limitsOf(cluster: Cluster, priority: Limits["priority"]): Limits {
  const given = cluster.circuit_breakers?.thresholds?.find((threshold) => (threshold.priority ?? "DEFAULT") === priority) ?? {};
  return {
    priority, max_connections: given.max_connections ?? 1024, max_pending_requests: given.max_pending_requests ?? 1024,
    max_requests: given.max_requests ?? 1024, max_retries: given.max_retries ?? 3,
  };
}

/** By priority, as Envoy keeps them. */
function hostsOf(name: string, state: AdminState): HostSpec[] {
  return [...state.hosts(name)].sort((a, b) => a.priority - b.priority);
}

const COUNTERS = HOST_SHAPE.specs.filter((spec) => spec.kind === "counter").map((spec) => spec.name);
const GAUGES = HOST_SHAPE.specs.filter((spec) => spec.kind === "gauge").map((spec) => spec.name);
const NUMBERS = [...COUNTERS, ...GAUGES].sort();

/** No success rate is known. */
const OUTLIER_LINES = ["success_rate_average", "success_rate_ejection_threshold", "local_origin_success_rate_average", "local_origin_success_rate_ejection_threshold"];

function* textPieces(shown: readonly LiveCluster[], state: AdminState): Iterable<string> {
  for (const cluster of shown) {
    const { name } = cluster;
    let text = `${name}::observability_name::${cluster.observability}\n`;
    if (cluster.outliers) for (const line of OUTLIER_LINES) text += `${name}::outlier::${line}::-1\n`;
    for (const { priority, ...limits } of cluster.limits) {
      for (const [limit, most] of Object.entries(limits)) text += `${name}::${priority.toLowerCase()}_priority::${limit}::${most}\n`;
    }
    text += `${name}::added_via_api::${cluster.viaApi}\n`;
    if (cluster.edsName !== "") text += `${name}::eds_service_name::${cluster.edsName}\n`;
    yield text;
    for (const host of hostsOf(name, state)) yield hostText(name, host, state);
  }
}

function hostText(cluster: string, host: HostSpec, state: AdminState): string {
  const address = formatAddress(host.address);
  const prefix = hostPrefix(cluster, address);
  const facts: readonly (readonly [string, string | number | boolean])[] = [
    ...NUMBERS.map((name) => [name, state.stats.value(prefix + name) ?? 0] as const),
    ["hostname", host.hostname], ["health_flags", flagsText(host.flags)], ["weight", host.weight],
    ["region", host.locality.region], ["zone", host.locality.zone], ["sub_zone", host.locality.sub_zone],
    ["canary", false], ["priority", host.priority], ["success_rate", -1], ["local_origin_success_rate", -1],
  ];
  return facts.map(([name, value]) => `${cluster}::${address}::${name}::${value}\n`).join("");
}

/** `envoy.admin.v3.Clusters`, cluster after cluster. */
function* jsonPieces(shown: readonly LiveCluster[], state: AdminState): Iterable<string> {
  if (shown.length === 0) {
    yield "{}\n";
    return;
  }
  yield '{\n "cluster_statuses": [\n';
  for (const [i, cluster] of shown.entries()) {
    const text = prettyJson(clusterJson(cluster, state)).replaceAll("\n", "\n  ");
    yield `${i === 0 ? "" : ",\n"}  ${text}`;
  }
  yield "\n ]\n}\n";
}

function clusterJson(cluster: LiveCluster, state: AdminState): object {
  const hosts = hostsOf(cluster.name, state);
  return {
    name: cluster.name,
    ...(cluster.viaApi ? { added_via_api: true } : {}),
    ...(hosts.length === 0 ? {} : { host_statuses: hosts.map((host) => hostJson(cluster.name, host, state)) }),
    circuit_breakers: { thresholds: cluster.limits.map(({ priority, ...limits }) => (priority === "DEFAULT" ? limits : { priority, ...limits })) },
    observability_name: cluster.observability,
    ...(cluster.edsName === "" ? {} : { eds_service_name: cluster.edsName }),
  };
}

function hostJson(cluster: string, host: HostSpec, state: AdminState): object {
  const prefix = hostPrefix(cluster, formatAddress(host.address));
  const metric = (name: string, gauge: boolean): object => {
    const value = state.stats.value(prefix + name) ?? 0;
    return { ...(gauge ? { type: "GAUGE" } : {}), ...(value === 0 ? {} : { value: String(value) }), name };
  };
  const { region, zone, sub_zone } = host.locality;
  return {
    address: addressJson(host.address),
    stats: [...COUNTERS.map((name) => metric(name, false)), ...GAUGES.map((name) => metric(name, true))],
    health_status: healthJson(host.flags),
    weight: host.weight,
    ...(host.hostname === "" ? {} : { hostname: host.hostname }),
    ...(host.priority === 0 ? {} : { priority: host.priority }),
    locality: Object.fromEntries(Object.entries({ region, zone, sub_zone }).filter(([, value]) => value !== "")),
  };
}

function flagsText(flags: number): string {
  return H.FLAG_NAMES.map(([flag, name]) => ((flags & flag) === 0 ? "" : `/${name}`)).join("") || "healthy";
}

/** `envoy.admin.v3.HostHealthStatus`. */
function healthJson(flags: number): object {
  const names = Object.entries(HEALTH_FIELDS).filter(([, flag]) => (flags & flag) !== 0).map(([name]) => [name, true]);
  const eds = (flags & H.FAILED_EDS_HEALTH) !== 0 ? "UNHEALTHY" : (flags & H.EDS_STATUS_DRAINING) !== 0 ? "DRAINING" : (flags & H.DEGRADED_EDS_HEALTH) !== 0 ? "DEGRADED" : "HEALTHY";
  return { ...Object.fromEntries(names), eds_health_status: eds };
}

const HEALTH_FIELDS: Readonly<Record<string, number>> = {
  failed_active_health_check: H.FAILED_ACTIVE_HC, failed_outlier_check: H.FAILED_OUTLIER_CHECK, failed_active_degraded_check: H.DEGRADED_ACTIVE_HC,
  pending_dynamic_removal: H.PENDING_DYNAMIC_REMOVAL, pending_active_hc: H.PENDING_ACTIVE_HC, excluded_via_immediate_hc_fail: H.EXCLUDED_VIA_IMMEDIATE_HC_FAIL,
  active_hc_timeout: H.ACTIVE_HC_TIMEOUT, failed_degraded_outlier_detection: H.DEGRADED_OUTLIER_DETECTION,
};
