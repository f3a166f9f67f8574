import { readFileSync, writeFileSync } from "node:fs";
import type { Socket } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { readStats } from "../support/admin-reader.ts";
import { answer, bootstrap, cluster, fileLog, forward, httpListener, stdoutLog, table, text } from "../support/bootstrap.ts";
import { connected, head, listening, pour, sip } from "../support/flood.ts";
import { Load } from "../support/load.ts";
import { freePorts } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { Serving } from "../support/serving.ts";
import { delay, eventually } from "../support/waiting.ts";
import { scratch } from "./binary.ts";

const GIGABYTE = 1_000_000_000;
const MEGABYTE = 1_000_000;
/** What the process may ever have in memory while bodies pass through. */
const MOST = 150 * MEGABYTE;

let serving: Serving;
let port = 0;
let admin = 0;
let log = "";
let config = "";
const closing: (() => unknown)[] = [];

afterEach(async () => {
  await serving.kill();
  for (const close of closing.splice(0)) await close();
});

interface Parts {
  readonly upstream?: number;
  readonly limit?: number;
  readonly stdout?: "stuck";
  readonly flags?: readonly string[];
}

async function begin({ upstream = 1, limit, stdout, flags = ["--concurrency", "1"] }: Parts): Promise<void> {
  const folder = scratch();
  [port = 0, admin = 0] = await freePorts(2);
  log = join(folder, "access.log");
  const limits = limit === undefined ? {} : { per_connection_buffer_limit_bytes: limit };
  const routes = table(answer("/own", 200, "own"), forward("/", "u", { timeout: "0s" }));
  const front = { ...httpListener("front", port, { route_config: routes, access_log: [stdout === undefined ? fileLog(log) : stdoutLog()] }), ...limits };
  config = join(folder, "envoy.json");
  writeFileSync(config, text(bootstrap({ admin, listeners: [front], clusters: [cluster("u", upstream, limits)] })));
  serving = await Serving.start(["-c", config, "--file-flush-interval-msec", "20", ...flags], stdout === undefined ? {} : { stdout });
}

async function upstreamOf(serve: (socket: Socket) => void): Promise<Awaited<ReturnType<typeof listening>>> {
  const upstream = await listening(serve);
  closing.push(() => upstream.stop());
  return upstream;
}

async function client(request: string): Promise<Socket> {
  const socket = await connected(port);
  closing.push(() => socket.destroy());
  socket.write(request);
  return socket;
}

/** Waits until nothing is under way in any gauge. */
async function quiet(connections: number): Promise<void> {
  const names = ["http.front.downstream_rq_active", "cluster.u.upstream_rq_active", "cluster.u.upstream_rq_pending_active"];
  const settled = await eventually(async () => {
    const stats = await readStats(admin);
    return names.every((name) => stats.get(name) === 0) && (stats.get("cluster.u.upstream_cx_active") ?? 0) <= connections;
  }, 3000, 50);
  expect(settled).toBe(true);
}

const GET = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

describe("a body of 1 GB", () => {
  test("to a slow reader passes in little memory", async () => {
    const upstream = await upstreamOf((socket) => {
      socket.once("data", () => {
        socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${GIGABYTE}\r\n\r\n`);
        pour(socket, GIGABYTE);
      });
    });
    await begin({ upstream: upstream.port });
    const socket = await client(GET);
    const { rest } = await head(socket);
    let total = rest.length;
    sip(socket, 8 * MEGABYTE, 10, (bytes) => (total = rest.length + bytes));
    socket.resume();
    expect(await eventually(() => total >= GIGABYTE, 30_000)).toBe(true);
    expect(total).toBe(GIGABYTE);
    expect(serving.resident(true)).toBeLessThan(MOST);
    await quiet(1);
  });

  test("to a slow upstream passes in little memory", async () => {
    let total = 0;
    const upstream = await upstreamOf((socket) => {
      void head(socket).then(({ rest }) => {
        total = rest.length;
        sip(socket, 8 * MEGABYTE, 10, (bytes) => {
          total = rest.length + bytes;
          if (total >= GIGABYTE) socket.write("HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok");
        });
        socket.resume();
      });
    });
    await begin({ upstream: upstream.port });
    const socket = await client(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${GIGABYTE}\r\n\r\n`);
    const answered = head(socket);
    pour(socket, GIGABYTE);
    expect((await answered).head).toContain("200 OK");
    expect(total).toBe(GIGABYTE);
    expect(serving.resident(true)).toBeLessThan(MOST);
    await quiet(1);
  });
});

test("100 clients that do not read hold no more than their buffers, hinder nobody, and get everything when they do", async () => {
  const size = 20 * MEGABYTE;
  const upstream = await upstreamOf((socket) => {
    socket.once("data", () => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`);
      pour(socket, size);
    });
  });
  await begin({ upstream: upstream.port, limit: 65_536 });
  const sockets = await Promise.all(Array.from({ length: 100 }, () => client(GET)));
  const heads = await Promise.all(sockets.map(head));
  await delay(1000);
  // Unbounded it would be 2 GB; what the runtime itself takes differs between machines.
  expect(serving.resident()).toBeLessThan(200 * MEGABYTE);
  const other = await RawClient.open(port);
  other.send("GET /own HTTP/1.1\r\nhost: x\r\n\r\n");
  expect(await other.responses(1, 500)).toBe(true);
  const totals = heads.map(({ rest }) => rest.length);
  sockets.forEach((socket, i) => {
    socket.on("data", (chunk) => (totals[i] = (totals[i] ?? 0) + chunk.length));
    socket.resume();
  });
  expect(await eventually(() => totals.every((total) => total >= size), 30_000, 20)).toBe(true);
  expect(new Set(totals)).toEqual(new Set([size]));
  // 2 GB came in pieces of up to 512 KB, faster than garbage is collected
  expect(serving.resident(true)).toBeLessThan(400 * MEGABYTE);
});

test("a client that goes away in the middle of a body lets go of the upstream too", async () => {
  const upstream = await upstreamOf((socket) => {
    socket.once("data", () => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${GIGABYTE}\r\n\r\n`);
      pour(socket, GIGABYTE);
    });
  });
  await begin({ upstream: upstream.port });
  for (const leave of [(s: Socket) => s.destroy(), (s: Socket) => s.resetAndDestroy(), (s: Socket) => s.end()]) {
    const socket = await client(GET);
    await head(socket);
    leave(socket);
    expect(await eventually(() => upstream.sockets.size === 0, 3000)).toBe(true);
  }
  await quiet(0);
  expect(await eventually(() => (readFileSync(log, "utf8").match(/ 200 DC /g) ?? []).length === 3, 2000, 20)).toBe(true);
});

test("a client that goes away while it sends a body lets go of the upstream too", async () => {
  const upstream = await upstreamOf((socket) => socket.resume());
  await begin({ upstream: upstream.port });
  const socket = await client(`POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${GIGABYTE}\r\n\r\n`);
  pour(socket, 10 * MEGABYTE);
  expect(await eventually(() => upstream.sockets.size === 1, 2000)).toBe(true);
  socket.destroy();
  expect(await eventually(() => upstream.sockets.size === 0, 3000)).toBe(true);
  await quiet(0);
});

test.each([
  ["closes", (socket: Socket) => socket.end()],
  ["resets", (socket: Socket) => socket.resetAndDestroy()],
])("an upstream that %s in the middle of a body ends the client's connection, unfinished", async (_how, leave) => {
  const upstream = await upstreamOf((socket) => {
    socket.once("data", () => {
      socket.write(`HTTP/1.1 200 OK\r\ncontent-length: ${GIGABYTE}\r\n\r\n`);
      pour(socket, MEGABYTE, () => setTimeout(() => leave(socket), 100));
    });
  });
  await begin({ upstream: upstream.port });
  const socket = await client(GET);
  let total = 0;
  let over = false;
  socket.on("data", (chunk) => (total += chunk.length));
  socket.on("close", () => (over = true));
  expect(await eventually(() => over, 4000)).toBe(true);
  expect(total).toBeGreaterThan(MEGABYTE * 0.5);
  expect(total).toBeLessThan(MEGABYTE * 1.1);
  await quiet(0);
});

test("standard output that nobody reads hinders neither traffic nor the end", async () => {
  await begin({ stdout: "stuck" });
  const load = new Load({ ports: () => [port], connections: 20, rate: 3000, path: () => `/own/${"x".repeat(300)}` });
  await delay(2500);
  const report = await load.stop();
  expect(report.failures).toEqual([]);
  expect(report.answered).toBeGreaterThan(3000);
  serving.signal("SIGTERM");
  expect(await serving.exit(6000)).toBe(0);
});

test("standard error that nobody reads hinders neither traffic, nor reloads, nor the end", async () => {
  await begin({});
  serving.stopListening();
  const good = readFileSync(config, "utf8");
  writeFileSync(config, "nope: [1]\n");
  for (let i = 0; i < 300; i++) {
    serving.signal("SIGHUP");
    await delay(10);
  }
  writeFileSync(config, good.replaceAll('"own"', '"new"'));
  serving.signal("SIGHUP");
  const asked = async (): Promise<string> => {
    const other = await RawClient.open(port);
    other.send("GET /own HTTP/1.1\r\nhost: x\r\n\r\n");
    await other.responses(1, 1000);
    other.close();
    return other.received;
  };
  expect(await eventually(async () => (await asked()).endsWith("new"), 5000, 50)).toBe(true);
  serving.signal("SIGTERM");
  expect(await serving.exit(6000)).toBe(0);
});

test("10,000 idle connections cost little memory each, and none of them is forgotten", async () => {
  await begin({ flags: ["--concurrency", "1"] });
  const open = async (count: number): Promise<Socket[]> => {
    const sockets: Socket[] = [];
    for (let i = 0; i < count; i += 200) sockets.push(...(await Promise.all(Array.from({ length: 200 }, () => client("GET /own HTTP/1.1\r\nhost: x\r\n\r\n")))));
    return sockets;
  };
  const answered = async (count: number): Promise<void> => {
    expect(await eventually(async () => (await readStats(admin)).get("http.front.downstream_rq_2xx") === count, 10_000, 50)).toBe(true);
  };
  await open(200);
  await answered(200);
  const before = serving.resident();
  await open(10_000);
  await answered(10_200);
  const each = (serving.resident() - before) / 10_000;
  expect(each).toBeLessThan(20_000);
  expect((await readStats(admin)).get("http.front.downstream_cx_active")).toBe(10_200);
  for (const close of closing.splice(0)) close();
  expect(await eventually(async () => (await readStats(admin)).get("http.front.downstream_cx_active") === 0, 10_000, 100)).toBe(true);
});
