import { renameSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { answer, bootstrap, cluster, forward, httpListener, table, text } from "../support/bootstrap.ts";
import { readStats } from "../support/admin-reader.ts";
import { Load } from "../support/load.ts";
import { freePorts } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { Serving } from "../support/serving.ts";
import { SteadyUpstream } from "../support/steady-upstream.ts";
import { delay, eventually } from "../support/waiting.ts";
import { scratch } from "./binary.ts";

let a: SteadyUpstream;
let b: SteadyUpstream;
let serving: Serving | undefined;
let port = 0;
let other = 0;
let admin = 0;

beforeAll(async () => {
  a = await SteadyUpstream.start("a");
  b = await SteadyUpstream.start("b");
});

afterEach(async () => {
  await serving?.kill();
});

afterAll(async () => {
  await a.stop();
  await b.stop();
});

async function begin(config: (turn: number) => string, ...flags: string[]): Promise<{ file: string; write: (turn: number) => void }> {
  [port = 0, other = 0, admin = 0] = await freePorts(3);
  const file = join(scratch(), "envoy.json");
  const write = (turn: number): void => {
    writeFileSync(`${file}.new`, config(turn));
    renameSync(`${file}.new`, file);
  };
  write(0);
  serving = await Serving.start(["-c", file, ...flags]);
  return { file, write };
}

/** Asks once over this connection and answers the body. */
async function ask(client: RawClient, count: number, path = "/"): Promise<string> {
  client.send(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
  expect(await client.responses(count, 5000)).toBe(true);
  return client.received.split("\r\n\r\n").at(-1) ?? "";
}

const two = (routes: Record<string, unknown>, more: Record<string, unknown> = {}): string =>
  text(bootstrap({ admin, listeners: [httpListener("front", port, { route_config: routes })], clusters: [cluster("a", a.port, more), cluster("b", b.port)] }));

describe.each([["SIGHUP"], ["--watch"]])("a changed file, by %s,", (how) => {
  const flags = how === "--watch" ? ["--watch", "--concurrency", "1"] : ["--concurrency", "1"];
  const change = async (write: (turn: number) => void, turn: number): Promise<string> => {
    const before = serving?.err.length ?? 0;
    write(turn);
    if (how === "SIGHUP") return (await serving?.reload()) ?? "";
    await serving?.says(/envoy\.json changed: /, before);
    return serving?.err.slice(before) ?? "";
  };

  test("changes the routes and leaves connections on both sides alone", async () => {
    const { write } = await begin((turn) => two(table(forward("/", turn === 0 ? "a" : "b"))), ...flags);
    const client = await RawClient.open(port);
    const [fromA, fromB] = [a.connections, b.connections];
    expect(await ask(client, 1)).toBe("a");
    expect(await change(write, 1)).toContain("1 opened or replaced, 0 removed, 3 untouched");
    expect(await ask(client, 2)).toBe("b");
    await change(write, 0);
    expect(await ask(client, 3)).toBe("a");
    expect(client.state).toBe("open");
    expect(client.received).not.toContain("connection: close");
    expect([a.connections - fromA, b.connections - fromB]).toEqual([1, 1]);
  });

  test("replaces a changed cluster and keeps the pool of the other", async () => {
    const { write } = await begin((turn) => two(table(forward("/b", "b"), forward("/", "a")), turn === 0 ? {} : { connect_timeout: "3s" }), ...flags);
    const client = await RawClient.open(port);
    const [fromA, fromB] = [a.connections, b.connections];
    await ask(client, 1, "/a");
    await ask(client, 2, "/b");
    expect(await change(write, 1)).toContain("1 opened or replaced, 0 removed, 3 untouched");
    await ask(client, 3, "/a");
    await ask(client, 4, "/b");
    expect([a.connections - fromA, b.connections - fromB]).toEqual([2, 1]);
    expect(await eventually(() => a.open === 1, 2000)).toBe(true);
    client.close();
  });

  test("with errors is refused with their places, and the old configuration goes on", async () => {
    const { write, file } = await begin((turn) => (turn === 0 ? two(table(answer("/", 200, "old"))) : two(table(forward("/", "absent"), { match: { prefix: "/" }, rout: {} }))), ...flags);
    const client = await RawClient.open(port);
    const before = serving?.err.length ?? 0;
    write(1);
    if (how === "SIGHUP") serving?.signal("SIGHUP");
    await serving?.says("the old one goes on", before);
    const said = serving?.err.slice(before) ?? "";
    expect(said).toMatch(new RegExp(`${file}:\\d+:\\d+`));
    expect(said).toContain("rout");
    expect(said).toContain("absent");
    expect(await ask(client, 1)).toBe("old");
    expect(client.state).toBe("open");
  });
});

test("a new listener opens, one that went closes, one that moved keeps its old connections until their next response", async () => {
  const { write } = await begin((turn) => text(bootstrap({ listeners: [httpListener("front", turn === 1 ? other : port, { route_config: table(answer("/", 200, `${turn}`)) })] })));
  const client = await RawClient.open(port);
  expect(await ask(client, 1)).toBe("0");
  write(1);
  await serving?.reload();
  const moved = await RawClient.open(other);
  expect(await ask(moved, 1)).toBe("1");
  expect((await RawClient.open(port)).state).toBe("refused");
  await ask(client, 2);
  expect(client.received).toContain("connection: close");
  expect(await client.closed(3000)).toBe(true);
  write(2);
  await serving?.reload();
  const back = await RawClient.open(port);
  expect(await ask(back, 1)).toBe("2");
  expect((await RawClient.open(other)).state).toBe("refused");
});

test("a request under way when its route, cluster and listener are replaced ends well", async () => {
  const slow = await SteadyUpstream.start("slow");
  slow.slowness = 700;
  const { write } = await begin((turn) =>
    text(bootstrap({
      listeners: turn === 2 ? [] : [httpListener("front", port, { route_config: table(forward("/", "slow")), ...(turn === 0 ? {} : { server_name: "other" }) })],
      clusters: turn === 2 ? [] : [cluster("slow", slow.port, turn === 0 ? {} : { connect_timeout: "3s" })],
    })), "--concurrency", "1");
  const client = await RawClient.open(port);
  client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await eventually(() => slow.connections === 1, 1000);
  write(1);
  await serving?.reload();
  write(2);
  await serving?.reload();
  expect(client.received).toBe("");
  expect(await client.responses(1, 3000)).toBe(true);
  expect(client.received).toMatch(/^HTTP\/1\.1 200 [\s\S]*slow$/);
  await slow.stop();
});

test("counters of a replaced cluster and listener go on", async () => {
  const { write } = await begin((turn) => two(table(forward("/", "a")), turn === 0 ? {} : { connect_timeout: "3s" }), "--concurrency", "1");
  const client = await RawClient.open(port);
  for (let i = 1; i <= 3; i++) await ask(client, i);
  write(1);
  await serving?.reload();
  await ask(client, 4);
  const stats = await readStats(admin);
  expect(stats.get("cluster.a.upstream_rq_total")).toBe(4);
  expect(stats.get("http.front.downstream_rq_total")).toBe(4);
  expect(stats.get("cluster.a.upstream_cx_active")).toBe(1);
  expect(stats.get("cluster.a.upstream_rq_active")).toBe(0);
  expect(stats.get("cluster.a.membership_total")).toBe(1);
});

test("50 reloads of routes, clusters and listeners in turn lose none of 1,000 requests a second", async () => {
  const config = (turn: number): string => {
    const [routes, clusters, listeners] = [Math.ceil(turn / 3), Math.ceil((turn - 1) / 3), Math.ceil((turn - 2) / 3)];
    return text(bootstrap({
      admin,
      listeners: [port, other].map((p, i) => httpListener(`l${i}`, p, { route_config: table(forward(`/${"x".repeat(routes + 1)}`, "b"), forward("/", routes % 2 === 0 ? "a" : "b")), server_name: `s${listeners}` })),
      clusters: [cluster("a", a.port, { connect_timeout: `${clusters + 2}s` }), cluster("b", b.port)],
    }));
  };
  const { write } = await begin(config, "--concurrency", "2");
  const load = new Load({ ports: () => [port, other], connections: 32, rate: 1000 });
  const began = performance.now();
  for (let turn = 1; turn <= 50; turn++) {
    write(turn);
    expect(await serving?.reload()).toMatch(/[1-9] opened or replaced/);
    await delay(120);
  }
  const seconds = (performance.now() - began) / 1000;
  const report = await load.stop();
  expect(report.sent).toBeGreaterThan(700 * seconds);
  expect(report.connections).toBeGreaterThan(64);
  expect(report.failures).toEqual([]);
  expect(report.others).toEqual([]);
  expect(report.answered).toBe(report.sent);
  expect(serving?.err).not.toMatch(/internal error|reload failed/);
});
