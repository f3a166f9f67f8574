import type { Field } from "../schema/table.ts";
import { type Canonical, isObject } from "./canonical.ts";

type Message = Readonly<Record<string, unknown>>;

/** Lists whose order says nothing, by message and field; the value names the field that tells items apart, "" the whole item. */
const UNORDERED: Readonly<Record<string, string>> = {
  "envoy.config.bootstrap.v3.Bootstrap.StaticResources.listeners": "name",
  "envoy.config.bootstrap.v3.Bootstrap.StaticResources.clusters": "name",
  "envoy.config.bootstrap.v3.Bootstrap.StaticResources.secrets": "name",
  "envoy.config.route.v3.RouteConfiguration.virtual_hosts": "name",
  "envoy.config.route.v3.VirtualHost.domains": "",
  "envoy.config.route.v3.VirtualHost.virtual_clusters": "name",
  "envoy.config.route.v3.WeightedCluster.clusters": "name",
  "envoy.config.route.v3.RetryPolicy.retriable_status_codes": "",
  "envoy.config.listener.v3.Listener.filter_chains": "name",
  "envoy.config.listener.v3.FilterChainMatch.server_names": "",
  "envoy.config.listener.v3.FilterChainMatch.application_protocols": "",
  "envoy.config.listener.v3.FilterChainMatch.prefix_ranges": "",
  "envoy.config.listener.v3.FilterChainMatch.source_prefix_ranges": "",
  "envoy.config.listener.v3.FilterChainMatch.direct_source_prefix_ranges": "",
  "envoy.config.listener.v3.FilterChainMatch.source_ports": "",
  "envoy.config.endpoint.v3.LocalityLbEndpoints.lb_endpoints": "endpoint",
  "envoy.config.endpoint.v3.ClusterLoadAssignment.endpoints": "locality",
  "envoy.config.cluster.v3.CircuitBreakers.thresholds": "priority",
};

/** Fields by which an item of an ordered list is known when it was edited, the first that is set. */
const KNOWN_BY = ["name", "key", "cluster_name"] as const;

/** True if the order of a list says nothing. */
export function isUnordered(owner: string, field: Field): boolean {
  return Object.hasOwn(UNORDERED, `${owner}.${field.name}`);
}

/** What stays the same about an item when it is edited. */
export function identityOf(owner: string, field: Field, item: unknown, canonical: Canonical): string | undefined {
  if (!isObject(item)) return undefined;
  const message = item as Message;
  const named = UNORDERED[`${owner}.${field.name}`];
  if (named !== undefined && named !== "") return part(message, named, canonical);
  for (const key of KNOWN_BY) if (typeof message[key] === "string" && message[key] !== "") return `${key}:${message[key]}`;
  const header = message["header"];
  if (isObject(header) && typeof (header as Message)["key"] === "string") return `header:${(header as Message)["key"] as string}`;
  return message["match"] === undefined ? undefined : `match:${JSON.stringify(message["match"])}`;
}

/** Endpoints are known by their address, thresholds by a priority that may be unset. */
function part(message: Message, key: string, canonical: Canonical): string | undefined {
  const value = message[key];
  if (key === "endpoint" && isObject(value)) return `address:${JSON.stringify((value as Message)["address"] ?? null)}`;
  if (key === "locality") return `locality:${JSON.stringify(value ?? null)}:${JSON.stringify(message["priority"] ?? 0)}`;
  if (key === "priority") return `priority:${JSON.stringify(value ?? "DEFAULT")}`;
  if (isObject(value)) return canonical.message("", value);
  return value === undefined || value === "" ? undefined : `${key}:${String(value)}`;
}

/** How an item is written in a path: its name where that tells it apart, else its index. */
export function labelOf(owner: string, field: Field, item: unknown, index: number): string {
  if (isUnordered(owner, field) && isObject(item)) {
    const name = (item as Message)["name"];
    if (typeof name === "string" && name !== "") return name;
  }
  return String(index);
}
