/**
 * What a large route table costs a running server, from outside: resident memory a route, for one worker and for each further one, and the
 * longest that a request waits while a table of 10,000 routes takes the place of a small one.
 *
 *   scripts/build && bun scripts/bench-micro/table.ts
 */
import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync, writeFileSync } from "node:fs";
import { connect, createServer, type AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const BINARY = join(import.meta.dirname, "../../dist/legate");
const FOLDER = mkdtempSync(join(tmpdir(), "legate-table-"));
const LARGE = 50_000;
const ANY = "type.googleapis.com/envoy";

function table(routes: number): string {
  const lines = Array.from({ length: routes }, (_, i) => `      - { match: { prefix: /service/${i}/ }, route: { cluster: none, timeout: 3s, prefix_rewrite: / } }\n`);
  return `resources:\n- "@type": ${ANY}.config.route.v3.RouteConfiguration\n  name: t\n  virtual_hosts:\n  - name: v\n    domains: ["*"]\n    routes:\n${lines.join("")}      - { match: { prefix: / }, direct_response: { status: 200 } }\n`;
}

function place(name: string, text: string): void {
  writeFileSync(join(FOLDER, `${name}.new`), text);
  renameSync(join(FOLDER, `${name}.new`), join(FOLDER, name));
}

function bootstrap(port: number): string {
  return `node: { id: bench, cluster: bench }
static_resources:
  listeners:
  - name: l
    address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }
    filter_chains:
    - filters:
      - name: hcm
        typed_config:
          "@type": ${ANY}.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager
          stat_prefix: x
          rds: { route_config_name: t, config_source: { path_config_source: { path: ${join(FOLDER, "rds.yaml")} } } }
          http_filters: [{ name: r, typed_config: { "@type": ${ANY}.extensions.filters.http.router.v3.Router } }]
`;
}

async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => { server.listen(0, "127.0.0.1", resolve); });
  const { port } = server.address() as AddressInfo;
  await new Promise<void>((resolve) => { server.close(() => resolve()); });
  return port;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => { setTimeout(resolve, ms); });

interface Served {
  readonly process: ChildProcess;
  readonly port: number;
  said: string;
}

async function serve(routes: number, workers: number): Promise<Served> {
  const port = await freePort();
  place("rds.yaml", table(routes));
  place("envoy.yaml", bootstrap(port));
  const process = spawn(BINARY, ["serve", "-c", join(FOLDER, "envoy.yaml"), "--concurrency", String(workers)], { stdio: ["ignore", "ignore", "pipe"] });
  const served: Served = { process, port, said: "" };
  process.stderr?.on("data", (data) => { served.said += String(data); });
  while (!served.said.includes("; ready")) await pause(20);
  return served;
}

/** Resident kB, after a rest. */
async function resident(routes: number, workers: number): Promise<number> {
  const served = await serve(routes, workers);
  for (let i = 0; i < 20 * workers; i++) await ask(served.port, `/service/${i}/x`);
  await pause(4000);
  const [, kilobytes = "0"] = /VmRSS:\s+(\d+)/.exec(readFileSync(`/proc/${served.process.pid}/status`, "utf8")) ?? [];
  served.process.kill("SIGKILL");
  return Number(kilobytes);
}

async function ask(port: number, path: string): Promise<void> {
  await new Promise<void>((resolve) => {
    const socket = connect(port, "127.0.0.1", () => socket.write(`GET ${path} HTTP/1.1\r\nhost: h\r\n\r\n`));
    socket.once("data", () => { socket.destroy(); resolve(); });
  });
}

/** Milliseconds of the slowest of requests that follow each other on one connection, for so long. */
async function slowest(port: number, ms: number): Promise<number> {
  const socket = connect(port, "127.0.0.1");
  const end = performance.now() + ms;
  let worst = 0;
  while (performance.now() < end) {
    const from = performance.now();
    await new Promise<void>((resolve) => {
      socket.once("data", () => resolve());
      socket.write("GET /service/7/x HTTP/1.1\r\nhost: h\r\n\r\n");
    });
    worst = Math.max(worst, performance.now() - from);
    await pause(0.2);
  }
  socket.destroy();
  return worst;
}

async function delay(): Promise<void> {
  const served = await serve(10, 1);
  await slowest(served.port, 500);
  const quiet = await slowest(served.port, 1500);
  const found: number[] = [];
  for (let round = 0; round < 5; round++) {
    const during = slowest(served.port, 2000);
    await pause(300);
    place("rds.yaml", table(10_000 + round));
    found.push(await during);
  }
  served.process.kill("SIGKILL");
  if (!served.said.includes("1 opened or replaced")) throw new Error("the table was not replaced");
  found.sort((a, b) => a - b);
  console.log(`slowest request: ${quiet.toFixed(1)} ms in a quiet second and a half; in two seconds in which a table of 10,000 routes is read, indexed and opened ${found.map((ms) => ms.toFixed(1)).join(", ")} ms, median ${(found[2] ?? 0).toFixed(1)}`);
}

async function memory(): Promise<void> {
  const [small, large, smallTwo, largeTwo] = [await resident(10, 1), await resident(LARGE, 1), await resident(10, 2), await resident(LARGE, 2)];
  const bytes = (kilobytes: number): string => ((kilobytes * 1024) / (LARGE - 10)).toFixed(0);
  console.log(`memory a route, of ${LARGE.toLocaleString("en")}: ${bytes(large - small)} bytes with one worker; ${bytes(largeTwo - large - (smallTwo - small))} more for a second worker`);
}

await delay();
await memory();
rmSync(FOLDER, { recursive: true });
