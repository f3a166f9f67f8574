import { expect, test } from "vitest";
import type { Cluster } from "../../src/schema/generated/envoy/config/cluster/v3.ts";
import { compileDns } from "../../src/upstream/dns-plan.ts";

const seconds = (count: number): { seconds: number; nanos: number } => ({ seconds: count, nanos: 0 });
const CARES = { name: "r", typed_config: { "@type": "type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig", resolvers: [{ socket_address: { address: "10.0.0.53", port_value: 5353 } }, { socket_address: { address: "::1" } }], query_timeout_seconds: 2, query_tries: 3 } };
const dns = (fields: object): Cluster => ({ cluster_type: { name: "envoy.clusters.dns", typed_config: { "@type": "type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster", ...fields } } }) as Cluster;

test("the fields of older clusters and those of envoy.clusters.dns say the same", () => {
  const fields = { dns_refresh_rate: seconds(7), respect_dns_ttl: true, dns_jitter: seconds(1), dns_lookup_family: "V4_ONLY", dns_failure_refresh_rate: { base_interval: seconds(2) }, typed_dns_resolver_config: CARES } as const;
  const wanted = { refreshMs: 7000, failureMs: [2000, 20_000], jitterMs: 1000, respectTtl: true, leastTtlMs: 1, family: "V4_ONLY", servers: ["10.0.0.53:5353", "[::1]"], timeoutMs: 6000 };
  expect(compileDns({ type: "STRICT_DNS", ...fields } as Cluster)).toEqual(wanted);
  expect(compileDns(dns(fields))).toEqual(wanted);
});

test("without any, a name is asked for every five seconds", () => {
  expect(compileDns({})).toEqual({ refreshMs: 5000, failureMs: null, jitterMs: 0, respectTtl: false, leastTtlMs: 1, family: "AUTO", servers: [], timeoutMs: undefined });
  expect(compileDns(dns({ dns_lookup_family: "UNSPECIFIED", dns_min_refresh_rate: seconds(3) }))).toMatchObject({ family: "AUTO", leastTtlMs: 3000 });
});
