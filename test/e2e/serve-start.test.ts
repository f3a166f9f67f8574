import { mkdirSync, statSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { answer, bootstrap, cluster, forward, httpListener, ipAddress, table, text } from "../support/bootstrap.ts";
import { readAdmin } from "../support/admin-reader.ts";
import { freePorts } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { Serving } from "../support/serving.ts";
import { delay, eventually } from "../support/waiting.ts";
import { legate, type Ran, scratch } from "./binary.ts";

const started: Serving[] = [];
const closing: (() => void)[] = [];
const folder = scratch();

afterEach(async () => {
  for (const serving of started.splice(0)) await serving.kill();
  for (const close of closing.splice(0)) close();
});

type Json = Readonly<Record<string, unknown>>;

function file(name: string, content: string | Uint8Array | Json): string {
  writeFileSync(join(folder, name), typeof content === "string" || content instanceof Uint8Array ? content : text(content));
  return name;
}

async function start(...words: string[]): Promise<Serving> {
  const serving = await Serving.start(words, { cwd: folder });
  started.push(serving);
  return serving;
}

const serve = (...words: string[]): Ran => legate(["serve", ...words], { cwd: folder });
const own = (name: string, at: number | Json, body = name): Json => httpListener(name, at, { route_config: table(answer("/", 200, body)) });

async function taken(): Promise<number> {
  const server = createServer();
  await new Promise<void>((done) => server.listen(0, "127.0.0.1", done));
  closing.push(() => server.close());
  return (server.address() as { port: number }).port;
}

async function get(port: number): Promise<string> {
  const client = await RawClient.open(port);
  client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
  await client.responses(1, 3000);
  client.close();
  return client.received;
}

describe("an address in use is an error with its place, exit code 2", () => {
  test("for a listener, though workers share ports", async () => {
    const port = await taken();
    const { code, err } = serve("-c", file("taken.yaml", bootstrap({ listeners: [own("front", port)] })), "--concurrency", "2");
    expect(err).toMatch(new RegExp(`taken\\.yaml:\\d+:\\d+: listener 'front' cannot listen on 127\\.0\\.0\\.1:${port}: the address is in use`));
    expect(err).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
  });

  test("for the admin listener", async () => {
    const port = await taken();
    const { code, err } = serve("-c", file("admin.yaml", bootstrap({ admin: port })));
    expect(err).toMatch(new RegExp(`admin\\.yaml:\\d+:\\d+:.*127\\.0\\.0\\.1:${port}: the address is in use`));
    expect(err).not.toMatch(/^\s+at /m);
    expect(code).toBe(2);
  });

  test("for a second legate, and the first goes on", async () => {
    const [port = 0] = await freePorts(1);
    const name = file("twice.yaml", bootstrap({ listeners: [own("front", port)] }));
    await start("-c", name, "--concurrency", "2");
    const { code, err } = serve("-c", name, "--concurrency", "2");
    expect(err).toContain("the address is in use");
    expect(code).toBe(2);
    expect(await get(port)).toMatch(/front$/);
  });

  test("for an address this machine does not have", () => {
    const { code, err } = serve("-c", file("foreign.yaml", bootstrap({ listeners: [own("front", ipAddress(8080, "192.0.2.1"))] })));
    expect(err).toMatch(/foreign\.yaml:\d+:\d+: .*192\.0\.2\.1:8080: this machine has no such address/);
    expect(code).toBe(2);
  });

  test("for two listeners of one configuration", async () => {
    const [port = 0] = await freePorts(1);
    const { code, err } = serve("-c", file("same.yaml", bootstrap({ listeners: [own("one", port), own("two", port)] })));
    expect(err).toMatch(/same\.yaml:\d+:\d+/);
    expect(err).toMatch(/one/);
    expect(code).toBe(1);
  });
});

test("on reload, a listener whose address is in use is left out with a message, and the rest takes effect", async () => {
  const [port = 0, admin = 0] = await freePorts(2);
  const name = file("later.yaml", bootstrap({ admin, listeners: [own("front", port, "old")] }));
  const serving = await start("-c", name);
  file("later.yaml", bootstrap({ admin, listeners: [own("front", port, "new"), own("second", await taken())] }));
  expect(await serving.reload()).toMatch(/later\.yaml:\d+:\d+: listener 'second' cannot listen on .*: the address is in use/);
  expect(await get(port)).toMatch(/new$/);
});

test("two workers share a port, and both answer", async () => {
  const [port = 0, admin = 0] = await freePorts(2);
  await start("-c", file("two.yaml", bootstrap({ admin, listeners: [own("front", port)] })), "--concurrency", "2");
  for (let i = 0; i < 60; i++) expect(await get(port)).toMatch(/front$/);
  const { body } = await readAdmin(admin, "/stats?filter=worker_._?.*downstream_cx_total");
  const counts = [...body.matchAll(/worker_\d.*: (\d+)/g)].map((match) => Number(match[1]));
  expect(counts.length).toBe(2);
  expect(Math.min(...counts)).toBeGreaterThan(5);
});

test("port 0 is one port for all workers, and stays it through a reload", async () => {
  const [admin = 0] = await freePorts(1);
  const name = file("zero.yaml", bootstrap({ admin, listeners: [own("front", 0, "old")] }));
  const serving = await start("-c", name, "--concurrency", "2");
  const port = async (): Promise<number> => Number(/127\.0\.0\.1:(\d+)/.exec((await readAdmin(admin, "/listeners")).body)?.[1]);
  const first = await port();
  for (let i = 0; i < 20; i++) expect(await get(first)).toMatch(/old$/);
  file("zero.yaml", bootstrap({ admin, listeners: [own("front", 0, "new")] }));
  await serving.reload();
  expect(await port()).toBe(first);
  expect(await get(first)).toMatch(/new$/);
});

test("a Unix socket is listened on with its mode, and is gone after the end", async () => {
  const path = join(folder, "front.sock");
  const serving = await start("-c", file("unix.yaml", bootstrap({ listeners: [own("front", { pipe: { path, mode: 0o600 } })] })), "--concurrency", "2");
  expect(statSync(path).mode & 0o777).toBe(0o600);
  for (let i = 0; i < 5; i++) {
    const socket = connect({ path });
    let received = "";
    socket.on("data", (chunk) => (received += chunk.toString()));
    socket.write("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    expect(await eventually(() => received.endsWith("front"), 3000)).toBe(true);
    socket.destroy();
  }
  serving.signal("SIGTERM");
  expect(await serving.exit(5000)).toBe(0);
  expect(() => statSync(path)).toThrow();
});

mkdirSync(join(folder, "folder"));
const bomb = `a0: &a0 [${"x,".repeat(9)}x]\n${Array.from({ length: 9 }, (_, i) => `a${i + 1}: &a${i + 1} [${`*a${i},`.repeat(9)}*a${i}]\n`).join("")}`;

describe("serve refuses to start, says where and why, and prints no stack, for", () => {
  test.each([
    ["a missing file", "absent.yaml", /absent\.yaml.*does not exist/, 2],
    ["a folder", "folder", /folder.*is a folder/, 2],
    ["an empty file", file("empty.yaml", ""), /empty\.yaml:1:1[\s\S]*empty/, 2],
    ["binary junk", file("junk.yaml", Uint8Array.from({ length: 4096 }, (_, i) => (i * 7919) % 251)), /junk\.yaml:1:2/, 2],
    ["a YAML bomb", file("bomb.yaml", bomb), /bomb\.yaml:\d+:\d+/, 2],
    ["101 levels of nesting", file("deep.json", `{${'"a":{'.repeat(100)}${"}".repeat(101)}`), /deep\.json:1:\d+/, 2],
    ["a list", file("list.yaml", "- a\n"), /list\.yaml:1:1/, 2],
    ["broken YAML", file("broken.yaml", "node:\n  id: x\n bad: [\n"), /broken\.yaml:[234]:\d+/, 2],
    ["an unknown field", file("unknown.yaml", "static_resources:\n  listenrs: []\n"), /unknown\.yaml:2:3[\s\S]*listenrs[\s\S]*listeners/, 1],
    ["a route to no cluster", file("nowhere.yaml", bootstrap({ listeners: [httpListener("front", 0, { route_config: table(forward("/", "absent")) })] })), /nowhere\.yaml:\d+:\d+[\s\S]*absent/, 1],
  ])("%s", (_what, name, message, exitCode) => {
    const { code, out, err } = serve("-c", name);
    expect(out + err).toMatch(message);
    expect(out + err).not.toMatch(/^\s+at .*:\d+:\d+\)?$/m);
    expect(code).toBe(exitCode);
  });
});

describe("what Envoy knows and legate does not do", () => {
  const config = bootstrap({ listeners: [own("front", 0)], clusters: [cluster("a", 1, { preconnect_policy: { per_upstream_preconnect_ratio: 1.5 } })] });

  test("is refused with its place and the way out", () => {
    const { code, err } = serve("-c", file("unsupported.yaml", config));
    expect(err).toMatch(/unsupported\.yaml:\d+:\d+/);
    expect(err).toContain("--allow-unsupported");
    expect(code).toBe(1);
  });

  test("is warned of with --allow-unsupported, and the rest is served", async () => {
    const serving = await start("-c", file("unsupported.yaml", config), "--allow-unsupported");
    expect(serving.err).toMatch(/unsupported\.yaml:\d+:\d+ warning LGT09/);
  });
});

describe("Envoy's own command line", () => {
  test("is taken", async () => {
    const [port = 0] = await freePorts(1);
    const routes = table({ match: { prefix: "/" }, direct_response: { status: 200, body: { inline_string: "hi" } } });
    const front = httpListener("front", port, { route_config: routes, server_name: "edge" });
    const serving = await start("-c", file("cli.yaml", bootstrap({ listeners: [front] })), "--concurrency", "2", "-l", "debug", "--service-cluster", "x", "--service-node", "n", "--disable-hot-restart", "--base-id", "7");
    expect(serving.err).toContain("2 workers");
    expect(await get(port)).toMatch(/server: edge[\s\S]*hi$/);
  });

  test("--config-yaml is merged over the file, and does without one", async () => {
    const [port = 0, admin = 0] = await freePorts(2);
    await start("-c", file("base.yaml", bootstrap({ listeners: [own("front", port)] })), "--config-yaml", JSON.stringify(bootstrap({ admin })));
    expect(await get(port)).toMatch(/front$/);
    expect((await readAdmin(admin, "/ready")).status).toBe(200);
    const [lone = 0] = await freePorts(1);
    await start("--config-yaml", JSON.stringify(bootstrap({ listeners: [own("lone", lone)] })));
    expect(await get(lone)).toMatch(/lone$/);
  });

  test("--mode validate checks and opens nothing; --mode init_only opens and ends", async () => {
    const port = await taken();
    const name = file("mode.yaml", bootstrap({ listeners: [own("front", port)] }));
    expect(serve("-c", name, "--mode", "validate")).toEqual({ code: 0, out: `configuration '${name}' OK\n`, err: "" });
    const [free = 0] = await freePorts(1);
    expect(serve("-c", file("init.yaml", bootstrap({ listeners: [own("front", free)] })), "--mode", "init_only").code).toBe(0);
    expect((await RawClient.open(free)).state).toBe("refused");
  });

  test("a configuration comes from standard input with -c -", async () => {
    const done = legate(["serve", "-c", "-", "--mode", "validate"], { input: text(bootstrap({ listeners: [own("front", 0)] })) });
    expect([done.code, done.err]).toEqual([0, ""]);
    expect(legate(["serve", "-c", "-"], { input: "nod: {}\n" }).code).toBe(1);
  });

  test("-l off says nothing", async () => {
    const serving = Serving.launch(["-c", file("quiet.yaml", bootstrap({})), "-l", "off"], { cwd: folder });
    started.push(serving);
    await delay(700);
    serving.signal("SIGTERM");
    expect(await serving.exit(5000)).toBe(0);
    expect([serving.err, serving.out]).toEqual(["", ""]);
  });
});
