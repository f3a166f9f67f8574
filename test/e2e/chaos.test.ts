import { readdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterEach, expect, test } from "vitest";
import { readStats } from "../support/admin-reader.ts";
import { bootstrap, cluster, forward, httpListener, table, text } from "../support/bootstrap.ts";
import { DnsServer, type DnsZone } from "../support/dns-server.ts";
import { Load } from "../support/load.ts";
import { freePorts } from "../support/ports.ts";
import { newDice } from "../support/random.ts";
import { Serving } from "../support/serving.ts";
import { SteadyUpstream } from "../support/steady-upstream.ts";
import { delay, eventually } from "../support/waiting.ts";
import { scratch } from "./binary.ts";

/** `LEGATE_CHAOS=1000` makes a long run; `LEGATE_SEED=n` repeats one. */
const EVENTS = Number(process.env["LEGATE_CHAOS"] ?? 150);
const PAUSE_MS = 60;
const NAME = "db.test";
/** The first is always there, and always in the answer. */
const HOSTS = ["127.0.0.1", "127.0.0.2", "127.0.0.3", "127.0.0.4"] as const;
const STEADY = HOSTS[0];

const RETRY = {
  timeout: "20s",
  retry_policy: {
    retry_on: "connect-failure,reset,refused-stream,gateway-error", num_retries: 12, per_try_timeout: "0.5s", host_selection_retry_max_attempts: 50,
    retry_host_predicate: [{ name: "p", typed_config: { "@type": "type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate" } }],
  },
};

let serving: Serving | undefined;
afterEach(() => serving?.kill());

/** The hosts, of which all but the first die, stall and come back. */
class Hosts {
  readonly port: number;
  readonly running = new Map<string, SteadyUpstream>();

  constructor(port: number) {
    this.port = port;
  }

  async start(address: string): Promise<void> {
    this.running.set(address, await SteadyUpstream.start("ok", this.port, address));
  }

  async stop(address: string): Promise<void> {
    const host = this.running.get(address);
    this.running.delete(address);
    await host?.stop();
  }

  get connections(): number {
    return [...this.running.values()].reduce((sum, host) => sum + host.open, 0);
  }
}

test(`${EVENTS} kills, pauses and changes of DNS lose no request that the retry policy covers, and leave nothing behind`, async () => {
  const dice = newDice();
  const dns = await DnsServer.start();
  const [admin = 0, port = 0, own = 0] = await freePorts(3);
  const hosts = new Hosts(own);
  for (const address of HOSTS) await hosts.start(address);
  dns.zones.set(NAME, { addresses: HOSTS, ttl: 1 });
  await begin(admin, port, own, dns.port);
  const quiet = await atRest(admin, hosts);
  const load = new Load({ ports: () => [port], connections: 20, rate: 150 });
  for (let i = 0; i < EVENTS; i++) {
    await event(dice.below, hosts, dns);
    await delay(PAUSE_MS);
  }
  dns.zones.set(NAME, { addresses: HOSTS, ttl: 1 });
  for (const host of hosts.running.values()) host.slowness = 0;
  const report = await load.stop();
  expect({ seed: dice.seed, failures: report.failures, others: report.others, unanswered: report.sent - report.answered }).toEqual({ seed: dice.seed, failures: [], others: [], unanswered: 0 });
  expect(report.sent).toBeGreaterThan(EVENTS * 3);
  for (const address of HOSTS) if (address !== STEADY) await hosts.stop(address);
  dns.zones.set(NAME, { addresses: [STEADY], ttl: 1 });
  const after = await atRest(admin, hosts);
  expect({ seed: dice.seed, left: Object.entries(after.gauges).filter(([, value]) => value !== 0) }).toEqual({ seed: dice.seed, left: [] });
  // idle connections to the host that is left, and a few that the runtime keeps for itself
  expect(after.descriptors).toBeLessThanOrEqual(quiet.descriptors + hosts.connections + 4);
  await hosts.stop(STEADY);
  await dns.stop();
}, 60_000 + EVENTS * 400);

async function begin(admin: number, port: number, own: number, resolver: number): Promise<void> {
  const folder = scratch();
  const named = cluster("c", own, {
    type: "STRICT_DNS", connect_timeout: "0.5s", dns_refresh_rate: "0.1s", dns_failure_refresh_rate: { base_interval: "0.1s", max_interval: "0.2s" },
    circuit_breakers: { thresholds: [{ max_retries: 1000 }] },
    typed_dns_resolver_config: {
      name: "envoy.network.dns_resolver.cares",
      typed_config: {
        "@type": "type.googleapis.com/envoy.extensions.network.dns_resolver.cares.v3.CaresDnsResolverConfig",
        resolvers: [{ socket_address: { address: "127.0.0.1", port_value: resolver } }],
      },
    },
    load_assignment: { cluster_name: "c", endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: NAME, port_value: own } } } }] }] },
  });
  writeFileSync(join(folder, "envoy.yaml"), text(bootstrap({ admin, listeners: [httpListener("front", port, { route_config: table(forward("/", "c", RETRY)) })], clusters: [named] })));
  serving = await Serving.start(["-c", "envoy.yaml", "--concurrency", "2"], { cwd: folder });
}

async function event(below: (most: number) => number, hosts: Hosts, dns: DnsServer): Promise<void> {
  if (below(3) === 0) {
    dns.zones.set(NAME, zone(below));
    return;
  }
  const address = HOSTS[1 + below(HOSTS.length - 1)] ?? STEADY;
  const host = hosts.running.get(address);
  if (host === undefined) await hosts.start(address);
  else if (below(2) === 0) await hosts.stop(address);
  // less than a try may take, or more
  else host.slowness = host.slowness === 0 ? (below(4) === 0 ? 700 : 50) : 0;
}

/** Mostly other addresses; now and then a failure, no answer in time, or an answer too long for UDP. */
function zone(below: (most: number) => number): DnsZone {
  const kind = below(10);
  if (kind === 0) return { code: 2 };
  if (kind === 1) return "silent";
  return { addresses: HOSTS.filter((address) => address === STEADY || below(2) === 0), ttl: 1, truncated: kind === 2 };
}

interface Rest {
  readonly gauges: Readonly<Record<string, number>>;
  readonly descriptors: number;
}

const GAUGES = /^(cluster\.c\.(upstream_rq_(active|pending_active)|upstream_cx_[rt]x_bytes_buffered|circuit_breakers\..*_open)|http\.front\.downstream_(rq|cx)_active|listener\.127[^ ]*downstream_cx_active)$/;

/** When nothing is under way; fails where that does not come to be. */
async function atRest(admin: number, hosts: Hosts): Promise<Rest> {
  let stats = new Map<string, number>();
  const settled = await eventually(async () => {
    stats = await readStats(admin);
    return [...stats].every(([name, value]) => !GAUGES.test(name) || value === 0) && stats.get("cluster.c.upstream_cx_active") === hosts.connections;
  }, 15_000, 200);
  const gauges = Object.fromEntries([...stats].filter(([name]) => GAUGES.test(name)));
  expect({ settled, ...gauges, connections: stats.get("cluster.c.upstream_cx_active") }).toEqual({ ...gauges, settled: true, connections: hosts.connections });
  return { gauges, descriptors: readdirSync(`/proc/${serving?.pid ?? 0}/fd`).length };
}
