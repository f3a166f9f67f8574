import { writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { bootstrap, cluster, fileLog, forward, httpListener, table, text } from "../support/bootstrap.ts";
import { readFileSync } from "node:fs";
import { Load } from "../support/load.ts";
import { freePorts } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { Serving } from "../support/serving.ts";
import { SteadyUpstream } from "../support/steady-upstream.ts";
import { delay, eventually } from "../support/waiting.ts";
import { scratch } from "./binary.ts";

let upstream: SteadyUpstream;
let serving: Serving | undefined;
let port = 0;
let log = "";

beforeAll(async () => {
  upstream = await SteadyUpstream.start("done");
});

afterEach(async () => {
  await serving?.kill();
  upstream.slowness = 0;
});

afterAll(() => upstream.stop());

async function begin(...flags: string[]): Promise<Serving> {
  const folder = scratch();
  [port = 0] = await freePorts(1);
  log = join(folder, "access.log");
  const routes = table(forward("/", "a", { timeout: "0s" }));
  writeFileSync(join(folder, "envoy.json"), text(bootstrap({ listeners: [httpListener("front", port, { route_config: routes, access_log: [fileLog(log)] })], clusters: [cluster("a", upstream.port)] })));
  return (serving = await Serving.start(["-c", join(folder, "envoy.json"), ...flags]));
}

async function asking(): Promise<RawClient> {
  const client = await RawClient.open(port);
  client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  return client;
}

/** A request that has reached the upstream. */
async function underWay(): Promise<RawClient> {
  const before = upstream.connections;
  const client = await asking();
  expect(await eventually(() => upstream.connections > before, 3000)).toBe(true);
  return client;
}

test.each(["SIGTERM", "SIGINT"] as const)("%s: requests under way end well, with connection: close, and then the process ends with 0", async (signal) => {
  const running = await begin();
  upstream.slowness = 800;
  const client = await underWay();
  const began = performance.now();
  running.signal(signal);
  expect(await running.exit(5000)).toBe(0);
  expect(performance.now() - began).toBeGreaterThan(500);
  expect(client.received).toMatch(/^HTTP\/1\.1 200 OK\r\n[\s\S]*connection: close\r\n[\s\S]*done$/);
  expect(client.state).toBe("FIN");
  expect(readFileSync(log, "utf8")).toMatch(/"GET \/ HTTP\/1\.1" 200 - /);
});

test("without anything under way it ends soon", async () => {
  const running = await begin();
  running.signal("SIGTERM");
  expect(await running.exit(2000)).toBe(0);
});

test("an idle connection may ask once more, and is closed after a grace", async () => {
  const running = await begin();
  const [quiet, busy] = [await asking(), await asking()];
  await Promise.all([quiet.responses(1, 3000), busy.responses(1, 3000)]);
  running.signal("SIGTERM");
  await running.says("draining");
  await delay(50);
  busy.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  expect(await busy.responses(2, 2000)).toBe(true);
  expect(busy.received).toContain("connection: close");
  expect(await running.exit(5000)).toBe(0);
  expect([quiet.state, busy.state]).toEqual(["FIN", "FIN"]);
});

test("a connection that came just after the signal is served, however long that takes", async () => {
  const running = await begin();
  upstream.slowness = 1500;
  running.signal("SIGTERM");
  await running.says("draining");
  const client = await asking();
  expect(client.state).toBe("open");
  expect(await running.exit(5000)).toBe(0);
  expect(client.received).toMatch(/connection: close[\s\S]*done$/);
});

test("new connections are refused while others still drain", async () => {
  const running = await begin();
  upstream.slowness = 1500;
  const client = await underWay();
  running.signal("SIGTERM");
  await running.says("draining");
  await delay(400);
  expect((await RawClient.open(port)).state).toBe("refused");
  expect(await running.exit(5000)).toBe(0);
  expect(client.received).toMatch(/done$/);
});

test("a second signal stops at once", async () => {
  const running = await begin();
  upstream.slowness = 20_000;
  const client = await underWay();
  running.signal("SIGTERM");
  await running.says("draining");
  await delay(200); // two at nearly the same time are one
  running.signal("SIGTERM");
  expect(await running.exit(2500)).toBe(0);
  expect(running.err).toContain("stopping at once");
  expect(client.received).toBe("");
});

test("--drain-time-s is the longest it takes", async () => {
  const running = await begin("--drain-time-s", "1");
  upstream.slowness = 20_000;
  await underWay();
  const began = performance.now();
  running.signal("SIGTERM");
  expect(await running.exit(4000)).toBe(0);
  expect(performance.now() - began).toBeGreaterThan(950);
  expect(running.err).toContain("the drain time is over");
});

test("under load, no request of a connection that was taken is lost", async () => {
  const running = await begin("--concurrency", "2");
  upstream.slowness = 20;
  const load = new Load({ ports: () => [port], connections: 50, rate: 500 });
  await delay(1000);
  running.signal("SIGTERM");
  expect(await running.exit(8000)).toBe(0);
  const report = await load.stop();
  expect(report.answered).toBeGreaterThan(400);
  // connections that the kernel had taken and nobody had accepted yet are reset when a listening socket closes
  expect(report.failures.filter((failure) => !/ECONNREFUSED|^new connection.*ECONNRESET/.test(failure))).toEqual([]);
  expect(report.failures.filter((failure) => failure.includes("ECONNRESET")).length).toBeLessThan(10);
});
