/** The hosts of a configuration's clusters, each with the check it is to pass. Pure; names are resolved later. */
import { canonicalIp } from "../../base/ip-text.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import { formatAddress, ipAddress, pipeAddress, type SocketAddress } from "../../platform/address.ts";
import type { LookupFamily } from "../../platform/dns.ts";
import type { Cluster } from "../../schema/generated/envoy/config/cluster/v3.ts";
import type { Address, SocketAddress as SocketAddressMessage, TransportSocket } from "../../schema/generated/envoy/config/core/v3.ts";
import type { ClusterLoadAssignment, LbEndpoint } from "../../schema/generated/envoy/config/endpoint/v3.ts";
import { type CheckPlan, compileCheck } from "./check-plan.ts";

/** Where a host is: known, to be looked up (`first`: one address stands for the name), or neither. */
export type Place =
  | { readonly kind: "address"; readonly address: SocketAddress }
  | { readonly kind: "name"; readonly name: string; readonly port: number; readonly family: LookupFamily; readonly first: boolean }
  | { readonly kind: "nowhere"; readonly status: "unhealthy" | "unknown" | "skipped"; readonly reason: string };

export interface Target {
  readonly cluster: string;
  /** As the configuration has it: `10.0.0.1:80`, `name:80`, a path; "" for a cluster without hosts. */
  readonly host: string;
  readonly place: Place;
  readonly check: CheckPlan;
  /** `health_check_config.hostname`, "" without one. */
  readonly hostname: string;
  /** The `health_status` that the configuration gives: UNKNOWN, HEALTHY, UNHEALTHY, DRAINING, TIMEOUT, DEGRADED. */
  readonly declared: string;
  /** The check is made through it; null: over plain TCP. */
  readonly socket: TransportSocket | null;
}

/** How a cluster comes by its hosts, or why it has none that could be checked. */
type Discovery =
  | { readonly kind: "addresses" }
  | { readonly kind: "names"; readonly family: LookupFamily; readonly first: boolean }
  | { readonly kind: "none"; readonly status: "unknown" | "skipped"; readonly reason: string };

/** `endpoints`: what EDS gave, by service name. What Envoy would refuse in a health check is reported. */
export function targetsOf(cluster: Cluster, endpoints: ReadonlyMap<string, ClusterLoadAssignment>, diagnostics: Diagnostics): Target[] {
  const socket = spokenSocket(cluster);
  const check = compileCheck(cluster, diagnostics, socket !== null);
  const name = cluster.name ?? "";
  const discovery = discoveryOf(cluster);
  if (discovery.kind === "none") return [hostless(name, check, discovery.status, discovery.reason)];
  const service = cluster.eds_cluster_config?.service_name || name;
  const assignment = cluster.type === "EDS" ? endpoints.get(service) : cluster.load_assignment;
  if (assignment === undefined && cluster.type === "EDS") return [hostless(name, check, "unknown", `no file gives the endpoints of '${service}'; endpoints from a server are not done here yet`)];
  const targets = (assignment?.endpoints ?? []).flatMap((locality) => locality.lb_endpoints ?? []).map((endpoint) => ({ ...targetOf(name, endpoint, discovery, check), socket }));
  return targets.length === 0 ? [hostless(name, check, "unhealthy", "the cluster has no hosts")] : targets;
}

/** A mere connect speaks nothing; of several sockets for one cluster none is chosen here. */
function spokenSocket({ transport_socket: socket, transport_socket_matches: matches = [], health_checks: checks = [] }: Cluster): TransportSocket | null {
  return socket === undefined || matches.length > 0 || checks.length === 0 ? null : socket;
}

function hostless(cluster: string, check: CheckPlan, status: "unhealthy" | "unknown" | "skipped", reason: string): Target {
  return { cluster, host: "", place: { kind: "nowhere", status, reason }, check, hostname: "", declared: "UNKNOWN", socket: null };
}

function discoveryOf(cluster: Cluster): Discovery {
  const custom = cluster.cluster_type?.name;
  const family = cluster.dns_lookup_family ?? "AUTO";
  if (custom !== undefined) return { kind: "none", status: "unknown", reason: `clusters of type ${custom} are not done here yet` };
  switch (cluster.type ?? "STATIC") {
    case "STATIC":
    case "EDS": return { kind: "addresses" };
    case "STRICT_DNS": return { kind: "names", family, first: false };
    case "LOGICAL_DNS": return { kind: "names", family, first: true };
    default: return { kind: "none", status: "skipped", reason: `a cluster of type ${cluster.type} has no hosts of its own` };
  }
}

function targetOf(cluster: string, endpoint: LbEndpoint, discovery: Exclude<Discovery, { kind: "none" }>, check: CheckPlan): Omit<Target, "socket"> {
  const { address, health_check_config: config = {} } = endpoint.endpoint ?? {};
  const port = config.port_value ?? 0;
  const found = placeOf(config.address ?? address, discovery, port);
  const place: Place = config.disable_active_health_check === true && check.kind !== "undone" && found.kind !== "nowhere"
    ? { kind: "nowhere", status: "skipped", reason: "disable_active_health_check is set: Envoy counts it healthy" }
    : found;
  return { cluster, host: textOf(address), place, check, hostname: config.hostname ?? "", declared: String(endpoint.health_status ?? "UNKNOWN") };
}

function placeOf(address: Address | undefined, discovery: Exclude<Discovery, { kind: "none" }>, port: number): Place {
  if (address?.pipe !== undefined) return { kind: "address", address: pipeAddress(address.pipe.path ?? "") };
  const socket = address?.socket_address;
  if (socket === undefined) return { kind: "nowhere", status: "unknown", reason: "endpoints without a socket address or pipe are not done here yet" };
  const undone = undoneSocket(socket);
  if (undone !== undefined) return { kind: "nowhere", status: "unknown", reason: `${undone} is not done here yet` };
  const text = socket.address ?? "";
  const number = port === 0 ? (socket.port_value ?? 0) : port;
  const ip = canonicalIp(text);
  if (ip !== null) return { kind: "address", address: ipAddress(ip, number) };
  if (discovery.kind === "names") return { kind: "name", name: text, port: number, family: discovery.family, first: discovery.first };
  return { kind: "nowhere", status: "unhealthy", reason: `'${text}' is not an IP address, and a STATIC or EDS cluster resolves no names` };
}

function undoneSocket(socket: SocketAddressMessage): string | undefined {
  if (socket.named_port !== undefined) return "named_port";
  if (socket.protocol === "UDP") return "a check over UDP";
  return socket.resolver_name === undefined || socket.resolver_name === "" ? undefined : "resolver_name";
}

function textOf(address: Address | undefined): string {
  if (address?.pipe !== undefined) return address.pipe.path ?? "";
  const socket = address?.socket_address;
  if (socket === undefined) return address?.envoy_internal_address?.server_listener_name ?? "(no address)";
  const text = socket.address ?? "";
  return formatAddress(ipAddress(canonicalIp(text) ?? text, socket.port_value ?? 0));
}
