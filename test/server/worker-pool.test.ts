import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { ipAddress } from "../../src/platform/address.ts";
import { SystemClock } from "../../src/platform/system-clock.ts";
import { Turn } from "../../src/platform/turn.ts";
import type { CompiledResource } from "../../src/resources/resource.ts";
import { liftRouteTables } from "../../src/resources/lift-route-tables.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import type { Listener } from "../../src/schema/generated/envoy/config/listener/v3.ts";
import { type Change, WorkerPool } from "../../src/server/worker-pool.ts";
import { StatRegistry } from "../../src/stats/stat-registry.ts";
import { StatStore } from "../../src/stats/stat-store.ts";
import { answer, cluster, forward, httpListener, table } from "../support/bootstrap.ts";
import { freePorts } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { ScriptedUpstream } from "../support/scripted-upstream.ts";
import { eventually } from "../support/waiting.ts";

let registry: StatRegistry;
let store: StatStore;
let pool: WorkerPool;
let upstream: ScriptedUpstream;
let port = 0;
let said: string[] = [];

beforeEach(async () => {
  registry = new StatRegistry(4);
  store = new StatStore(registry);
  upstream = await ScriptedUpstream.start();
  [port = 0] = await freePorts(1);
  said = [];
});

afterEach(async () => {
  await pool.end();
  await upstream.stop();
});

/** One request allowed at a time: what a dead worker held of it must come back. */
const BREAKERS = { circuit_breakers: { thresholds: [{ max_requests: 1 }] } };

function everything(): Change {
  const listener = httpListener("front", port, { route_config: table(answer("/own", 200, "own"), forward("/", "u")) });
  const lifted = liftRouteTables(listener as Listener, new Origins());
  const resource = (type: CompiledResource["type"], name: string, message: object): CompiledResource => ({ type, name, text: JSON.stringify(message), source: "t", fixed: true, place: "t:1:1" });
  return {
    generation: ++generation,
    descriptors: {},
    upserts: [
      resource("cluster", "u", cluster("u", upstream.port, { ...BREAKERS, connect_timeout: { seconds: 2, nanos: 0 } })),
      ...lifted.tables.map((found) => resource("route", found.name, found.message)),
      resource("listener", "front", lifted.listener),
    ],
    removals: [], drainMs: 1000, indexes: [],
    hosts: [{ cluster: "u", hosts: [{ address: ipAddress("127.0.0.1", upstream.port), hostname: "", weight: 1, priority: 0, locality: {}, localityWeight: 0, flags: 0 } as never] }],
  };
}
let generation = 0;

async function begin(workers: number): Promise<void> {
  pool = new WorkerPool({
    entry: new URL("../support/mortal-worker.ts", import.meta.url).href, workers, registry, clock: new SystemClock(new Turn((error) => said.push(String(error)))),
    start: { serviceCluster: "", nodeId: "", locality: null, localCluster: "", machineAddress: null, logFlushMs: 1000, runtime: {} },
    everything, log: { warning: (text) => said.push(text), error: (text) => said.push(text) },
  });
  expect(await pool.start()).toEqual([]);
}

async function get(path: string): Promise<RawClient> {
  const client = await RawClient.open(port);
  client.send(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
  return client;
}

async function status(path: string): Promise<string> {
  const client = await get(path);
  await client.responses(1, 3000);
  client.close();
  return client.received.slice(9, 12);
}

const counted = (name: string, value: number): Promise<boolean> => eventually(() => store.value(name) === value, 10_000);

describe.each([1, 2])("of %d workers, those that die", (workers) => {
  it("are reported and replaced; counters stay, gauges go, limits are given back", async () => {
    await begin(workers);
    for (let i = 0; i < 5; i++) expect(await status("/own")).toBe("200");
    expect(await status("/")).toBe("200");
    upstream.play({ connections: [[{ await: "request" }, { await: "close" }]] });
    expect(await counted("cluster.u.upstream_cx_active", 0)).toBe(true);
    const stuck = await get("/stuck");
    expect(await counted("cluster.u.upstream_rq_active", 1)).toBe(true);
    expect(await status("/")).toBe("503");

    pool.post({ kind: "die" });
    expect(await eventually(() => said.filter((line) => line.includes("died")).length === workers, 10_000)).toBe(true);
    expect(said.join("\n")).toContain("told to die");
    expect(await stuck.closed(3000)).toBe(true);
    upstream.play({ connections: [[{ await: "request" }, "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"]], loop: true });
    expect(await eventually(async () => (await status("/own")) === "200", 5000, 50)).toBe(true);
    for (const name of ["http.front.downstream_rq_active", "cluster.u.upstream_rq_active", "cluster.u.upstream_cx_active", "cluster.u.upstream_rq_pending_active"]) expect([name, await counted(name, 0)]).toEqual([name, true]);
    expect(store.value("http.front.downstream_rq_total")).toBeGreaterThanOrEqual(9);
    expect(await counted("cluster.u.upstream_rq_total", 2)).toBe(true);
    expect(store.value("cluster.u.upstream_rq_200")).toBe(1);
    expect(await status("/")).toBe("200");
    expect(await counted("cluster.u.upstream_rq_200", 2)).toBe(true);
    expect(await counted("http.front.downstream_cx_active", 0)).toBe(true);
  });
});

it("a worker that dies again and again makes its successors wait", async () => {
  await begin(1);
  pool.post({ kind: "die" });
  expect(await eventually(() => said.some((line) => line.includes("in 100 ms")), 3000)).toBe(true);
  expect(await eventually(async () => (await status("/own")) === "200", 5000, 50)).toBe(true);
  pool.post({ kind: "die" });
  expect(await eventually(() => said.some((line) => line.includes("in 200 ms")), 3000)).toBe(true);
  expect(await pool.apply(everything)).toEqual([]);
  expect(await eventually(async () => (await status("/own")) === "200", 5000, 50)).toBe(true);
});

it("a worker that dies while the pool drains has drained", async () => {
  await begin(1);
  upstream.play({ connections: [[{ await: "request" }, { await: "close" }]] });
  await get("/stuck");
  expect(await counted("cluster.u.upstream_rq_active", 1)).toBe(true);
  const drained = pool.drain(1000);
  pool.stopAccepting();
  pool.post({ kind: "die" });
  await drained;
  expect(said.some((line) => line.includes("a new worker"))).toBe(false);
});
