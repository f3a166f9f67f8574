import { createServer, type Server, type ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { Registry } from "../../src/contract/extension.ts";
import { surroundingsOf } from "../../src/resources/configuration.ts";
import { liftRouteTables } from "../../src/resources/lift-route-tables.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import type { CompiledResource } from "../../src/resources/resource.ts";
import { Runtime } from "../../src/resources/runtime.ts";
import type { Listener } from "../../src/schema/generated/envoy/config/listener/v3.ts";
import { checkSurroundings } from "../../src/server/checks/cluster-checker.ts";
import { Discovery } from "../../src/server/discovery.ts";
import { openMachine } from "../../src/server/machine.ts";
import { type Change, WorkerPool } from "../../src/server/worker-pool.ts";
import { StatRegistry } from "../../src/stats/stat-registry.ts";
import { StatStore } from "../../src/stats/stat-store.ts";
import { answer, cluster, forward, httpListener, table } from "../support/bootstrap.ts";
import { freePorts } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { delay, eventually } from "../support/waiting.ts";

type Json = Readonly<Record<string, unknown>>;

const WORKERS = 4;
const seconds = (count: number): Json => ({ seconds: Math.floor(count), nanos: Math.round((count % 1) * 1e9) });
/** Nothing is sent to a host that is down. */
const STRICT: Json = { connect_timeout: seconds(2), common_lb_config: { healthy_panic_threshold: { value: 0 } } };

let server: Server;
/** Requests the upstream holds back. */
let held: ServerResponse[] = [];
let [checks, asked] = [0, 0];
let healthy = true;
let store: StatStore;
let discovery: Discovery;
let pool: WorkerPool;
let port = 0;
let generation = 0;
const said: string[] = [];

beforeEach(async () => {
  [held, checks, asked, healthy] = [[], 0, 0, true];
  said.length = 0;
  server = createServer(({ url = "" }, response) => {
    if (url === "/health") checks++;
    else asked++;
    if (url === "/hold") held.push(response);
    else response.writeHead(url === "/fail" || (url === "/health" && !healthy) ? 500 : 200).end();
  });
  await new Promise<void>((done) => { server.listen(0, "127.0.0.1", done); });
  [port = 0] = await freePorts(1);
});

afterEach(async () => {
  await pool.end();
  discovery.close("u");
  server.closeAllConnections();
  await new Promise((done) => server.close(done));
});

/** Control as far as one cluster needs it, and four workers of which each can be killed. */
async function begin(more: Json): Promise<void> {
  const registry = new StatRegistry(WORKERS);
  store = new StatStore(registry);
  const machine = openMachine((error) => said.push(String(error)));
  const resource = (type: CompiledResource["type"], name: string, message: object): CompiledResource => ({ type, name, text: JSON.stringify(message), source: "t", fixed: true, place: "t:1:1" });
  const u = resource("cluster", "u", cluster("u", (server.address() as AddressInfo).port, { ...STRICT, ...more }));
  const lifted = liftRouteTables(httpListener("front", port, { route_config: table(answer("/own", 200, "own"), forward("/", "u")) }) as Listener, new Origins());
  discovery = new Discovery({
    clock: machine.clock, resolver: machine.resolver, stats: registry.own, totals: (name) => store.value(name) ?? 0, warn: (text) => void said.push(text),
    context: { diagnostics: { report: () => undefined }, registry: new Registry(ALL_EXTENSIONS), statPrefix: "", surroundings: surroundingsOf({}, { serviceCluster: "", nodeId: "" }) },
    checks: checkSurroundings(machine, new Runtime({}), { open: () => ({ write: () => undefined }) }, (text) => void said.push(text)),
    onHosts: () => undefined, onHealth: (name, flags) => pool?.post({ kind: "host-health", cluster: name, text: JSON.stringify(flags) }),
  });
  await discovery.open(u, undefined);
  const everything = (): Change => ({
    generation: ++generation, descriptors: {}, removals: [], drainMs: 1000, indexes: [], hosts: [{ cluster: "u", hosts: discovery.hosts("u") }],
    upserts: [u, ...lifted.tables.map((found) => resource("route", found.name, found.message)), resource("listener", "front", lifted.listener)],
  });
  pool = new WorkerPool({
    entry: new URL("../support/mortal-worker.ts", import.meta.url).href, workers: WORKERS, registry, clock: machine.clock,
    start: { serviceCluster: "", nodeId: "", locality: null, localCluster: "", machineAddress: null, logFlushMs: 1000, runtime: {} },
    everything, log: { warning: (text) => said.push(text), error: (text) => said.push(text) },
    onHostEvent: (name, address, event) => discovery.hostEvent(name, address, event),
  });
  expect(await pool.start()).toEqual([]);
}

async function open(path: string): Promise<RawClient> {
  const client = await RawClient.open(port);
  client.send(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
  return client;
}

async function status(path: string): Promise<string> {
  const client = await open(path);
  await client.responses(1, 3000);
  client.close();
  return client.received.slice(9, 12);
}

/** So many requests, each on a connection of its own, which the kernel spreads over the workers: the distinct answers. */
async function answers(path: string, count = 40): Promise<string> {
  const seen = new Set<string>();
  for (let i = 0; i < count; i++) seen.add(await status(path));
  return [...seen].sort().join(" ");
}

/** Connections that each worker has taken. */
function taken(): number[] {
  return Array.from({ length: WORKERS }, (_, i) => store.value(`listener.127.0.0.1_${port}.worker_${i}.downstream_cx_total`) ?? 0);
}

/** Ends one worker, and waits until its successor takes connections too. */
async function kill(index: number): Promise<void> {
  const before = taken()[index] ?? 0;
  pool.post({ kind: "die", index });
  expect(await eventually(() => said.some((line) => line.includes(`worker ${index} died`)), 5000)).toBe(true);
  expect(await eventually(async () => (await answers("/own", 8)) === "200" && (taken()[index] ?? 0) > before, 10_000, 20)).toBe(true);
}

describe("of four workers of which one is killed, all hold one truth", () => {
  it("about failures in a row, which end in one ejection that the successor knows of", async () => {
    await begin({ outlier_detection: { consecutive_5xx: 40, interval: seconds(600), base_ejection_time: seconds(600), max_ejection_percent: 100 } });
    expect(await answers("/fail", 20)).toBe("500");
    await kill(2);
    expect(await answers("/fail", 19)).toBe("500");
    expect(store.value("cluster.u.outlier_detection.ejections_active")).toBe(0);
    expect(await status("/fail")).toBe("500");
    expect(await eventually(() => store.value("cluster.u.outlier_detection.ejections_active") === 1, 3000)).toBe(true);
    const before = taken();
    expect(await eventually(async () => (await status("/")) === "503", 3000)).toBe(true);
    await delay(50);
    asked = 0;
    expect(await answers("/")).toBe("503");
    await kill(1);
    expect([await answers("/"), asked]).toEqual(["503", 0]);
    expect(taken().every((count, i) => count > (before[i] ?? 0))).toBe(true);
    expect(store.value("cluster.u.outlier_detection.ejections_enforced_total")).toBe(1);
  }, 30_000);

  it("about active checks, which one checker makes for all", async () => {
    await begin({ health_checks: [{ timeout: seconds(1), interval: seconds(0.1), no_traffic_interval: seconds(0.1), unhealthy_threshold: 2, healthy_threshold: 1, http_health_check: { path: "/health" } }] });
    expect(await answers("/")).toBe("200");
    checks = 0;
    await delay(1000);
    expect(checks).toBeLessThan(15); // four checkers would make 40
    expect(checks).toBeGreaterThan(4);
    healthy = false;
    expect(await eventually(() => store.value("cluster.u.membership_healthy") === 0, 3000)).toBe(true);
    await delay(50);
    asked = 0;
    expect(await answers("/")).toBe("503");
    await kill(3);
    expect([await answers("/"), asked]).toEqual(["503", 0]);
    healthy = true;
    expect(await eventually(() => store.value("cluster.u.membership_healthy") === 1, 3000)).toBe(true);
    await delay(50);
    expect(await answers("/")).toBe("200");
  }, 30_000);

  it("about circuit breakers, which get back what the dead one held, and no more", async () => {
    await begin({ circuit_breakers: { thresholds: [{ max_requests: 12 }] } });
    expect(await answers("/own")).toBe("200");
    const own = [...taken()];
    const clients: RawClient[] = [];
    for (let i = 0; i < 12; i++) clients.push(await open("/hold"));
    expect(await eventually(() => held.length === 12, 3000)).toBe(true);
    expect(await answers("/")).toBe("503");
    const mine = taken().map((count, i) => count - (own[i] ?? 0));
    expect(mine.every((count) => count >= 0)).toBe(true);
    await kill(0);
    const lost = (await Promise.all(clients.map((client) => client.closed(50)))).filter(Boolean).length;
    expect(await eventually(() => store.value("cluster.u.upstream_rq_active") === 12 - lost, 3000)).toBe(true);
    const more: RawClient[] = [];
    for (let i = 0; i < lost; i++) more.push(await open("/hold"));
    expect(await eventually(() => held.length === 12 + lost, 3000)).toBe(true);
    expect(await answers("/")).toBe("503");
    for (const response of held) response.writeHead(200).end();
    expect(await eventually(() => store.value("cluster.u.upstream_rq_active") === 0, 3000)).toBe(true);
    expect(await answers("/")).toBe("200");
    for (const client of [...clients, ...more]) client.close();
  }, 30_000);
});
