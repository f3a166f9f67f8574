import { afterEach, beforeEach, expect, test } from "vitest";
import type { CompileContext } from "../../src/contract/extension.ts";
import { formatAddress } from "../../src/platform/address.ts";
import { SystemClock } from "../../src/platform/system-clock.ts";
import { SystemResolver } from "../../src/platform/system-dns.ts";
import { Turn } from "../../src/platform/turn.ts";
import { Discovery } from "../../src/server/discovery.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";
import { DnsServer } from "../support/dns-server.ts";
import { eventually } from "../support/waiting.ts";

let server: DnsServer;
let discovery: Discovery;
let told: string[] = [];
let stats: LocalStats;
const warned: string[] = [];

beforeEach(async () => {
  server = await DnsServer.start();
  const clock = new SystemClock(new Turn((error) => warned.push(String(error))));
  stats = new LocalStats();
  told = [];
  discovery = new Discovery({
    clock, resolver: new SystemResolver(clock), resolverOf: (servers) => new SystemResolver(clock, servers), stats, context: { diagnostics: { report: () => undefined } } as unknown as CompileContext,
    onHosts: (_, hosts) => void told.push(hosts.map((host) => formatAddress(host.address)).join()), warn: (text) => void warned.push(text),
  });
});

afterEach(async () => {
  for (const name of discovery.names()) discovery.close(name);
  await server.stop();
});

function open(more: object = {}): Promise<void> {
  const cluster = {
    name: "c", type: "STRICT_DNS", dns_lookup_family: "V4_ONLY", dns_refresh_rate: { seconds: 0, nanos: 100_000_000 },
    typed_dns_resolver_config: { name: "r", typed_config: { "@type": "type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig", resolvers: [{ socket_address: { address: "127.0.0.1", port_value: server.port } }], query_timeout_seconds: 1, query_tries: 1 } },
    load_assignment: { endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: "db.test", port_value: 80 } } } }] }] }, ...more,
  };
  return discovery.open({ type: "cluster", name: "c", text: JSON.stringify(cluster), source: "", fixed: true, place: "e:1:1" }, undefined);
}

const now = (): string => told.at(-1) ?? "";

test("hosts follow the answers of the name server that is configured", async () => {
  server.zones.set("db.test", { addresses: ["10.0.0.1", "10.0.0.2"] });
  await open();
  expect(now().split(",").sort()).toEqual(["10.0.0.1:80", "10.0.0.2:80"]);
  server.zones.set("db.test", { addresses: ["10.0.0.3"] });
  expect(await eventually(() => now() === "10.0.0.3:80", 3000)).toBe(true);
});

test("a server that fails or is silent leaves what was known; a name that is gone has no hosts", async () => {
  server.zones.set("db.test", { addresses: ["10.0.0.1"] });
  await open();
  server.zones.set("db.test", { code: 2 });
  expect(await eventually(() => (stats.store.value("cluster.c.update_failure") ?? 0) > 0, 3000)).toBe(true);
  server.zones.set("db.test", "silent");
  const failures = stats.store.value("cluster.c.update_failure") ?? 0;
  expect(await eventually(() => (stats.store.value("cluster.c.update_failure") ?? 0) > failures, 6000)).toBe(true);
  expect(now()).toBe("10.0.0.1:80");
  server.zones.set("db.test", { code: 3 });
  expect(await eventually(() => now() === "", 4000)).toBe(true);
});

test("an answer that is cut off over UDP is had over TCP", async () => {
  server.zones.set("db.test", { addresses: ["10.0.0.7"], truncated: true });
  await open();
  expect(now()).toBe("10.0.0.7:80");
  expect(server.asked).toContain("A db.test over tcp");
});

test("a TTL decides where it is respected", async () => {
  server.zones.set("db.test", { addresses: ["10.0.0.1"], ttl: 1 });
  await open({ respect_dns_ttl: true, dns_refresh_rate: { seconds: 60, nanos: 0 } });
  server.zones.set("db.test", { addresses: ["10.0.0.2"], ttl: 1 });
  expect(await eventually(() => now() === "10.0.0.2:80", 4000)).toBe(true);
});
