import { type ChildProcess, execFile, execFileSync, spawn } from "node:child_process";
import { chmodSync, existsSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { readStats } from "../support/admin-reader.ts";
import { Authority } from "../support/certificates.ts";
import { freePorts } from "../support/ports.ts";
import { Serving } from "../support/serving.ts";
import { eventually } from "../support/waiting.ts";

const run = promisify(execFile);
const PROGRAM = process.env["LEGATE_SUBJECT"]?.split(" ") ?? undefined;

/** Where a program of PostgreSQL is: on the path, or where Debian puts it. */
function postgresProgram(name: string): string | undefined {
  const root = "/usr/lib/postgresql";
  const versions = existsSync(root) ? readdirSync(root).sort((a, b) => Number(b) - Number(a)) : [];
  return [...versions.map((version) => join(root, version, "bin", name)), join("/usr/local/bin", name), join("/usr/bin", name)].find((path) => existsSync(path));
}

const found = (name: string): boolean => existsSync(join("/usr/bin", name)) || existsSync(join("/usr/local/bin", name));
const POSTGRES = postgresProgram("initdb");
const asRoot = process.getuid?.() === 0;
const hasUser = (() => {
  try {
    execFileSync("id", ["postgres"], { stdio: "ignore" });
    return true;
  } catch {
    return false;
  }
})();
const noPostgres = POSTGRES === undefined || !found("psql") || !found("pgbench") || (asRoot && !hasUser);
const noRedis = !found("redis-server") || !found("redis-cli") || !found("redis-benchmark");

/** The server refuses to run as root. */
function owned(words: readonly string[]): [string, string[]] {
  const [program = "", ...rest] = words;
  return asRoot ? ["setpriv", ["--reuid=postgres", "--regid=postgres", "--clear-groups", "--", program, ...rest]] : [program, rest];
}

const TCP = "type.googleapis.com/envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy";
const TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3";

interface Ports {
  readonly server: number;
  readonly plain: number;
  /** Speaks TLS to `sealed`. */
  readonly outer: number;
  /** Speaks TLS with its clients. */
  readonly sealed: number;
  readonly admin: number;
}

/** A server reached plainly, and through a TLS hop of the proxy's own: one listener seals, the other opens. */
function configuration({ server, plain, outer, sealed, admin }: Ports, authority: Authority): string {
  const { certificate, key } = authority.issue("db.test");
  const address = (port: number): object => ({ socket_address: { address: "127.0.0.1", port_value: port } });
  const listener = (name: string, port: number, cluster: string, more: object = {}): object => ({
    name, address: address(port),
    filter_chains: [{ filters: [{ name: "tcp", typed_config: { "@type": TCP, stat_prefix: name, cluster } }], ...more }],
  });
  const cluster = (name: string, port: number, more: object = {}): object => ({
    name, connect_timeout: "2s", load_assignment: { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }] }, ...more,
  });
  const opening = {
    transport_socket: { name: "tls", typed_config: { "@type": `${TLS}.DownstreamTlsContext`, common_tls_context: { tls_certificates: [{ certificate_chain: { inline_string: certificate }, private_key: { inline_string: key } }] } } },
  };
  const sealing = {
    transport_socket: {
      name: "tls", typed_config: {
        "@type": `${TLS}.UpstreamTlsContext`, sni: "db.test",
        common_tls_context: { validation_context: { trusted_ca: { inline_string: authority.certificate }, match_typed_subject_alt_names: [{ san_type: "DNS", matcher: { exact: "db.test" } }] } },
      },
    },
  };
  return JSON.stringify({
    admin: { address: address(admin) },
    static_resources: {
      listeners: [listener("plain", plain, "server"), listener("outer", outer, "sealed"), listener("sealed", sealed, "server", opening)],
      clusters: [cluster("server", server), cluster("sealed", sealed, sealing)],
    },
  });
}

async function serve(server: number): Promise<{ readonly ports: Ports; readonly serving: Serving; readonly folder: string }> {
  const folder = mkdtempSync(join(tmpdir(), "databases-"));
  const [plain = 0, outer = 0, sealed = 0, admin = 0] = await freePorts(4);
  const ports = { server, plain, outer, sealed, admin };
  const authority = new Authority();
  writeFileSync(join(folder, "envoy.json"), configuration(ports, authority));
  authority.close();
  const serving = await Serving.start(["-c", join(folder, "envoy.json"), "--concurrency", "2"], PROGRAM === undefined ? {} : { program: PROGRAM.filter((word) => !["serve", "--allow-unsupported"].includes(word)) });
  return { ports, serving, folder };
}

/** Nothing is left of the connections that there were. */
async function quiet(admin: number): Promise<void> {
  let active: string[] = [];
  await eventually(async () => {
    active = [...(await readStats(admin))].filter(([name, value]) => /^(cluster|listener\.127)\S*cx_active$/.test(name) && value !== 0).map(([name, value]) => `${name}: ${value}`);
    return active.length === 0;
  }, 10_000, 100);
  expect(active).toEqual([]);
}

if (noPostgres) console.warn("skipped: PostgreSQL is not installed");

describe.skipIf(noPostgres)("PostgreSQL through tcp_proxy", () => {
  let data = "";
  let server = 0;
  let proxy: Awaited<ReturnType<typeof serve>>;

  const control = async (...words: string[]): Promise<void> => {
    const [program, rest] = owned([postgresProgram("pg_ctl") ?? "", "-D", join(data, "db"), "-w", ...words]);
    execFileSync(program, rest, { stdio: "ignore", timeout: 60_000 });
  };
  const begin = (): Promise<void> => control("-o", `-p ${server} -k ${data} -c listen_addresses=127.0.0.1 -c max_connections=300 -c fsync=off -c shared_buffers=32MB`, "-l", join(data, "log"), "start");
  const ask = async (port: number, sql: string): Promise<string> => (await run("psql", ["-h", "127.0.0.1", "-p", String(port), "-U", "tester", "-d", "postgres", "-Atc", sql], { timeout: 20_000, maxBuffer: 1 << 24 })).stdout.trim();
  const bench = async (port: number, ...words: string[]): Promise<string> => {
    const { stdout, stderr } = await run("pgbench", ["-h", "127.0.0.1", "-p", String(port), "-U", "tester", ...words, "postgres"], { timeout: 90_000 });
    return stdout + stderr;
  };

  beforeAll(async () => {
    data = mkdtempSync(join(tmpdir(), "postgres-"));
    chmodSync(data, 0o777);
    chmodSync(tmpdir(), 0o755); // another user has to come through
    [server = 0] = await freePorts(1);
    const [program, words] = owned([POSTGRES ?? "", "-D", join(data, "db"), "-U", "tester", "-A", "trust", "--no-sync"]);
    execFileSync(program, words, { stdio: "ignore", timeout: 60_000 });
    await begin();
    proxy = await serve(server);
  }, 120_000);

  afterAll(async () => {
    await proxy?.serving.kill();
    await control("-m", "immediate", "stop").catch(() => undefined);
    rmSync(data, { recursive: true, force: true });
    if (proxy !== undefined) rmSync(proxy.folder, { recursive: true, force: true });
  });

  test("queries and large results come through, plainly and sealed", async () => {
    for (const port of [proxy.ports.plain, proxy.ports.outer]) {
      expect(await ask(port, "select 40 + 2")).toBe("42");
      expect((await ask(port, "select repeat('x', 5000000)")).length).toBe(5_000_000);
    }
    await quiet(proxy.ports.admin);
  });

  test("200 clients at a time, plainly and sealed", async () => {
    await bench(server, "-i", "-s", "2");
    for (const port of [proxy.ports.plain, proxy.ports.outer]) {
      const told = await bench(port, "-S", "-n", "-c", "200", "-j", "2", "-t", "10");
      expect(told).toContain("number of transactions actually processed: 2000/2000");
    }
    await quiet(proxy.ports.admin);
  });

  test("a restart of the server in the middle ends its connections, and the next ones find it again", async () => {
    for (const port of [proxy.ports.plain, proxy.ports.outer]) {
      const sleeping = ask(port, "select pg_sleep(30)").then(() => "done", () => "broken off");
      await new Promise((resolve) => setTimeout(resolve, 500));
      await control("-m", "immediate", "stop");
      expect(await sleeping).toBe("broken off");
      expect(await ask(port, "select 1").catch(() => "refused")).toBe("refused");
      await begin();
      expect(await ask(port, "select 1")).toBe("1");
    }
    await quiet(proxy.ports.admin);
  });
});

if (noRedis) console.warn("skipped: Redis is not installed");

describe.skipIf(noRedis)("Redis through tcp_proxy", () => {
  let server = 0;
  let redis: ChildProcess;
  let proxy: Awaited<ReturnType<typeof serve>>;

  const ask = async (port: number, ...words: string[]): Promise<string> => (await run("redis-cli", ["-p", String(port), ...words], { timeout: 10_000 })).stdout.trim();
  const begin = async (): Promise<void> => {
    redis = spawn("redis-server", ["--port", String(server), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no", "--daemonize", "no"], { stdio: "ignore", cwd: tmpdir() });
    await eventually(async () => (await ask(server, "ping").catch(() => "")) === "PONG", 10_000, 50);
  };

  beforeAll(async () => {
    [server = 0] = await freePorts(1);
    await begin();
    proxy = await serve(server);
  }, 60_000);

  afterAll(async () => {
    await proxy?.serving.kill();
    redis?.kill("SIGKILL");
    if (proxy !== undefined) rmSync(proxy.folder, { recursive: true, force: true });
  });

  test("commands and large values come through, plainly and sealed", async () => {
    for (const port of [proxy.ports.plain, proxy.ports.outer]) {
      expect(await ask(port, "set", "a", "x".repeat(100_000))).toBe("OK");
      expect(await ask(port, "strlen", "a")).toBe("100000");
    }
    await quiet(proxy.ports.admin);
  });

  test("200 clients at a time, pipelined, plainly and sealed", async () => {
    for (const port of [proxy.ports.plain, proxy.ports.outer]) {
      const { stdout } = await run("redis-benchmark", ["-p", String(port), "-c", "200", "-n", "20000", "-P", "16", "-q", "-t", "set,get"], { timeout: 60_000 });
      expect(stdout).toMatch(/GET: [\d.]+ requests per second/);
    }
    await quiet(proxy.ports.admin);
  });

  test("a restart of the server in the middle ends its connections, and the next ones find it again", async () => {
    for (const port of [proxy.ports.plain, proxy.ports.outer]) {
      const waiting = ask(port, "blpop", "none", "30").then((answer) => (answer === "" || /closed|reset/i.test(answer) ? "broken off" : "answered"), () => "broken off");
      await new Promise((resolve) => setTimeout(resolve, 300));
      redis.kill("SIGKILL");
      expect(await waiting).toBe("broken off");
      await begin();
      expect(await ask(port, "ping")).toBe("PONG");
    }
    await quiet(proxy.ports.admin);
  });
});
