import type { DownstreamConnection, NetworkFilter, NetworkHandle, ServedConnection } from "../../src/contract/network-filter.ts";
import { NO_RUNTIME } from "../../src/contract/request-view.ts";
import type { Env } from "../../src/contract/env.ts";
import { AcceptedConnection } from "../../src/downstream/accepted-connection.ts";
import { NetworkChain } from "../../src/downstream/network-chain.ts";
import { ipAddress, type SocketAddress } from "../../src/platform/address.ts";
import type { CloseCause, Conn } from "../../src/platform/conn.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";
import { MemoryNetwork } from "./memory-network.ts";
import { Peer } from "./proxy-world.ts";
import { NO_SECRETS } from "../../src/contract/secrets.ts";
import { MemoryFiles } from "../../src/platform/memory-files.ts";

/** The terminal filter of a stage: writes down what it is given. */
export class Recording implements ServedConnection {
  readonly halfCloses = true;
  busy = true;
  received = "";
  begun = 0;
  ends = 0;
  closed: CloseCause | null = null;
  readonly #done: () => void;

  constructor(done: () => void) {
    this.#done = done;
  }

  drain(): void {}

  begin(): void {
    this.begun++;
  }

  onData(_conn: Conn, chunk: Buffer): void {
    this.received += chunk.toString("latin1");
  }

  onDrain(): void {}

  onEnd(): void {
    this.ends++;
  }

  onClose(_conn: Conn, cause: CloseCause): void {
    this.closed = cause;
    this.#done();
  }
}

/** One connection through some network filters, with its client and a recording terminal filter. */
export class NetworkStage {
  readonly network = new MemoryNetwork();
  readonly stats = new LocalStats();
  readonly client = new Peer();
  terminal!: Recording;
  connection!: DownstreamConnection;
  done = 0;

  /** What extensions are opened with. */
  get env(): Env {
    const { network } = this;
    return {
      clock: network.clock, random: new SeededRandom(7), dialer: network.dialer, stats: this.stats, files: new MemoryFiles(), secrets: NO_SECRETS, logs: { open: () => ({ write: () => undefined }) }, runtime: NO_RUNTIME,
      clusters: { get: () => undefined }, routes: { handle: () => ({ table: () => null }) }, machineAddress: null,
      machine: { hostname: "here", environment: () => undefined }, draining: () => false, healthCheckFailed: () => false,
    };
  }

  /** The client connects; `prepare` may write into the connection's stream info first. */
  async connect(filters: readonly ((handle: NetworkHandle) => NetworkFilter)[], prepare: (connection: DownstreamConnection) => void = () => undefined, at: SocketAddress = ipAddress("127.0.0.1", 8080)): Promise<void> {
    const { network } = this;
    const acceptor = await network.transport.listen(at, { reusePort: true }, (conn) => {
      this.connection = new AcceptedConnection(conn, this.env, false);
      prepare(this.connection);
      const chain = new NetworkChain(this.connection, filters, (_connection, done) => (this.terminal = new Recording(done)), () => this.done++);
      conn.handler = chain;
      chain.begin();
    });
    this.client.conn = network.transport.dial(at, this.client, { timeoutMs: 1000, highWatermark: 1 << 20 });
    await this.settle();
    acceptor.stop();
  }

  async send(bytes: string): Promise<void> {
    this.client.send(bytes);
    await this.settle();
  }

  async settle(): Promise<void> {
    for (let i = 0; i < 40; i++) await Promise.resolve();
  }

  async pass(ms: number): Promise<void> {
    this.network.clock.advance(ms);
    await this.settle();
  }
}
