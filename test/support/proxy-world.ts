import { expect } from "vitest";
import type { Env } from "../../src/contract/env.ts";
import { type CompileContext, Registry } from "../../src/contract/extension.ts";
import { NO_RUNTIME } from "../../src/contract/request-view.ts";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { ipAddress } from "../../src/platform/address.ts";
import type { CloseCause, Conn, ConnHandler } from "../../src/platform/conn.ts";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import { MemoryTransport } from "../../src/platform/memory-transport.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import { Turn } from "../../src/platform/turn.ts";
import { loadConfiguration, surroundingsOf } from "../../src/resources/configuration.ts";
import type { Cluster } from "../../src/schema/generated/envoy/config/cluster/v3.ts";
import { LiveSet } from "../../src/server/live-set.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";
import { compileCluster } from "../../src/upstream/cluster-plan.ts";
import { bootstrap, cluster, fileLog, forward, httpListener, table, text } from "./bootstrap.ts";
import { NO_SECRETS } from "../../src/contract/secrets.ts";
import { MemoryFiles } from "../../src/platform/memory-files.ts";

type Json = Readonly<Record<string, unknown>>;

export const PROXY = ipAddress("127.0.0.1", 8080);
export const UPSTREAM = ipAddress("127.0.0.1", 9000);

/** One end of a connection in memory, played by a test. */
export class Peer implements ConnHandler {
  received = "";
  conn!: Conn;
  ended = false;
  closed: CloseCause | null = null;

  onData(_conn: Conn, chunk: Buffer): void {
    this.received += chunk.toString("latin1");
  }

  onDrain(): void {}

  onEnd(): void {
    this.ended = true;
  }

  onClose(_conn: Conn, cause: CloseCause): void {
    this.closed = cause;
  }

  /** The other side has finished, well or ill. */
  get over(): boolean {
    return this.ended || this.closed !== null;
  }

  send(bytes: string): void {
    const chunk = Buffer.from(bytes, "latin1");
    this.conn.write(chunk, 0, chunk.length);
  }

  /** Status codes of what was received, in order. */
  get statuses(): number[] {
    return [...this.received.matchAll(/HTTP\/1\.1 (\d\d\d)/g)].map((match) => Number(match[1]));
  }
}

export interface WorldParts {
  /** Fields of the connection manager. */
  readonly manager?: Json;
  readonly routes?: readonly Json[];
  /** Fields of the cluster `u`, whose one host is UPSTREAM unless another assignment is given. */
  readonly cluster?: Json;
  readonly listener?: Json;
}

/** A worker's whole live set in a network and time of its own: what a client sends comes in, what an upstream sees comes out. */
export class ProxyWorld {
  readonly clock = new FakeClock();
  readonly stats = new LocalStats();
  readonly bugs: unknown[] = [];
  readonly log: string[] = [];
  /** Connections the upstream was sent, in order. */
  readonly upstreams: Peer[] = [];
  draining = false;
  healthCheckFailed = false;
  readonly transport: MemoryTransport;
  readonly live: LiveSet;
  readonly #context: CompileContext;

  private constructor() {
    this.transport = new MemoryTransport({ turn: new Turn((error) => this.bugs.push(error)), clock: this.clock });
    this.#context = { diagnostics: { report: () => undefined }, registry: new Registry(ALL_EXTENSIONS), statPrefix: "", surroundings: surroundingsOf({}, { serviceCluster: "", nodeId: "" }) };
    this.live = new LiveSet(this.transport, this.#context, "worker_0");
    this.live.begin(this.#environment());
  }

  static async open(parts: WorldParts = {}): Promise<ProxyWorld> {
    const world = new ProxyWorld();
    await world.transport.listen(UPSTREAM, { reusePort: true }, (conn) => {
      const peer = new Peer();
      peer.conn = conn;
      conn.handler = peer;
      world.upstreams.push(peer);
    });
    await world.configure(parts);
    return world;
  }

  /** Brings this configuration to life, or replaces what is live by it. */
  async configure({ manager = {}, routes = [forward("/", "u")], cluster: more = {}, listener = {} }: WorldParts): Promise<void> {
    const front = { ...httpListener("front", PROXY.port, { route_config: table(...routes), access_log: [fileLog("log")], ...manager }), ...listener };
    const config = text(bootstrap({ listeners: [front], clusters: [cluster("u", UPSTREAM.port, more)] }));
    const { resources, findings } = loadConfiguration({ file: { name: "world.yaml", bytes: Buffer.from(config) }, overlay: undefined }, {
      registry: this.#context.registry, read: (name) => ({ name, problem: "does not exist" }), serviceCluster: "", nodeId: "",
      unknownStaticFields: "error", unknownDynamicFields: "error", unsupported: "error",
    });
    expect(findings.filter((finding) => finding.severity === "error")).toEqual([]);
    for (const resource of resources) {
      await this.live.upsert(resource, undefined);
      if (resource.type === "cluster") this.live.setHosts(resource.name, compileCluster(JSON.parse(resource.text) as Cluster, this.#context).endpoints.hosts);
    }
  }

  /** A client's connection, open. */
  async client(): Promise<Peer> {
    const peer = new Peer();
    peer.conn = this.transport.dial(PROXY, peer, { timeoutMs: 1000, highWatermark: 1 << 20 });
    await this.settle();
    return peer;
  }

  /** A client that has sent a request. */
  async asking(path = "/", headers = ""): Promise<Peer> {
    const peer = await this.client();
    peer.send(`GET ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`);
    await this.settle();
    return peer;
  }

  /** The upstream's side of a connection. */
  upstream(index = -1): Peer {
    const peer = this.upstreams.at(index);
    if (peer === undefined) throw new Error("the upstream was sent no connection");
    return peer;
  }

  async answer(body = "ok", peer = this.upstream()): Promise<void> {
    peer.send(`HTTP/1.1 200 OK\r\ncontent-length: ${body.length}\r\n\r\n${body}`);
    await this.settle();
  }

  /** Lets everything happen that needs no time. */
  async settle(): Promise<void> {
    for (let i = 0; i < 60; i++) await Promise.resolve();
  }

  /** Lets time pass, a quarter of a second at a time: what one timer begins has its own time too. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= 250) {
      this.clock.advance(Math.min(250, left));
      await this.settle();
    }
  }

  stat(name: string): number {
    return this.stats.value(name);
  }

  /** Asserts that nothing is under way in any gauge, and that no handler threw. */
  expectQuiet(): void {
    expect(this.bugs).toEqual([]);
    const active = this.stats.store.numbers().filter((stat) => stat.kind === "gauge" && /_active$|_buffered$/.test(stat.name) && stat.value !== 0);
    expect(active.map((stat) => `${stat.name}: ${stat.value}`)).toEqual([]);
  }

  #environment(): Env {
    return {
      clock: this.clock, random: new SeededRandom(7), dialer: this.transport.dialer, stats: this.stats, runtime: NO_RUNTIME,
      files: new MemoryFiles(), secrets: NO_SECRETS, logs: { open: () => ({ write: (line) => void this.log.push(line) }) }, clusters: this.live, routes: this.live, machineAddress: null,
      machine: { hostname: "here", environment: () => undefined }, draining: () => this.draining, healthCheckFailed: () => this.healthCheckFailed,
    };
  }
}
