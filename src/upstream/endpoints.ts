/** ClusterLoadAssignment compiled: the hosts that are known, and the names that must be resolved. Pure. */
import { canonicalIp } from "../base/ip-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { ipAddress, pipeAddress } from "../platform/address.ts";
import type { HostMetadata, Locality } from "../contract/host.ts";
import { DEGRADED_EDS_HEALTH, EDS_STATUS_DRAINING, FAILED_EDS_HEALTH } from "../contract/host-health.ts";
import { type HostCheck, type HostPolicy, type HostSpec, PLAIN_POLICY } from "../contract/host-spec.ts";
import { socketAddressOf } from "../contract/socket-address.ts";
import type { ClusterLoadAssignment, Endpoint_HealthCheckConfig, LbEndpoint, LocalityLbEndpoints } from "../schema/generated/envoy/config/endpoint/v3.ts";

export const honours = {
  "envoy.config.endpoint.v3.ClusterLoadAssignment": ["cluster_name", "endpoints", "policy"],
  "envoy.config.endpoint.v3.ClusterLoadAssignment.Policy": ["overprovisioning_factor", "weighted_priority_health", "drop_overloads"],
  "envoy.config.endpoint.v3.ClusterLoadAssignment.Policy.DropOverload": ["category", "drop_percentage"],
  "envoy.config.endpoint.v3.LocalityLbEndpoints": ["locality", "lb_endpoints", "priority", "load_balancing_weight", "proximity", "metadata"],
  "envoy.config.endpoint.v3.LbEndpoint": ["endpoint", "health_status", "load_balancing_weight", "metadata"],
  "envoy.config.endpoint.v3.Endpoint": ["address", "hostname", "health_check_config", "additional_addresses"],
  "envoy.config.endpoint.v3.Endpoint.HealthCheckConfig": ["port_value", "hostname", "address", "disable_active_health_check"],
  "envoy.config.endpoint.v3.Endpoint.AdditionalAddress": ["address"],
  "envoy.config.core.v3.Metadata": ["filter_metadata"],
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
  readonly policy: HostPolicy;
}

const NOWHERE: Locality = { region: "", zone: "", sub_zone: "" };

/** Reads an assignment. `names` false (STATIC, EDS): a host name instead of an address is an error. */
export function compileEndpoints(assignment: ClusterLoadAssignment | undefined, names: boolean, diagnostics: Diagnostics): Endpoints {
  const found: { hosts: HostSpec[]; names: NamedEndpoint[] } = { hosts: [], names: [] };
  for (const locality of assignment?.endpoints ?? []) {
    for (const endpoint of locality.lb_endpoints ?? []) addEndpoint(endpoint, locality, names, diagnostics, found);
  }
  return { ...found, policy: policyOf(assignment) };
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
    localityWeight: locality.load_balancing_weight ?? 0,
    flags: EDS_FLAG[endpoint.health_status ?? ""] ?? 0,
    ...extrasOf(endpoint),
    ...(locality.metadata?.filter_metadata === undefined ? {} : { localityMetadata: locality.metadata.filter_metadata as HostMetadata }),
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

const EDS_FLAG: Readonly<Record<string, number>> = { UNHEALTHY: FAILED_EDS_HEALTH, TIMEOUT: FAILED_EDS_HEALTH, DRAINING: EDS_STATUS_DRAINING, DEGRADED: DEGRADED_EDS_HEALTH };

/** What few endpoints have. */
function extrasOf({ endpoint, metadata }: LbEndpoint): Pick<HostSpec, "metadata" | "others" | "check"> {
  const others = (endpoint?.additional_addresses ?? []).flatMap(({ address }) => socketAddressOf(address) ?? []);
  const check = endpoint?.health_check_config;
  return {
    ...(metadata?.filter_metadata === undefined ? {} : { metadata: metadata.filter_metadata as HostMetadata }),
    ...(others.length === 0 ? {} : { others }),
    ...(check === undefined ? {} : { check: checkOf(check) }),
  };
}

function checkOf(config: Endpoint_HealthCheckConfig): HostCheck {
  const address = socketAddressOf(config.address);
  return { ...(address === null ? {} : { address }), port: config.port_value ?? 0, hostname: config.hostname ?? "", disabled: config.disable_active_health_check ?? false };
}

const WHOLE: Readonly<Record<string, number>> = { HUNDRED: 100, TEN_THOUSAND: 10_000, MILLION: 1_000_000 };

export function policyOf(assignment: ClusterLoadAssignment | undefined): HostPolicy {
  const policy = assignment?.policy;
  if (policy === undefined) return PLAIN_POLICY;
  const [drop] = policy.drop_overloads ?? [];
  const share = drop?.drop_percentage;
  return {
    overprovisioning: policy.overprovisioning_factor ?? PLAIN_POLICY.overprovisioning, weighted: policy.weighted_priority_health ?? false,
    drop: (share?.numerator ?? 0) / (WHOLE[share?.denominator ?? "HUNDRED"] ?? 100), dropCategory: drop?.category ?? "",
  };
}
