/** How the names of a cluster are resolved: from `envoy.clusters.dns`, or from the fields of older DNS clusters. Pure. */
import { optionalMs, wholeMs } from "../base/duration.ts";
import { socketAddressOf } from "../contract/socket-address.ts";
import type { LookupFamily } from "../platform/dns.ts";
import type { Cluster } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { Address, TypedExtensionConfig } from "../schema/generated/envoy/config/core/v3.ts";
import type { DnsCluster } from "../schema/generated/envoy/extensions/clusters/dns/v3.ts";
import type { CaresDnsResolverConfig } from "../schema/generated/envoy/extensions/network/dns_resolver/cares/v3.ts";
import { typeOf } from "../schema/table.ts";

const DNS = "envoy.extensions.clusters.dns.v3.DnsCluster";
const CARES = "envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig";

export const honours = {
  "envoy.config.cluster.v3.Cluster": [
    "cluster_type", "dns_refresh_rate", "dns_lookup_family", "dns_failure_refresh_rate", "respect_dns_ttl", "dns_jitter", "dns_resolvers", "dns_resolution_config", "typed_dns_resolver_config",
  ],
  "envoy.config.cluster.v3.Cluster.CustomClusterType": ["name", "typed_config"],
  "envoy.config.cluster.v3.Cluster.RefreshRate": ["base_interval", "max_interval"],
  "envoy.config.core.v3.DnsResolutionConfig": ["resolvers"],
  [DNS]: [
    "dns_refresh_rate", "dns_failure_refresh_rate", "respect_dns_ttl", "dns_jitter", "typed_dns_resolver_config", "dns_lookup_family", "all_addresses_in_single_endpoint", "dns_min_refresh_rate",
  ],
  [`${DNS}.RefreshRate`]: ["base_interval", "max_interval"],
  [CARES]: ["resolvers", "query_timeout_seconds", "query_tries"],
  "envoy.extensions.network.dns_resolver.getaddrinfo.v3.GetAddrInfoDnsResolverConfig": [],
} as const;

export interface DnsPlan {
  readonly refreshMs: number;
  /** After a failure: a random part of an interval that doubles from the first to the second; null: `refreshMs`. */
  readonly failureMs: readonly [base: number, max: number] | null;
  readonly jitterMs: number;
  readonly respectTtl: boolean;
  /** A TTL is not taken for less, ms. */
  readonly leastTtlMs: number;
  readonly family: LookupFamily;
  /** `ip` or `ip:port`; empty: the machine's. */
  readonly servers: readonly string[];
  /** For all of one question; undefined: the resolver's own. */
  readonly timeoutMs: number | undefined;
}

/** The message of `envoy.clusters.dns`; undefined for other clusters. */
export function dnsClusterOf(cluster: Cluster): DnsCluster | undefined {
  const config = cluster.cluster_type?.typed_config;
  return config !== undefined && typeOf(config["@type"] ?? "") === DNS ? (config as DnsCluster) : undefined;
}

export function compileDns(cluster: Cluster): DnsPlan {
  const own = dnsClusterOf(cluster);
  const fields: DnsCluster = own ?? (cluster as DnsCluster);
  const refreshMs = wholeMs(fields.dns_refresh_rate, 5_000);
  const failure = fields.dns_failure_refresh_rate;
  const base = optionalMs(failure?.base_interval);
  const cares = caresOf(own === undefined ? cluster.typed_dns_resolver_config : own.typed_dns_resolver_config);
  const family = own === undefined ? cluster.dns_lookup_family : own.dns_lookup_family;
  return {
    refreshMs, failureMs: base === undefined ? null : [base, wholeMs(failure?.max_interval, base * 10)], jitterMs: wholeMs(fields.dns_jitter, 0),
    respectTtl: fields.respect_dns_ttl ?? false, leastTtlMs: wholeMs(own?.dns_min_refresh_rate, 1), family: family === undefined || family === "UNSPECIFIED" ? "AUTO" : family,
    servers: serversOf(cares?.resolvers ?? cluster.dns_resolution_config?.resolvers ?? cluster.dns_resolvers ?? []),
    timeoutMs: cares?.query_timeout_seconds === undefined ? undefined : Number(cares.query_timeout_seconds) * 1000 * (cares.query_tries ?? 4),
  };
}

function caresOf(resolver: TypedExtensionConfig | undefined): CaresDnsResolverConfig | undefined {
  const config = resolver?.typed_config;
  return config !== undefined && typeOf(config["@type"] ?? "") === CARES ? (config as CaresDnsResolverConfig) : undefined;
}

function serversOf(addresses: readonly Address[]): string[] {
  return addresses.flatMap((address) => {
    const found = socketAddressOf(address);
    if (found === null || found.kind === "pipe") return [];
    const ip = found.ip.includes(":") ? `[${found.ip}]` : found.ip;
    return [found.port === 0 ? ip : `${ip}:${found.port}`];
  });
}
