import { beforeEach, describe, expect, it } from "vitest";
import type { HostSpec } from "../../src/contract/host-spec.ts";
import { type CompileContext, Registry } from "../../src/contract/extension.ts";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { formatAddress } from "../../src/platform/address.ts";
import type { DnsAnswer } from "../../src/platform/dns.ts";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import { FakeResolver } from "../../src/platform/fake-dns.ts";
import { surroundingsOf } from "../../src/resources/configuration.ts";
import type { CompiledResource } from "../../src/resources/resource.ts";
import { Discovery } from "../../src/server/discovery.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";

const CONTEXT: CompileContext = {
  diagnostics: { report: () => undefined }, registry: new Registry(ALL_EXTENSIONS), statPrefix: "", surroundings: surroundingsOf({}, { serviceCluster: "", nodeId: "" }),
};

let clock: FakeClock;
let resolver: FakeResolver;
let stats: LocalStats;
let discovery: Discovery;
let told: string[];
let warnings: string[];

beforeEach(() => {
  [clock, resolver, stats, told, warnings] = [new FakeClock(), new FakeResolver(), new LocalStats(), [], []];
  discovery = new Discovery({ clock, resolver, stats, context: CONTEXT, onHosts: (cluster, hosts) => void told.push(`${cluster}: ${text(hosts)}`), warn: (line) => void warnings.push(line) });
});

const text = (hosts: readonly HostSpec[]): string => hosts.map((host) => formatAddress(host.address)).join(" ");
const hosts = (): string => text(discovery.hosts("c"));

function resource(type: CompiledResource["type"], name: string, message: object): CompiledResource {
  return { type, name, text: JSON.stringify(message), source: "c.yaml", fixed: true, place: "c.yaml:3:5" };
}

const at = (address: string, port = 80): object => ({ endpoint: { address: { socket_address: { address, port_value: port } } } });

function named(names: readonly string[], more: object = {}): CompiledResource {
  return resource("cluster", "c", { name: "c", type: "STRICT_DNS", load_assignment: { cluster_name: "c", endpoints: [{ lb_endpoints: names.map((name) => at(name)) }] }, ...more });
}

/** Lets the resolver's promises run, after so many milliseconds. */
async function later(ms: number): Promise<void> {
  clock.advance(ms);
  for (let i = 0; i < 20; i++) await Promise.resolve();
}

describe("a name that does not resolve", () => {
  it("is warned of once with its place, leaves no hosts, and is asked for again until it resolves", async () => {
    await discovery.open(named(["db"]), undefined);
    expect(hosts()).toBe("");
    for (let i = 0; i < 3; i++) await later(5000);
    expect(resolver.asked).toEqual(["db", "db", "db", "db"]);
    expect(warnings).toEqual([expect.stringMatching(/^c\.yaml:3:5: cluster 'c': 'db' does not resolve .*503/)]);
    expect(stats.value("cluster.c.update_failure")).toBe(4);
    resolver.set("db", ["10.0.0.1"]);
    await later(5000);
    expect(told).toEqual(["c: 10.0.0.1:80"]);
    expect([stats.value("cluster.c.update_success"), stats.value("cluster.c.membership_total")]).toEqual([1, 1]);
  });

  it("is warned of again when it fails after it had resolved", async () => {
    resolver.set("db", ["10.0.0.1"]);
    await discovery.open(named(["db"]), undefined);
    resolver.fail("db", "timeout");
    await later(5000);
    expect(warnings.length).toBe(1);
    resolver.set("db", ["10.0.0.1"]);
    await later(5000);
    resolver.fail("db", "timeout");
    await later(5000);
    expect(warnings.length).toBe(2);
  });

  it("is asked for at dns_failure_refresh_rate", async () => {
    await discovery.open(named(["db"], { dns_failure_refresh_rate: { base_interval: { seconds: 1, nanos: 0 } } }), undefined);
    await later(1000);
    await later(1000);
    expect(resolver.asked.length).toBe(3);
  });
});

describe("a name that resolved", () => {
  it("keeps its hosts while the servers cannot be asked, and loses them when it is gone", async () => {
    resolver.set("db", ["10.0.0.1"]);
    await discovery.open(named(["db"]), undefined);
    resolver.fail("db", "timeout");
    await later(5000);
    expect(hosts()).toBe("10.0.0.1:80");
    resolver.set("db", []);
    await later(5000);
    expect(hosts()).toBe("");
  });

  it("is told of only when its addresses change", async () => {
    resolver.set("db", ["10.0.0.1", "10.0.0.1"]);
    await discovery.open(named(["db"]), undefined);
    await later(5000);
    resolver.set("db", ["10.0.0.1", "10.0.0.2"]);
    await later(5000);
    expect(told).toEqual(["c: 10.0.0.1:80", "c: 10.0.0.1:80 10.0.0.2:80"]);
    expect(stats.value("cluster.c.update_no_rebuild")).toBe(1);
    expect(stats.value("cluster.c.membership_change")).toBe(2);
  });

  it("is asked for again after its time to live with respect_dns_ttl", async () => {
    resolver.set("db", ["10.0.0.1"], 30);
    await discovery.open(named(["db"], { respect_dns_ttl: true }), undefined);
    await later(29_000);
    expect(resolver.asked.length).toBe(1);
    await later(1000);
    expect(resolver.asked.length).toBe(2);
  });
});

describe("a cluster", () => {
  it("of several names has the hosts of those that resolve", async () => {
    resolver.set("a", ["10.0.0.1"]);
    resolver.set("b", ["10.0.0.2"]);
    await discovery.open(named(["a", "gone", "b"]), undefined);
    expect(hosts()).toBe("10.0.0.1:80 10.0.0.2:80");
    expect(warnings.length).toBe(1);
  });

  it("that is closed asks no more, and an answer on its way is nobody's", async () => {
    let give: (answer: DnsAnswer) => void = () => undefined;
    const slow = { resolve: (): Promise<DnsAnswer> => new Promise((done) => (give = done)) };
    discovery = new Discovery({ clock, resolver: slow, stats, context: CONTEXT, onHosts: (cluster) => void told.push(cluster), warn: (line) => void warnings.push(line) });
    const opened = discovery.open(named(["db"]), undefined);
    discovery.close("c");
    give({ addresses: ["10.0.0.1"] });
    await opened;
    await later(60_000);
    expect([told, clock.pending]).toEqual([[], 0]);
  });

  it("that replaces another starts afresh and ends the other's questions", async () => {
    resolver.set("db", ["10.0.0.1"]);
    await discovery.open(named(["db"]), undefined);
    await discovery.open(resource("cluster", "c", { name: "c", type: "STATIC", load_assignment: { cluster_name: "c", endpoints: [{ lb_endpoints: [at("10.0.0.9")] }] } }), undefined);
    expect(hosts()).toBe("10.0.0.9:80");
    await later(60_000);
    expect([resolver.asked.length, clock.pending]).toEqual([1, 0]);
  });

  it("of type EDS has the hosts of its resource, none when that has none", async () => {
    const eds = resource("cluster", "c", { name: "c", type: "EDS", eds_cluster_config: { eds_config: { path_config_source: { path: "e.yaml" } }, service_name: "s" } });
    const assignment = (...ips: string[]): CompiledResource => resource("endpoints", "s", { cluster_name: "s", endpoints: [{ lb_endpoints: ips.map((ip) => at(ip)) }] });
    await discovery.open(eds, assignment("10.0.0.1"));
    expect(hosts()).toBe("10.0.0.1:80");
    discovery.endpointsChanged("s", assignment("10.0.0.2", "10.0.0.3"));
    expect(hosts()).toBe("10.0.0.2:80 10.0.0.3:80");
    discovery.endpointsChanged("other", assignment("10.0.0.4"));
    expect(hosts()).toBe("10.0.0.2:80 10.0.0.3:80");
    discovery.endpointsChanged("s", assignment());
    expect(hosts()).toBe("");
  });
});

describe("a LOGICAL_DNS cluster", () => {
  it("has one host, at the first address its name has, which stays when the name is gone", async () => {
    resolver.set("db", ["10.0.0.1", "10.0.0.2"]);
    await discovery.open(named(["db"], { type: "LOGICAL_DNS" }), undefined);
    expect(hosts()).toBe("10.0.0.1:80");
    resolver.set("db", ["10.0.0.2", "10.0.0.1"]);
    await later(5000);
    expect(hosts()).toBe("10.0.0.2:80");
    resolver.set("db", []);
    await later(5000);
    expect([hosts(), stats.value("cluster.c.membership_total")]).toEqual(["10.0.0.2:80", 1]);
  });
});
