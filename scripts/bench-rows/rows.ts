/** What is measured, in the order of the table, and what must come out. Ratios are to Envoy; smaller is better. */
import { execFileSync } from "node:child_process";
import { join, resolve } from "node:path";
import { bootstrap, exactPaths, filtered, headerMatched, HTTP2, innerRegexes, large, logged, nginxHeaders, nginxLogged, nginxPrefixes, nginxProxy, nginxRegexes, PLAIN, prefixes, regexes, type Scene, TCP, usual, virtualHosts } from "./configs.ts";
import { keep, type Task } from "./contenders.ts";
import type { Load } from "./load.ts";
import { check, cpuPerRequest, type Effort, type Figures, latencyAboveBackend, residentAtRest, residentPerConnection, timeToFirst } from "./measure.ts";
import { FOLDER } from "./processes.ts";

export interface Row {
  readonly name: string;
  readonly unit: string;
  readonly must: number;
  readonly aim: number;
  /** Missing `must` fails the run. */
  readonly decides?: boolean;
  /** Part of `--quick`. */
  readonly quick?: boolean;
  measure(effort: Effort): Promise<Figures>;
}

/** A row for which legate lacks something. */
export interface LaterRow {
  readonly name: string;
  readonly lacks: string;
}

const plain: Task = { scene: PLAIN, nginx: nginxProxy };
const US = "us/request";
const SMALL_FILE = resolve(import.meta.dirname, "../../configs/redirect-https.yaml");

interface CpuOptions {
  readonly task?: Task;
  readonly load?: Partial<Load>;
  readonly decides?: boolean;
  readonly quick?: boolean;
}

function cpu(name: string, must: number, aim: number, { task = plain, load = {}, ...rest }: CpuOptions): Row {
  return { name, unit: US, must, aim, ...rest, measure: (effort) => cpuPerRequest(task, { path: "/", connections: 64, ...load }, effort) };
}

const tenPrefixes: Task = { scene: prefixes(10), nginx: (folder, ports) => nginxPrefixes(folder, ports, 10) };
const manyPrefixes: Task = { scene: prefixes(10_000), nginx: (folder, ports) => nginxPrefixes(folder, ports, 10_000) };
const manyRegexes: Task = { scene: regexes(1000), nginx: (folder, ports) => nginxRegexes(folder, ports, 1000) };
const manyHeaders: Task = { scene: headerMatched(1000), nginx: (folder, ports) => nginxHeaders(folder, ports, 1000) };
const withLog: Task = { scene: logged(join(FOLDER, "access.log")), nginx: nginxLogged };

const withFilters: Task = { scene: filtered(join(FOLDER, "filtered.log")) };

function offline(name: string, must: number, aim: number, scene: Scene): Row {
  const measure = (effort: Effort): Promise<Figures> => {
    const file = keep(`check-${scene.routes.length}.yaml`, bootstrap(scene, { proxy: 10_000, backend: 10_001 }));
    return check(file, ["validate", file], { ...effort, bursts: Math.min(effort.bursts, scene.routes.length > 100_000 ? 2 : 5) });
  };
  return { name, unit: "ms", must, aim, measure };
}

/** P-256; the certificate is made when the row is measured. */
function secured(name: string, must: number, aim: number, load: Partial<Load>): Row {
  const measure = (effort: Effort): Promise<Figures> => {
    const [certificate, key] = [join(FOLDER, "tls.pem"), join(FOLDER, "tls.key")];
    execFileSync("openssl", ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-keyout", key, "-out", certificate, "-days", "2", "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"], { stdio: "ignore" });
    return cpuPerRequest({ scene: { ...PLAIN, secure: { certificate, key } } }, { path: "/", connections: 64, secure: true, ...load }, effort);
  };
  return { name, unit: US, must, aim, measure };
}

export const ROWS: readonly (Row | LaterRow)[] = [
  cpu("HTTP/1 keep-alive, small body", 0.5, 0.3, { decides: true, quick: true }),
  cpu("HTTP/1 keep-alive, 10 KB body", 0.6, 0.45, { load: { path: "/files/10k" } }),
  cpu("HTTP/1 keep-alive, 1 MB body", 1, 0.75, { load: { path: "/files/1m", connections: 8 } }),
  cpu("a new connection per request", 0.6, 0.4, { load: { fresh: true } }),
  cpu("HTTP/2 to HTTP/1, 8 x 32 streams", 0.45, 0.22, { task: { scene: PLAIN }, load: { connections: 8, streams: 32 } }),
  cpu("HTTP/2 both sides, 8 x 32 streams", 0.5, 0.22, { task: { scene: HTTP2 }, load: { connections: 8, streams: 32 } }),
  cpu("HTTP/2 to HTTP/1, 1 MB body", 1, 0.75, { task: { scene: PLAIN }, load: { path: "/files/1m", connections: 8, streams: 4 } }),
  secured("TLS 1.3 keep-alive, small body", 0.45, 0.35, {}),
  secured("TLS 1 MB", 1.1, 1, { path: "/files/1m", connections: 8 }),
  secured("full TLS handshake per request, chain by SNI", 0.9, 0.75, { path: "/direct", fresh: true, connections: 16 }),
  cpu("direct response", 0.45, 0.3, { load: { path: "/direct" }, quick: true }),
  cpu("TCP proxy, small round trip", 0.9, 0.75, { task: { scene: TCP } }),
  cpu("TCP proxy, 1 MB", 1, 0.9, { task: { scene: TCP }, load: { path: "/files/1m", connections: 8 } }),
  cpu("JSON access log and header mutations", 0.4, 0.25, { task: withLog }),
  cpu("that with local_ratelimit, cors, rbac, disabled fault", 0.4, 0.3, { task: withFilters }),
  cpu("10 prefix routes, the last hit", 0.45, 0.3, { task: tenPrefixes, load: { path: "/p/9/" } }),
  cpu("10,000 prefix routes, the last hit", 0.06, 0.03, { task: manyPrefixes, load: { path: "/p/9999/" } }),
  cpu("10,000 prefix routes, the first hit", 0.45, 0.3, { task: manyPrefixes, load: { path: "/p/0/" } }),
  cpu("10,000 exact paths, the last hit", 0.06, 0.03, { task: { scene: exactPaths(10_000) }, load: { path: "/p/9999/x" } }),
  cpu("10,000 virtual hosts, the last hit", 0.45, 0.3, { task: { scene: virtualHosts(10_000) }, load: { path: "/", headers: { Host: "h9999.test" } } }),
  cpu("1,000 regex routes, the last hit", 0.3, 0.12, { task: manyRegexes, load: { path: "/r/999/x" } }),
  cpu("1,000 regexes with a text inside, the last hit", 0.3, 0.12, { task: { scene: innerRegexes(1000) }, load: { path: "/abc/item999/x" } }),
  cpu("1,000 header-matched routes, the last hit", 0.2, 0.12, { task: manyHeaders, load: { headers: { "x-tenant": "t999" } } }),
  { name: "start to first 200, small", unit: "ms", must: 1.2, aim: 0.6, measure: (effort) => timeToFirst(plain, "/direct", effort) },
  {
    name: "start to first 200, 10,000 routes + 2,000 clusters", unit: "ms", must: 0.35, aim: 0.15,
    measure: (effort) => timeToFirst({ scene: large(10_000, 2000) }, "/direct", { ...effort, bursts: Math.min(effort.bursts, 3) }),
  },
  { name: "resident at rest", unit: "MiB", must: 1.3, aim: 0.9, measure: () => residentAtRest(plain, "/") },
  { name: "resident per idle keep-alive connection", unit: "KiB", must: 0.5, aim: 0.25, measure: () => residentPerConnection(plain, "/direct") },
  { name: "check of a 50-line file", unit: "ms", must: 1, aim: 0.5, decides: true, quick: true, measure: (effort) => check(SMALL_FILE, ["validate", SMALL_FILE], more(effort)) },
  offline("check of 5,000 routes (1.5 MB)", 0.5, 0.25, usual(5000, 10)),
  offline("check of 50,000 routes (15 MB)", 0.4, 0.2, usual(50_000, 10)),
  offline("check of 5,000 routes of two words each (0.5 MB)", 1, 0.5, large(5000, 10)),
  { name: "legate --version beside that check", unit: "ms", must: 1, aim: 0.5, decides: true, quick: true, measure: (effort) => check(SMALL_FILE, ["--version"], more(effort)) },
  {
    name: "p50 above the bare backend at 30 % load", unit: "us", must: 0.4, aim: 0.15,
    measure: (effort) => latencyAboveBackend(plain, { path: "/", connections: 64 }, effort),
  },
];

/** These are short: many tries cost little. */
function more(effort: Effort): Effort {
  return { ...effort, bursts: effort.bursts * 8 };
}
