import { join } from "node:path";
import { describe, expect, it } from "vitest";
import { openAdmin } from "../../src/server/admin.ts";
import { AddressTaken } from "../../src/server/address-taken.ts";
import { StubState } from "../support/admin-state.ts";
import { readGolden, writeGolden } from "../support/golden.ts";
import { MemoryClient, settled } from "../support/memory-client.ts";
import { memoryMachine, type MemoryMachine } from "../support/memory-machine.ts";
import { statShape } from "../../src/stats/shape.ts";

const ADMIN = "admin: { address: { socket_address: { address: 127.0.0.1, port_value: 9901 } } }\n";

interface Opened {
  readonly machine: MemoryMachine;
  readonly state: StubState;
  readonly log: string[];
  client(): MemoryClient;
  /** Sends one request on its own connection; the whole answer. */
  ask(method: string, path: string, body?: string, type?: string): Promise<string>;
  close(): void;
}

async function open(state: StubState, machine = memoryMachine()): Promise<Opened> {
  const log: string[] = [];
  const server = await openAdmin({ bootstrap: state.bootstrap(), place: state.place, state, machine, log: { error: (text) => log.push(text) } });
  if (server === null) throw new Error("no admin server");
  const client = (): MemoryClient => new MemoryClient(machine, server.address);
  return {
    machine, state, log, client, close: () => server.close(),
    async ask(method, path, body = "", type = "text/plain") {
      const one = client();
      one.send(`${method} ${path} HTTP/1.1\r\nhost: admin\r\ncontent-type: ${type}\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
      await settled();
      one.conn.reset();
      return one.received;
    },
  };
}

const head = (status: string, type = "text/plain; charset=UTF-8"): string =>
  `HTTP/1.1 ${status}\r\ncontent-type: ${type}\r\ncache-control: no-cache, max-age=0\r\nx-content-type-options: nosniff\r\n` +
  "date: Thu, 01 Jan 2026 00:00:00 GMT\r\nserver: envoy\r\ntransfer-encoding: chunked\r\n\r\n";
const chunked = (body: string): string => `${body.length.toString(16)}\r\n${body}\r\n0\r\n\r\n`;

describe("the admin server", () => {
  it("answers /ready byte for byte as Envoy, and 503 while it is not live", async () => {
    const { ask, state } = await open(new StubState(ADMIN));
    expect(await ask("GET", "/ready")).toBe(head("200 OK") + chunked("LIVE\n"));
    state.serverState = "INITIALIZING";
    expect(await ask("GET", "/ready?x")).toBe(head("503 Service Unavailable") + chunked("INITIALIZING\n"));
  });

  it("answers one request after another on a connection", async () => {
    const { client } = await open(new StubState(ADMIN));
    const one = client();
    one.send("GET /ready HTTP/1.1\r\nhost: a\r\n\r\nPOST /ready HTTP/1.1\r\nhost: a\r\ncontent-length: 3\r\n\r\nabc");
    await settled();
    expect(one.received).toBe((head("200 OK") + chunked("LIVE\n")).repeat(2));
    expect(one.cause).toBeUndefined();
  });

  it("answers HEAD with a head", async () => {
    const { ask } = await open(new StubState(ADMIN));
    expect(await ask("HEAD", "/ready")).toBe(head("200 OK"));
  });

  it("answers 404 with the list of commands, and 405 where only POST will do", async () => {
    const { ask } = await open(new StubState(ADMIN));
    const missing = await ask("GET", "/nowhere");
    expect(missing.startsWith(head("404 Not Found"))).toBe(true);
    expect(missing).toContain("\r\ninvalid path. admin commands are:\n  /: Admin home page\n  /allocprofiler (POST): ");
    expect(await ask("GET", "/quitquitquit")).toBe(head("405 Method Not Allowed") + chunked("Method GET not allowed, POST required."));
    expect(await ask("PUT", "/logging")).toContain("Method PUT not allowed, POST required.");
  });

  it("refuses paths that allow_paths does not name, with their query", async () => {
    const { ask } = await open(new StubState(ADMIN.replace(" }\n", ", allow_paths: [{ exact: /ready }, { prefix: /stats }] }\n")));
    expect(await ask("GET", "/ready")).toContain("200 OK");
    expect(await ask("GET", "/stats?usedonly")).toContain("200 OK");
    expect(await ask("GET", "/ready?x=1")).toBe(head("403 Forbidden") + chunked("request to path /ready?x=1 not allowed"));
  });

  it("answers what is no HTTP as its listeners do", async () => {
    const { client } = await open(new StubState(ADMIN));
    const one = client();
    one.send("NONSENSE\r\n\r\n");
    await settled();
    expect(one.received).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n/);
  });

  it("takes parameters from a form", async () => {
    const { ask, state } = await open(new StubState(ADMIN));
    expect(await ask("POST", "/logging", "level=debug", "application/x-www-form-urlencoded")).toContain("main: debug");
    expect(state.level).toBe("debug");
    expect(await ask("POST", "/runtime_modify", "a=b")).toContain("400 Bad Request");
  });

  it("tells control what to do", async () => {
    const { ask, state } = await open(new StubState(ADMIN));
    for (const path of ["/drain_listeners", "/drain_listeners?graceful&inboundonly", "/quitquitquit", "/reopen_logs"]) expect(await ask("POST", path)).toBe(head("200 OK") + chunked("OK\n"));
    expect(state.done).toEqual([
      { graceful: false, skipExit: false, inboundOnly: false }, { graceful: true, skipExit: false, inboundOnly: true }, "quit", "reopen",
    ]);
    await ask("POST", "/healthcheck/fail");
    expect(await ask("GET", "/ready")).toContain("DRAINING");
  });

  it("counts itself", async () => {
    const { ask, state } = await open(new StubState(ADMIN));
    await ask("GET", "/ready");
    await ask("GET", "/nowhere");
    const value = (name: string): number | undefined => state.stats.value(name);
    expect([value("http.admin.downstream_rq_2xx"), value("http.admin.downstream_rq_4xx"), value("listener.admin.main_thread.downstream_cx_total")]).toEqual([1, 1, 2]);
    const shown = await ask("GET", "/stats?filter=^(http|listener)\\.admin\\.");
    expect(shown).toContain("\nhttp.admin.downstream_rq_total: 3\n");
    expect(shown).not.toMatch(/tracing|config_missing/);
  });

  it("makes no more of an answer than the client takes", async () => {
    const state = new StubState(ADMIN);
    const { client, ask } = await open(state);
    for (let i = 0; i < 60_000; i++) state.local.block(`cluster.a-rather-long-name-${i}.`, MANY);
    const slow = client();
    slow.conn.pause();
    slow.send("GET /stats HTTP/1.1\r\nhost: a\r\n\r\n");
    await settled();
    const sent = state.stats.value("http.admin.downstream_cx_tx_bytes_total") as number;
    expect(sent).toBeGreaterThan(100_000);
    expect(sent).toBeLessThan(2_000_000);
    expect(await ask("GET", "/ready")).toContain("LIVE");
    slow.conn.resume();
    await settled(200);
    expect(slow.received.length).toBeGreaterThan(6_000_000);
    expect(slow.received.endsWith("\r\n0\r\n\r\n")).toBe(true);
  });

  it("lets a client go that does not read for five minutes", async () => {
    const state = new StubState(ADMIN);
    const { client, machine } = await open(state);
    for (let i = 0; i < 60_000; i++) state.local.block(`cluster.a-rather-long-name-${i}.`, MANY);
    const stuck = client();
    stuck.conn.pause();
    stuck.send("GET /stats HTTP/1.1\r\nhost: a\r\n\r\n");
    await settled();
    await pass(machine, 299_000);
    expect(state.stats.value("http.admin.downstream_cx_active")).toBe(1);
    await pass(machine, 2_000);
    await pass(machine, 2_000);
    expect(state.stats.value("http.admin.downstream_cx_active")).toBe(0);
    expect(machine.faults).toEqual([]);
  });

  it("writes its address where it is asked to, and says when it cannot", async () => {
    const state = new StubState(ADMIN.replace("9901", "0"));
    state.options = { ...state.options, adminAddressPath: "/run/admin" };
    const { machine } = await open(state);
    expect(machine.files.readText("/run/admin")).toMatch(/^127\.0\.0\.1:\d+$/);
    const broken = memoryMachine();
    broken.files.writeText = () => {
      throw new Error("no");
    };
    expect((await open(state, broken)).log).toEqual(["cannot open admin address output file /run/admin for writing."]);
  });

  it("says where the address stands that it cannot have", async () => {
    const machine = memoryMachine();
    await open(new StubState(ADMIN), machine);
    const second = open(new StubState(`node: { id: a }\n${ADMIN}`), machine);
    await expect(second).rejects.toThrow(AddressTaken);
    await expect(second).rejects.toThrow("envoy.yaml:2:19: the admin server cannot listen on 127.0.0.1:9901: the address is in use");
  });

  it("is not there without an address", async () => {
    const state = new StubState("node: { id: a }");
    expect(await openAdmin({ bootstrap: state.bootstrap(), place: state.place, state, machine: memoryMachine(), log: { error: () => undefined } })).toBeNull();
  });

  it("closes its connections when it ends", async () => {
    const { client, close, machine } = await open(new StubState(ADMIN));
    const one = client();
    await settled();
    close();
    await pass(machine, 1);
    await pass(machine, 2_000);
    expect(one.cause).toBeDefined();
  });
});

async function pass(machine: MemoryMachine, ms: number): Promise<void> {
  machine.clock.advance(ms);
  await settled();
}

const MANY = statShape([{ name: "upstream_rq_total", kind: "counter" }, { name: "upstream_cx_total", kind: "counter" }, { name: "upstream_rq_active", kind: "gauge" }]);

const GOLDEN = join(import.meta.dirname, "admin.golden");

describe("the answers of the admin server", () => {
  const sections = readGolden(GOLDEN);
  const yaml = sections.get("bootstrap") ?? "";
  const files = Object.fromEntries([...sections].filter(([name]) => name.endsWith(".yaml")).map(([name, text]) => [`/etc/${name}`, text]));
  const requests = [...sections.keys()].filter((name) => /^(GET|POST) /.test(name));

  it.each(requests)("%s", async (request) => {
    const [method = "", path = ""] = request.split(" ");
    const { ask } = await open(stubOf(yaml, files));
    const [top = "", body = ""] = splitAnswer(await ask(method, path));
    const got = `${top}\n\n${withoutExtensions(body)}`;
    if (process.env["LEGATE_UPDATE_GOLDEN"] === "1") {
      sections.set(request, got);
      writeGolden(GOLDEN, sections);
    }
    expect(got).toBe(sections.get(request));
  });
});

/** What legate has grows with every extension: of the list only the first entry is shown. */
function withoutExtensions(body: string): string {
  return body.replace(/^( *)"extensions": \[\n([^]*?\n\1 \},)\n[^]*?\n\1\]/gm, '$1"extensions": [\n$2\n$1 ...\n$1]');
}

function stubOf(yaml: string, files: Readonly<Record<string, string>>): StubState {
  const state = new StubState(yaml, files);
  state.addresses = { main: "127.0.0.1:10000", six: "[::1]:10001", pipe: "/run/legate" };
  const locality = { region: "r", zone: "z", sub_zone: "" };
  const nowhere = { region: "", zone: "", sub_zone: "" };
  state.hostsOf = {
    one: [
      { address: { kind: "ip", ip: "10.0.0.2", port: 80 }, hostname: "", weight: 1, priority: 1, locality: nowhere, localityWeight: 0, flags: 4 },
      { address: { kind: "ip", ip: "10.0.0.1", port: 80 }, hostname: "", weight: 1, priority: 0, locality: nowhere, localityWeight: 0, flags: 0 },
    ],
    two: [{ address: { kind: "ip", ip: "::1", port: 80 }, hostname: "two.host", weight: 3, priority: 0, locality, localityWeight: 0, flags: 0 }],
    dyn: [{ address: { kind: "pipe", path: "/run/up" }, hostname: "", weight: 1, priority: 0, locality: nowhere, localityWeight: 0, flags: 0 }],
  };
  state.local.block(".host.one.10.0.0.1:80.", statShape([{ name: "rq_total", kind: "counter" }, { name: "cx_active", kind: "gauge" }])).add(0, 5);
  const some = state.local.block("cluster.one.", statShape([
    { name: "upstream_rq_total", kind: "counter" }, { name: "membership_total", kind: "gauge" }, { name: "upstream_rq_time", kind: "histogram", unit: "ms" },
    { name: "upstream_cx_length_ms", kind: "histogram", unit: "ms" },
  ]));
  some.add(0, 20);
  for (const value of [0, 1, 3, 3, 12, 250, 300_000]) some.record(2, value);
  state.stats.flush();
  return state;
}

function splitAnswer(answer: string): [string, string] {
  const end = answer.indexOf("\r\n\r\n");
  let body = "";
  for (let at = end + 4; ; ) {
    const line = answer.indexOf("\r\n", at);
    const size = Number.parseInt(answer.slice(at, line), 16);
    if (!(size > 0)) break;
    body += answer.slice(line + 2, line + 2 + size);
    at = line + 2 + size + 2;
  }
  return [answer.slice(0, end).replaceAll("\r\n", "\n"), body];
}
