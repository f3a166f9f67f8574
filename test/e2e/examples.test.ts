import { cpSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { createServer, type Http2Server, type ServerHttp2Stream } from "node:http2";
import type { AddressInfo } from "node:net";
import { join } from "node:path";
import { afterAll, afterEach, beforeAll, describe, expect, test } from "vitest";
import { head, listening } from "../support/flood.ts";
import { freePorts } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { Serving } from "../support/serving.ts";
import { legate, ROOT, scratch } from "./binary.ts";

interface Asked {
  readonly path: string;
  readonly host?: string;
  readonly headers?: readonly string[];
}

interface Simulated {
  readonly result: { readonly kind: string; readonly cluster?: string; readonly status?: number; readonly location?: string; readonly body?: string };
  readonly path: string;
  readonly host: string;
}

/** Requests whose outcome is the same every time; one for each route, and one that goes nowhere where that is possible. */
const EXAMPLES: Readonly<Record<string, readonly Asked[]>> = {
  "canary.yaml": [{ path: "/cart", headers: ["x-canary: yes"] }],
  "front-proxy.yaml": [{ path: "/service/1" }, { path: "/service/2?q=1" }, { path: "/elsewhere" }],
  "path-rewrite.yaml": [{ path: "/api/v1/things" }, { path: "/api/v1" }, { path: "/old/a" }, { path: "/users/7/orders/9" }, { path: "/docs/x" }, { path: "//a/./b/../c" }],
  "redirect-https.yaml": [{ path: "/a?b=c", host: "old.example.com" }, { path: "/healthz" }, { path: "/x" }],
  "static-answers.yaml": [{ path: "/healthz" }, { path: "/robots.txt" }, { path: "/anything" }],
  "xds-files/bootstrap.yaml": [{ path: "/service/1" }, { path: "/service/2" }, { path: "/elsewhere" }],
};

/** Which port of an example a cluster's host has. */
const HOME: Readonly<Record<string, string>> = { service1: "8001", service2: "8002", shop_stable: "8001", shop_canary: "8002", app: "8001" };

const upstreams = new Map<string, { readonly port: number; stop(): Promise<void> }>();
/** The same ports for HTTP/2. */
const upstreams2 = new Map<string, Http2Server>();
let serving: Serving | undefined;

beforeAll(async () => {
  for (const name of ["8001", "8002"]) {
    const upstream = await listening(async (socket) => {
      const { head: received } = await head(socket);
      const body = `${name} ${received.split(" ")[1]} ${/\r\nhost: (.*)\r\n/.exec(received)?.[1]}`;
      socket.end(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\nconnection: close\r\n\r\n${body}`);
    });
    upstreams.set(name, upstream);
    upstreams2.set(name, await listening2(name));
  }
});

/** An upstream that speaks HTTP/2 without TLS and says which it is, and what it was asked. */
async function listening2(name: string): Promise<Http2Server> {
  const server = createServer();
  server.on("stream", (stream: ServerHttp2Stream, headers) => {
    const body = `${name} ${headers[":path"]} ${headers[":authority"]}`;
    stream.respond({ ":status": 200, "content-length": String(body.length) });
    stream.end(body);
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return server;
}

afterEach(() => serving?.kill());

afterAll(async () => {
  for (const upstream of upstreams.values()) await upstream.stop();
  for (const upstream of upstreams2.values()) upstream.close();
});

/** A copy of the examples with ports that are free here; answers its folder and the port that stands for a listener's. */
async function copied(): Promise<{ folder: string; port: number }> {
  const folder = scratch();
  const [admin, port = 0] = await freePorts(2);
  const ports: Readonly<Record<string, number | undefined>> = { 9901: admin, 10000: port, 10080: port, 8001: upstreams.get("8001")?.port, 8002: upstreams.get("8002")?.port };
  const port2 = (name: string): number | undefined => (upstreams2.get(name)?.address() as AddressInfo | undefined)?.port;
  const ports2 = { ...ports, 8001: port2("8001"), 8002: port2("8002") };
  cpSync(join(ROOT, "configs"), folder, { recursive: true });
  for (const name of readdirSync(folder, { recursive: true, encoding: "utf8" }).filter((file) => file.endsWith(".yaml"))) {
    const text = readFileSync(join(folder, name), "utf8");
    const own: Readonly<Record<string, number | undefined>> = name.endsWith("-v2.yaml") ? ports2 : ports;
    writeFileSync(join(folder, name), text.replace(/port_value: (\d+)/g, (_, number: string) => `port_value: ${own[number]}`));
  }
  return { folder, port };
}

async function ask(port: number, { path, host = "x", headers = [] }: Asked): Promise<{ status: number; head: string; body: string }> {
  const client = await RawClient.open(port);
  client.send([`GET ${path} HTTP/1.1`, `host: ${host}`, ...headers, "", ""].join("\r\n"));
  await client.responses(1, 3000);
  client.close();
  const [first = "", body = ""] = client.received.split("\r\n\r\n");
  return { status: Number(first.slice(9, 12)), head: first, body };
}

function simulate(cwd: string, file: string, { path, host = "x", headers = [] }: Asked): Simulated {
  const { code, out, err } = legate(["simulate-route", "-c", file, "--follow", "--url", `http://${host}${path}`, ...headers.flatMap((header) => ["-H", header]), "--format", "json"], { cwd });
  expect([code, err]).toEqual([0, ""]);
  return JSON.parse(out) as Simulated;
}

/** Examples in the words of older APIs, with HTTP/2 to their upstreams. */
const OLD: Readonly<Record<string, readonly Asked[]>> = {
  "front-proxy-v2.yaml": [{ path: "/service/1" }, { path: "/service/2?q=1" }, { path: "/elsewhere" }],
};

describe.each(Object.entries(OLD))("%s", (name, requests) => {
  test("is upgraded as it is read, and simulated like its successor", async () => {
    const { folder: cwd } = await copied();
    const { code, out } = legate(["validate", name, "--format", "compact", "--quiet"], { cwd });
    expect([code, out.split("\n").filter((line) => line.includes(" LGT1101: ")).length > 5]).toEqual([0, true]);
    const successor = name.replace("-v2", "");
    for (const asked of requests) expect(simulate(cwd, name, asked).result).toMatchObject(outcome(simulate(cwd, successor, asked)));
  });

  test("is migrated to a file without warnings of an upgrade", async () => {
    const { folder: cwd } = await copied();
    expect(legate(["migrate", name, "--quiet", "-o", "new.yaml"], { cwd })).toEqual({ code: 0, out: "", err: "" });
    expect(legate(["validate", "new.yaml", "--format", "compact", "--quiet"], { cwd }).out).not.toContain("LGT11");
    expect(legate(["diff", name, "new.yaml", "--quiet"], { cwd }).code).toBe(0);
  });

  test("is served as it is simulated", async () => {
    const { folder: cwd, port } = await copied();
    serving = await Serving.start(["-c", name, "--concurrency", "1"], { cwd });
    for (const asked of requests) {
      const { result, path, host } = simulate(cwd, name, asked);
      const answer = await ask(port, asked);
      if (result.kind === "forward") expect(answer).toMatchObject({ status: 200, body: `${HOME[result.cluster ?? ""]} ${path} ${host}` });
      else expect(answer.status).toBe(404);
    }
    serving.signal("SIGTERM");
    expect(await serving.exit(5000)).toBe(0);
  });
});

/** What a result says of where the request goes. */
function outcome({ result: { kind, cluster, status } }: Simulated): object {
  return { kind, ...(cluster === undefined ? {} : { cluster }), ...(status === undefined ? {} : { status }) };
}

test("every example is tried here", () => {
  const present = readdirSync(join(ROOT, "configs"), { withFileTypes: true }).map((entry) => (entry.isDirectory() ? `${entry.name}/bootstrap.yaml` : entry.name));
  expect([...Object.keys(EXAMPLES), ...Object.keys(OLD)].sort()).toEqual(present.filter((name) => name.endsWith(".yaml")).sort());
});

describe.each(Object.entries(EXAMPLES))("%s", (name, requests) => {
  test("is valid, and served as it is simulated", async () => {
    const { folder, port } = await copied();
    const cwd = join(folder, name, "..");
    const file = name.slice(name.lastIndexOf("/") + 1);
    expect(legate(["validate", file, "--follow", "--check-files", "--quiet"], { cwd })).toEqual({ code: 0, out: "", err: "" });
    serving = await Serving.start(["-c", file, "--concurrency", "1"], { cwd });
    for (const asked of requests) {
      const { result, path, host } = simulate(cwd, file, asked);
      const answer = await ask(port, asked);
      if (result.kind === "forward") expect(answer).toMatchObject({ status: 200, body: `${HOME[result.cluster ?? ""]} ${path} ${host}` });
      else if (result.location !== undefined) expect([answer.status, answer.head]).toEqual([result.status, expect.stringContaining(`location: ${result.location}`) as string]);
      else expect(answer).toMatchObject({ status: result.status ?? 404, body: result.body ?? "" });
    }
    serving.signal("SIGTERM");
    expect(await serving.exit(5000)).toBe(0);
  });
});

test("canary.yaml says which version answered", async () => {
  const { folder, port } = await copied();
  serving = await Serving.start(["-c", "canary.yaml", "--concurrency", "1"], { cwd: folder });
  const seen = new Set<string>();
  for (let i = 0; i < 100; i++) {
    const answer = await ask(port, { path: "/" });
    const version = /x-version: (\w+)/.exec(answer.head)?.[1] ?? "";
    expect(answer.body.slice(0, 4)).toBe(version === "canary" ? "8002" : "8001");
    seen.add(version);
  }
  expect(seen).toContain("stable");
});
