import { FakeClock } from "../../src/platform/fake-clock.ts";
import { FakeResolver } from "../../src/platform/fake-dns.ts";
import type { Conn } from "../../src/platform/conn.ts";
import { type SocketAddress, ipAddress } from "../../src/platform/address.ts";
import { MemoryTransport } from "../../src/platform/memory-transport.ts";
import { Turn } from "../../src/platform/turn.ts";

/** A network in memory whose time stands still but for `after`. */
export class MemoryNetwork {
  readonly faults: unknown[] = [];
  readonly clock = new FakeClock();
  readonly resolver = new FakeResolver();
  readonly transport: MemoryTransport;
  readonly facts = { hostname: "here", environment: () => undefined };

  constructor() {
    this.transport = new MemoryTransport({ turn: new Turn((error) => this.faults.push(error)), clock: this.clock });
  }

  get dialer(): MemoryTransport {
    return this.transport;
  }

  /** A server that collects what it is sent and, when `answer` has one for it, sends that. Answers what all connections sent, as they came. */
  async serve(address: SocketAddress | number, answer: (received: string, conn: Conn) => string | undefined): Promise<string[]> {
    const sent: string[] = [];
    await this.transport.listen(typeof address === "number" ? ipAddress("127.0.0.1", address) : address, { reusePort: false }, (conn) => {
      const place = sent.push("") - 1;
      conn.handler = {
        onData: (c, chunk) => {
          sent[place] += chunk.toString("latin1");
          const text = answer(sent[place] ?? "", c);
          if (text !== undefined) c.write(Buffer.from(text, "latin1"), 0, text.length);
        },
        onDrain: () => undefined,
        onEnd: (c) => c.close(),
        onClose: () => undefined,
      };
    });
    return sent;
  }

  /** Waits for a promise, letting time pass in steps whenever nothing else happens; fails when `ms` are not enough. */
  async after<T>(promise: Promise<T>, ms = 120_000, step = 50): Promise<T> {
    const state: { value?: T; done: boolean } = { done: false };
    void promise.then((value) => Object.assign(state, { value, done: true }));
    for (let passed = 0; passed <= ms; passed += step) {
      for (let i = 0; i < 5 && !state.done; i++) await new Promise<void>((next) => setImmediate(next));
      if (state.done) return state.value as T;
      this.clock.advance(step);
    }
    throw new Error(`not done after ${ms} ms`);
  }
}
