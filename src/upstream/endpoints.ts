/** ClusterLoadAssignment compiled: the hosts that are known, and the names that must be resolved. Pure. */
import { canonicalIp } from "../base/ip-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { ipAddress, pipeAddress } from "../platform/address.ts";
import type { Locality } from "../contract/host.ts";
import type { HostSpec } from "../contract/host-spec.ts";
import type { ClusterLoadAssignment, LbEndpoint, LocalityLbEndpoints } from "../schema/generated/envoy/config/endpoint/v3.ts";

export const honours = {
  "envoy.config.endpoint.v3.ClusterLoadAssignment": ["cluster_name", "endpoints"],
  "envoy.config.endpoint.v3.LocalityLbEndpoints": ["locality", "lb_endpoints", "priority=0"],
  "envoy.config.endpoint.v3.LbEndpoint": ["endpoint", "health_status", "load_balancing_weight"],
  "envoy.config.endpoint.v3.Endpoint": ["address", "hostname"],
  "envoy.config.core.v3.Locality": ["region", "zone", "sub_zone"],
} as const;

/** An endpoint given by name: each address the name has becomes a host. */
export interface NamedEndpoint {
  readonly name: string;
  readonly port: number;
  /** All but the address. */
  readonly host: Omit<HostSpec, "address">;
  /** The message, for findings about the name. */
  readonly message: object;
}

export interface Endpoints {
  readonly hosts: readonly HostSpec[];
  readonly names: readonly NamedEndpoint[];
}

const NOWHERE: Locality = { region: "", zone: "", sub_zone: "" };

/** Reads an assignment. `names` false (STATIC, EDS): a host name instead of an address is an error. */
export function compileEndpoints(assignment: ClusterLoadAssignment | undefined, names: boolean, diagnostics: Diagnostics): Endpoints {
  const found: { hosts: HostSpec[]; names: NamedEndpoint[] } = { hosts: [], names: [] };
  for (const locality of assignment?.endpoints ?? []) {
    for (const endpoint of locality.lb_endpoints ?? []) addEndpoint(endpoint, locality, names, diagnostics, found);
  }
  return found;
}

function addEndpoint(
  endpoint: LbEndpoint, locality: LocalityLbEndpoints, names: boolean, diagnostics: Diagnostics,
  found: { hosts: HostSpec[]; names: NamedEndpoint[] },
): void {
  const address = endpoint.endpoint?.address;
  const host = {
    hostname: endpoint.endpoint?.hostname ?? "",
    weight: endpoint.load_balancing_weight ?? 1,
    priority: locality.priority ?? 0,
    locality: { ...NOWHERE, ...locality.locality },
    healthy: isHealthy(endpoint),
  };
  if (address?.pipe !== undefined) {
    found.hosts.push({ ...host, address: pipeAddress(address.pipe.path ?? "") });
    return;
  }
  const socket = address?.socket_address;
  if (socket === undefined) return;
  const text = socket.address ?? "";
  const ip = canonicalIp(text);
  const port = socket.port_value ?? 0;
  if (names) {
    // Envoy resolves whatever stands here, addresses too, and keeps the text as the host's name.
    found.names.push({ name: text, port, host: { ...host, hostname: host.hostname === "" ? text : host.hostname }, message: socket });
  } else if (ip !== null) {
    found.hosts.push({ ...host, address: ipAddress(ip, port) });
  } else if ((socket.resolver_name ?? "") === "") {
    diagnostics.report({
      code: "LGT0702", at: socket, key: "address", message: `'${text}' is not an IP address`,
      why: "A STATIC cluster (the default type) and EDS take addresses only.",
      fix: "Write an address, or set the cluster's type to STRICT_DNS or LOGICAL_DNS.",
    });
  }
}

function isHealthy(endpoint: LbEndpoint): boolean {
  const status = endpoint.health_status ?? "UNKNOWN";
  return status === "UNKNOWN" || status === "HEALTHY" || status === "DEGRADED";
}
