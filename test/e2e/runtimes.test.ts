import { spawnSync } from "node:child_process";
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { type AddressInfo, connect, createServer } from "node:net";
import { join } from "node:path";
import { afterEach, describe, expect, test } from "vitest";
import { answer, bootstrap, cluster, fileLog, forward, httpListener, table, text } from "../support/bootstrap.ts";
import { readAdmin, readStats } from "../support/admin-reader.ts";
import { Load } from "../support/load.ts";
import { freePorts } from "../support/ports.ts";
import { RawClient } from "../support/raw-client.ts";
import { Serving } from "../support/serving.ts";
import { SteadyUpstream } from "../support/steady-upstream.ts";
import { delay, eventually } from "../support/waiting.ts";
import { ROOT, scratch } from "./binary.ts";

const BUNDLE = join(ROOT, "dist", "legate.mjs");

/** How legate is run by the other runtimes. */
const RUNTIMES: readonly (readonly [string, readonly string[]])[] = [
  ["Deno, from source", ["deno", "run", "-A", join(ROOT, "bin", "legate.ts")]],
  ["Bun, from source", ["bun", join(ROOT, "bin", "legate.ts")]],
  ["Node, from the bundle", ["node", BUNDLE]],
];

let serving: Serving | undefined;
let upstream: SteadyUpstream | undefined;

afterEach(async () => {
  await serving?.kill();
  await upstream?.stop();
});

describe.each(RUNTIMES)("under %s", (_name, program) => {
  const missing = spawnSync(program[0] ?? "", ["--version"]).error !== undefined || (program.includes(BUNDLE) && !existsSync(BUNDLE));

  async function begin(config: (turn: number) => string, ...flags: string[]): Promise<(turn: number) => Promise<string>> {
    const file = join(scratch(), "envoy.json");
    writeFileSync(file, config(0));
    serving = await Serving.start(["-c", file, "--file-flush-interval-msec", "20", ...flags], { program });
    return async (turn) => {
      writeFileSync(file, config(turn));
      return (await serving?.reload()) ?? "";
    };
  }

  async function get(port: number, path = "/"): Promise<string> {
    const client = await RawClient.open(port);
    client.send(`GET ${path} HTTP/1.1\r\nhost: x\r\n\r\n`);
    await client.responses(1, 5000);
    client.close();
    return client.received;
  }

  test.skipIf(missing)("validate and diff say what the binary says", () => {
    const run = (words: readonly string[]): object => {
      const { status, stdout, stderr } = spawnSync(program[0] ?? "", [...program.slice(1), ...words], { cwd: ROOT, encoding: "utf8" });
      return { status, stdout, stderr };
    };
    const folder = scratch();
    writeFileSync(join(folder, "bad.yaml"), "static_resources:\n  clusters:\n    - nam: a\n");
    for (const words of [["validate", "configs"], ["validate", join(folder, "bad.yaml")], ["diff", "configs/front-proxy.yaml", "configs/canary.yaml"], ["simulate-route", "-c", "configs/canary.yaml", "--url", "http://x/"]]) {
      const { status, stdout, stderr } = spawnSync(join(ROOT, "dist", "legate"), words, { cwd: ROOT, encoding: "utf8" });
      expect(run(words)).toEqual({ status, stdout, stderr });
    }
  });

  test.skipIf(missing)("carries bytes, over TCP and a Unix socket, half closes too", async () => {
    const [tcp = 0] = await freePorts(1);
    const path = join(scratch(), "s");
    const host = createServer({ allowHalfOpen: true }, (socket) => {
      let received = "";
      socket.on("data", (chunk: Buffer) => (received += chunk.toString()));
      socket.on("end", () => socket.end(received.toUpperCase()));
    });
    await new Promise<void>((resolve) => host.listen(0, "127.0.0.1", resolve));
    const proxy = { name: "tcp", typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy", stat_prefix: "t", cluster: "u" } };
    const listener = (name: string, address: object): Record<string, unknown> => ({ name, address, filter_chains: [{ filters: [proxy] }] });
    const { port } = host.address() as AddressInfo;
    await begin(() => text(bootstrap({
      clusters: [cluster("u", port)],
      listeners: [listener("tcp", { socket_address: { address: "127.0.0.1", port_value: tcp } }), listener("unix", { pipe: { path } })],
    })), "--concurrency", "2");
    for (const to of [{ port: tcp, host: "127.0.0.1" }, { path }]) {
      const answers = await Promise.all(Array.from({ length: 20 }, (_, i) => new Promise<string>((resolve) => {
        let answer = "";
        const socket = connect({ ...to, allowHalfOpen: true });
        socket.on("data", (chunk: Buffer) => (answer += chunk.toString()));
        socket.on("error", (error) => resolve(error.message));
        socket.on("end", () => resolve(answer));
        socket.end(`hello ${i}`.repeat(1000));
      })));
      expect(answers).toEqual(Array.from({ length: 20 }, (_, i) => `HELLO ${i}`.repeat(1000)));
    }
    host.close();
  });

  test.skipIf(missing)("serves, reloads without losing a request, logs, counts, and drains", async () => {
    upstream = await SteadyUpstream.start("up");
    const backend = upstream;
    const [port = 0, admin = 0] = await freePorts(2);
    const log = join(scratch(), "access.log");
    const reload = await begin((turn) =>
      text(bootstrap({
        admin, clusters: [cluster("u", backend.port, { connect_timeout: `${turn + 1}s` })],
        listeners: [httpListener("front", port, { route_config: table(answer("/own", 200, `own ${turn}`), forward("/", "u")), access_log: [fileLog(log)], server_name: `s${turn}` })],
      })), "--concurrency", "2");
    expect(await get(port, "/own")).toMatch(/own 0$/);
    expect(await get(port)).toMatch(/server: s0[\s\S]*up$/);
    const load = new Load({ ports: () => [port], connections: 10, rate: 300 });
    for (let turn = 1; turn <= 6; turn++) {
      await delay(150);
      expect(await reload(turn)).toMatch(/[1-9] opened or replaced/);
    }
    const report = await load.stop();
    expect(report.failures).toEqual([]);
    expect([...report.statuses.keys()]).toEqual([200]);
    expect(await get(port, "/own")).toMatch(/own 6$/);
    expect((await readStats(admin)).get("http.front.downstream_rq_total")).toBe(report.answered + 3);
    expect((await readAdmin(admin, "/ready")).status).toBe(200);
    backend.slowness = 600;
    const last = get(port);
    expect(await eventually(async () => ((await readStats(admin)).get("cluster.u.upstream_rq_active") ?? 0) === 1, 2000)).toBe(true);
    serving?.signal("SIGTERM");
    expect(await last).toMatch(/connection: close[\s\S]*up$/);
    expect(await serving?.exit(6000)).toBe(0);
    expect(readFileSync(log, "utf8").trim().split("\n").length).toBe(report.answered + 4);
    expect(serving?.err).not.toMatch(/internal error/);
  });

  test.skipIf(missing)("an address in use is refused", async () => {
    const [port = 0] = await freePorts(1);
    const config = text(bootstrap({ listeners: [httpListener("front", port, { route_config: table(answer("/", 200)) })] }));
    await begin(() => config);
    const second = Serving.launch(["--config-yaml", config], { program });
    expect(await second.exit()).toBe(2);
    expect(second.err).toContain("the address is in use");
  });
});
