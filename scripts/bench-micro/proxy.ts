/**
 * A whole request through the whole worker without a kernel: bytes into a downstream connection, the proxy's request taken from the
 * upstream one, an answer put in there, the response taken. What is left is what legate itself costs. Prints nanoseconds and
 * garbage a request, best of several rounds.
 *
 *     bun scripts/bench-micro/proxy.ts [forward | direct | logged | fresh | filtered[:FILTER]]      fresh: a connection for each request
 */
import { Buffer } from "node:buffer";
import { Registry, type CompileContext } from "../../src/contract/extension.ts";
import { NO_RUNTIME } from "../../src/contract/request-view.ts";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { ipAddress, type SocketAddress } from "../../src/platform/address.ts";
import type { Acceptor, Conn, ConnHandler, DialOptions, Dialer, ListenOptions, OnConnection, Transport } from "../../src/platform/conn.ts";
import { ConnCore } from "../../src/platform/conn-core.ts";
import type { ConnContext } from "../../src/platform/raw-socket.ts";
import { unclaimed } from "../../src/platform/socket-facts.ts";
import { SystemClock } from "../../src/platform/system-clock.ts";
import { SystemRandom } from "../../src/platform/system-random.ts";
import { Turn } from "../../src/platform/turn.ts";
import { loadConfiguration } from "../../src/resources/configuration.ts";
import { LiveSet } from "../../src/server/live-set.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";
import { bootstrap, filtered, logged, PLAIN, type Scene } from "../bench-rows/configs.ts";
import { NO_SECRETS } from "../../src/contract/secrets.ts";
import { MemoryFiles } from "../../src/platform/memory-files.ts";

const BROWSER = [
  "User-Agent: Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
  "Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: navigate",
  "Sec-Fetch-Dest: document", "Accept-Encoding: gzip, deflate, br", "Accept-Language: en-US,en;q=0.9", "Cookie: session=0123456789abcdef0123456789abcdef",
];
const request = (path: string, more: string): Buffer => Buffer.from(`GET ${path} HTTP/1.1\r\nHost: 127.0.0.1:8080\r\n${more}${BROWSER.join("\r\n")}\r\n\r\n`, "latin1");
const RESPONSE = Buffer.from([
  "HTTP/1.1 200 OK", "Server: nginx/1.22.1", "Date: Wed, 21 Oct 2015 07:28:00 GMT", "Content-Type: text/html", "Content-Length: 12", "Connection: keep-alive",
  "Cache-Control: private, max-age=0", 'ETag: "33a64df551425fcc"', "Vary: Accept-Encoding", "X-Frame-Options: SAMEORIGIN", "X-Content-Type-Options: nosniff",
  "Set-Cookie: a=b; Path=/", "Strict-Transport-Security: max-age=31536000", "", "hello world!",
].join("\r\n"), "latin1");

const mode = process.argv[2] ?? "forward";
const BACKEND = 9090;
const LOG = Buffer.alloc(65536) as Buffer & { latin1Write(text: string, at: number): number };
const turn = new Turn((error) => { throw error; });
const clock = new SystemClock(turn);
const context: ConnContext = { turn, clock };

/** A connection whose far side is this program. */
class BenchConn extends ConnCore {
  readonly fd = -1;
  readonly local: SocketAddress = ipAddress("127.0.0.1", 8080);
  readonly remote: SocketAddress;
  taken = 0;

  constructor(handler: ConnHandler, remote: SocketAddress) {
    super(context, handler, 1 << 20);
    this.remote = remote;
  }

  override take(_buffer: Buffer, start: number, end: number): number {
    this.taken += end - start;
    if (this.remote.kind === "ip" && this.remote.port === BACKEND) asked.push(this);
    return end - start;
  }

  accept(): void {
    this.accepted();
  }

  override setNoDelay(): void {}
  override setKeepAlive(): void {}
  protected override rawEnd(): void {}
  protected override rawClose(): void {}
  protected override rawReset(): void {}
  protected override rawPause(): void {}
  protected override rawResume(): void {}
  protected override rawSecure(): void {}
}

/** Upstream connections that hold a request. */
const asked: BenchConn[] = [];
let onConnection: OnConnection = () => undefined;

class BenchTransport implements Transport {
  readonly sharesPorts = true;
  readonly dialer: Dialer = {
    dial(target: SocketAddress, handler: ConnHandler, _options: DialOptions): Conn {
      const conn = new BenchConn(handler, target);
      queueMicrotask(() => conn.opened());
      return conn;
    },
  };

  listen(address: SocketAddress, _options: ListenOptions, accept: OnConnection): Promise<Acceptor> {
    onConnection = accept;
    return Promise.resolve({ address, stop: () => undefined });
  }

  share(): Promise<null> {
    return Promise.resolve(null);
  }

  probeExclusive(address: SocketAddress): Promise<SocketAddress> {
    return Promise.resolve(address);
  }
}

const newDownstream = (): BenchConn => new BenchConn(unclaimed, ipAddress("127.0.0.1", 50_000));
let downstream = newDownstream();

async function open(): Promise<void> {
  const registry = new Registry(ALL_EXTENSIONS);
  const surroundings = { listenerPrefix: "", bufferLimit: 1_048_576, serviceCluster: "", nodeId: "" };
  const compile: CompileContext = { diagnostics: { report: () => undefined }, registry, statPrefix: "", surroundings };
  const transport = new BenchTransport();
  const live = new LiveSet(transport, compile, "worker_0");
  live.begin({
    clock, random: new SystemRandom(), dialer: transport.dialer, stats: new LocalStats(), files: new MemoryFiles(), secrets: NO_SECRETS, logs: { open: () => ({ write: (line) => void LOG.latin1Write(line, 0) }) }, runtime: NO_RUNTIME,
    clusters: live, routes: live, machineAddress: "10.0.0.1", machine: { hostname: "bench", environment: () => undefined }, draining: () => false, healthCheckFailed: () => false,
  });
  const bytes = Buffer.from(bootstrap(scene(), { proxy: 8080, backend: BACKEND }));
  const { resources } = loadConfiguration({ file: { name: "bench.yaml", bytes }, overlay: undefined }, {
    registry, read: (name) => ({ name, problem: "no files here" }), serviceCluster: "", nodeId: "", unknownStaticFields: "error", unknownDynamicFields: "error", unsupported: "error",
  });
  for (const resource of resources) await live.upsert(resource, undefined);
  live.setHosts("backend", [{ address: ipAddress("127.0.0.1", BACKEND), hostname: "", weight: 1, priority: 0, locality: { region: "", zone: "", sub_zone: "" }, localityWeight: 0, flags: 0 }]);
  connect();
}

function connect(): void {
  downstream.accept();
  onConnection(downstream);
}

/** `filtered:fault`: of the filters only those whose line has this word. */
function scene(): Scene {
  if (mode === "logged") return logged("/nowhere");
  if (!mode.startsWith("filtered")) return PLAIN;
  const all = filtered("/nowhere");
  const word = mode.slice("filtered:".length);
  return { ...all, filters: (all.filters ?? []).filter((line) => line.includes(`name: ${word}`)) };
}

/** A buffer of its own each time, as the runtime's sockets give. */
function fresh(bytes: Buffer): Buffer {
  const chunk = Buffer.allocUnsafeSlow(bytes.length);
  bytes.copy(chunk);
  return chunk;
}

function once(bytes: Buffer): void {
  if (mode === "fresh") {
    taken += downstream.taken;
    downstream = newDownstream();
    turn.run(connect);
  }
  downstream.received(fresh(bytes));
  for (let conn = asked.pop(); conn !== undefined; conn = asked.pop()) conn.received(fresh(RESPONSE));
}

let taken = 0;
const ROUNDS = 30;
const EACH = 5000;

await open();
const path = mode === "direct" ? "/direct" : "/";
const bytes = request(path, mode === "fresh" ? "Connection: close\r\n" : "");
once(bytes);
await new Promise((resolve) => setImmediate(resolve)); // the first connection to the upstream opens
for (let conn = asked.pop(); conn !== undefined; conn = asked.pop()) conn.received(fresh(RESPONSE));
let best = Infinity;
let bare = Infinity;
for (let round = 0; round < ROUNDS; round++) {
  let began = performance.now();
  for (let i = 0; i < EACH; i++) once(bytes);
  best = Math.min(best, performance.now() - began);
  began = performance.now();
  for (let i = 0; i < EACH; i++) fresh(bytes)[0] = fresh(RESPONSE)[0] as number;
  bare = Math.min(bare, performance.now() - began);
}
taken += downstream.taken;
if (taken === 0) throw new Error("nothing was answered");
const ns = (ms: number): string => ((ms * 1e6) / EACH).toFixed(0);
console.log(`${mode}  ${ns(best)} ns a request, of it ${ns(bare)} for the read buffers; ${(taken / (ROUNDS * EACH + 1)).toFixed(0)} bytes a response`);
process.exit(0);
