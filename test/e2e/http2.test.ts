import { execFile, spawnSync } from "node:child_process";
import { readFileSync, writeFileSync } from "node:fs";
import { createServer, type Http2Server, type ServerHttp2Session } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { readStats } from "../support/admin-reader.ts";
import { answer, bootstrap, cluster, forward, httpListener, table, text } from "../support/bootstrap.ts";
import { SocketHttp2Client } from "../support/http2-client.ts";
import { freePorts } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { Serving } from "../support/serving.ts";
import { SteadyUpstream } from "../support/steady-upstream.ts";
import { eventually } from "../support/waiting.ts";
import { ROOT, scratch } from "./binary.ts";

const MEGABYTE = 1_000_000;
const STREAMS = 1000;
/** What a thousand stalled streams may cost: for each the bytes that were read from its upstream at once (up to 512 KiB, mostly much less), and 4 MiB for all. */
const MOST_STALLED = 250 * MEGABYTE;

const H2 = {
  typed_extension_protocol_options: {
    "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
      "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions", explicit_http_config: { http2_protocol_options: {} },
    },
  },
};

let serving: Serving;
let port = 0;
let admin = 0;
const closing: (() => unknown)[] = [];

afterEach(async () => {
  await serving.kill();
  for (const close of closing.splice(0)) await close();
});

async function begin(upstream: number, fields: object = {}, flags: readonly string[] = ["--concurrency", "1"]): Promise<void> {
  [port = 0, admin = 0] = await freePorts(2);
  const routes = table(answer("/own", 200, "own"), forward("/", "u", { timeout: "0s" }));
  const manager = { route_config: routes, http2_protocol_options: { max_concurrent_streams: 2000 } };
  const many = { circuit_breakers: { thresholds: [{ max_connections: 3000, max_pending_requests: 3000, max_requests: 3000 }] } };
  const file = join(scratch(), "envoy.json");
  writeFileSync(file, text(bootstrap({ admin, listeners: [httpListener("front", port, manager)], clusters: [cluster("u", upstream, { ...many, ...fields })] })));
  serving = await Serving.start(["-c", file, ...flags]);
}

/** A server of Node's own HTTP/2. */
async function nodeServer(): Promise<{ server: Http2Server; port: number }> {
  const sessions = new Set<ServerHttp2Session>();
  const server = createServer((request, response) => {
    let size = 0;
    request.on("data", (chunk: Buffer) => (size += chunk.length));
    request.on("end", () => response.end(`${request.method} ${request.url} ${request.headers[":authority"] ?? ""} ${size}`));
  });
  server.on("session", (session) => sessions.add(session));
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closing.push(() => {
    for (const session of sessions) session.destroy();
    server.close();
  });
  return { server, port: (server.address() as AddressInfo).port };
}

function resident(pid: number): number {
  return Number(/VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${pid}/status`, "utf8"))?.[1] ?? 0) * 1024;
}

/** What a program prints. The servers of these tests live in this process: nothing may block it. */
function printed(program: string, ...words: string[]): Promise<string> {
  return new Promise((done) => {
    execFile(program, words, { encoding: "utf8", timeout: 60_000, maxBuffer: 16 * MEGABYTE }, (error, stdout, stderr) => done(stdout === "" && error !== null ? `${error.message} ${stderr}` : stdout));
  });
}

function has(program: string, ...words: string[]): boolean {
  const { status, stdout } = spawnSync(program, words, { encoding: "utf8" });
  return status === 0 && (program !== "curl" || stdout.includes("HTTP2"));
}

test("the classic front proxy, as it was written for v2, speaks HTTP/2 to its services", async () => {
  const [one, two] = [await nodeServer(), await nodeServer()];
  const [listener = 0, console = 0] = await freePorts(2);
  const ports: Readonly<Record<string, number>> = { 10000: listener, 9901: console, 8001: one.port, 8002: two.port };
  const file = join(scratch(), "front-proxy-v2.yaml");
  writeFileSync(file, readFileSync(join(ROOT, "configs", "front-proxy-v2.yaml"), "utf8").replace(/port_value: (\d+)/g, (_, number: string) => `port_value: ${ports[number]}`));
  serving = await Serving.start(["-c", file, "--concurrency", "1"]);
  for (const service of ["1", "2"]) {
    const client = await RawClient.open(listener);
    client.send(`POST /service/${service}/x HTTP/1.1\r\nhost: case.test\r\ncontent-length: 5\r\n\r\nhello`);
    await client.responses(1, 3000);
    expect(client.received).toMatch(new RegExp(`^HTTP/1.1 200 OK[^]*\\nPOST /service/${service}/x case.test 5\\r\\n`));
    client.close();
  }
  const client = await SocketHttp2Client.open(listener);
  closing.push(() => client.close());
  const logs = [client.get("/service/1"), client.get("/service/2"), client.get("/elsewhere")];
  await client.ended(logs, 3000);
  expect(logs.map(({ message }) => `${message.head[0]} ${message.body}`)).toEqual([":status: 200 GET /service/1 x 0", ":status: 200 GET /service/2 x 0", ":status: 404 "]);
});

test("Node's HTTP/2 server, through HTTP/2 on both sides, with a large body", async () => {
  const { port: upstream } = await nodeServer();
  await begin(upstream, H2);
  const client = await SocketHttp2Client.open(port);
  closing.push(() => client.close());
  const logs = Array.from({ length: 50 }, (_, i) => client.get(`/${i}`));
  expect(await client.ended(logs, 5000)).toBe(true);
  expect(logs.map(({ message }) => message.body)).toEqual(logs.map((_, i) => `GET /${i} x 0`));
  expect((await readStats(admin)).get("cluster.u.upstream_cx_http2_total")).toBe(1);
});

describe("curl", () => {
  test.skipIf(!has("curl", "--version"))("asks and posts by prior knowledge", async () => {
    const { port: upstream } = await nodeServer();
    await begin(upstream, H2);
    const file = join(scratch(), "body");
    writeFileSync(file, Buffer.alloc(3 * MEGABYTE, "x"));
    const curl = (...words: string[]): Promise<string> => printed("curl", "-sS", "--http2-prior-knowledge", "--max-time", "20", ...words);
    expect(await curl(`http://127.0.0.1:${port}/own`, "-w", " %{http_version}")).toBe("own 2");
    expect(await curl(`http://127.0.0.1:${port}/up`, "--data-binary", `@${file}`)).toBe(`POST /up 127.0.0.1:${port} ${3 * MEGABYTE}`);
  });
});

describe("nghttp2's tools", () => {
  test.skipIf(!has("h2load", "--version"))("h2load finishes every request, and nghttp reads the answer", async () => {
    const upstream = await SteadyUpstream.start("hello");
    closing.push(() => upstream.stop());
    await begin(upstream.port);
    const load = await printed("h2load", "-n", "20000", "-c", "10", "-m", "50", `http://127.0.0.1:${port}/x`);
    expect(load).toContain("20000 succeeded, 0 failed, 0 errored, 0 timeout");
    expect(await printed("nghttp", `http://127.0.0.1:${port}/x`)).toBe("hello");
  });
});

const H2SPEC = process.env["LEGATE_H2SPEC"] ?? "";
test.skipIf(H2SPEC === "")("h2spec, strict, every group (LEGATE_H2SPEC names the program)", async () => {
  const { port: upstream } = await nodeServer();
  await begin(upstream, H2);
  // By path `/`, which an upstream answers: an answer of our own comes before the fault that a case is about.
  const told = await printed(H2SPEC, "-p", String(port), "-P", "/up", "-S", "-o", "3");
  expect(told).toContain("146 tests");
  const failed = told.split("\n").filter((line) => line.includes("×"));
  // With `codec_type: AUTO` a wrong preface is HTTP/1's business.
  expect(failed.filter((line) => !line.includes("Sends invalid connection preface"))).toEqual([]);
});

test("a thousand streams at a time on one connection: every one of them is answered, none much later than the others", async () => {
  const upstream = await SteadyUpstream.start("y".repeat(20_000));
  closing.push(() => upstream.stop());
  await begin(upstream.port);
  const client = await SocketHttp2Client.open(port, { connectionWindow: 200_000, streamWindow: 65_535 });
  closing.push(() => client.close());
  const logs = Array.from({ length: STREAMS }, (_, i) => client.get(`/${i}`));
  expect(await client.ended(logs, 30_000)).toBe(true);
  expect(logs.filter(({ message }) => message.body.length === 20_000).length).toBe(STREAMS);
  const stats = await readStats(admin);
  expect([stats.get("http.front.downstream_cx_http2_total"), stats.get("http2.streams_active"), stats.get("http2.pending_send_bytes")]).toEqual([1, 0, 0]);
});

test("a thousand streams that nobody reads cost what is bounded, and are let go with their connection", async () => {
  const upstream = await SteadyUpstream.start("z".repeat(MEGABYTE));
  closing.push(() => upstream.stop());
  await begin(upstream.port);
  const client = await SocketHttp2Client.open(port, { streamWindow: 65_535, connectionWindow: 65_535 });
  const before = resident(serving.pid);
  const logs = Array.from({ length: STREAMS }, (_, i) => client.get(`/${i}`));
  for (const stream of client.codec.openStreams()) stream.pauseReading();
  await eventually(() => logs.filter(({ message }) => message.head.length > 0).length === STREAMS, 15_000, 50);
  await new Promise((done) => setTimeout(done, 500));
  const stalled = resident(serving.pid) - before;
  expect(stalled).toBeLessThan(MOST_STALLED);
  const held = (await readStats(admin)).get("http2.pending_send_bytes") ?? 0;
  expect(held).toBeGreaterThan(0);
  client.close();
  expect(await eventually(async () => (await readStats(admin)).get("http2.pending_send_bytes") === 0, 5000, 50)).toBe(true);
  expect((await readStats(admin)).get("http2.streams_active")).toBe(0);
});

test("SIGTERM: clients are told, what is under way is finished, the process ends", async () => {
  const upstream = await SteadyUpstream.start("slow");
  upstream.slowness = 400;
  closing.push(() => upstream.stop());
  await begin(upstream.port, {}, ["--concurrency", "1", "--drain-time-s", "2"]);
  const client = await SocketHttp2Client.open(port);
  closing.push(() => client.close());
  const logs = [client.get("/a"), client.get("/b")];
  await eventually(() => upstream.open === 2, 3000, 10);
  serving.signal("SIGTERM");
  expect(await client.ended(logs, 5000)).toBe(true);
  expect(logs.map(({ message }) => message.body)).toEqual(["slow", "slow"]);
  expect(await eventually(() => client.log.goaway === 0, 3000, 10)).toBe(true);
  expect(await serving.exit(8000)).toBe(0);
});
