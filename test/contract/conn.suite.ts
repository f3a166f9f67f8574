import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { type SocketAddress, ipAddress, sameAddress } from "../../src/platform/address.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import { type Acceptor, type CloseCause, type Conn, type ConnHandler, type DialOptions, ListenError, type Transport } from "../../src/platform/conn.ts";

/** What an implementation offers its contract suite. */
export interface ConnWorld {
  readonly transport: Transport;
  /** What handlers threw. */
  readonly faults: unknown[];
  /** An address to listen on, its port free to choose. */
  readonly anywhere: SocketAddress;
  /** Nobody listens there. */
  readonly nowhere: SocketAddress;
  /** Dialing it is never answered; undefined where that cannot be had. */
  readonly blackhole: SocketAddress | undefined;
  /** Whether a reset is noticed while paused. */
  readonly seesResetWhilePaused: boolean;
  /** Its connections speak TLS. */
  readonly tls?: boolean;
  /** Lets `ms` pass, as seen by the transport's clock. */
  pass(ms: number): Promise<void>;
}

/** Keeps what it hears; each hook may be replaced. */
export class Ear implements ConnHandler {
  borrows = false;
  conn: Conn | undefined;
  readonly events: string[] = [];
  readonly causes: CloseCause[] = [];
  readonly chunks: Buffer[] = [];
  bytes = 0;
  drains = 0;
  ends = 0;
  connects = 0;
  /** Called after the bytes were kept. */
  heard: (conn: Conn, chunk: Buffer) => void = () => {};
  drained: (conn: Conn) => void = () => {};
  finished: (conn: Conn) => void = () => {};

  onConnect(): void {
    this.connects++;
    this.events.push("connect");
  }

  onData(conn: Conn, chunk: Buffer): void {
    this.bytes += chunk.length;
    this.events.push("data");
    if (this.bytes <= 1_000_000) this.chunks.push(chunk);
    this.heard(conn, chunk);
  }

  onDrain(conn: Conn): void {
    this.drains++;
    this.drained(conn);
  }

  onEnd(conn: Conn): void {
    this.ends++;
    this.events.push("end");
    this.finished(conn);
  }

  onClose(_conn: Conn, cause: CloseCause): void {
    this.causes.push(cause);
    this.events.push(`close ${cause}`);
  }

  get text(): string {
    return Buffer.concat(this.chunks).toString("latin1");
  }
}

export function say(conn: Conn, text: string): boolean {
  return conn.write(Buffer.from(text, "latin1"), 0, text.length);
}

const DIAL: DialOptions = { timeoutMs: 5000, highWatermark: 1 << 20 };

/** The promises of `Conn`, `Dialer` and `Transport`, put to one implementation. */
export function connSuite(name: string, make: () => ConnWorld): void {
  describe(`connections over ${name}`, () => {
    let world: ConnWorld;
    let acceptor: Acceptor;
    let server: Ear;
    let client: Ear;
    let accepted: Conn[];
    const open: Conn[] = [];

    beforeEach(async () => {
      world = make();
      server = new Ear();
      client = new Ear();
      accepted = [];
      acceptor = await world.transport.listen(world.anywhere, { reusePort: false }, (conn) => {
        accepted.push(conn);
        open.push(conn);
        conn.handler = server;
      });
    });

    afterEach(() => {
      for (const conn of open) conn.reset();
      open.length = 0;
      acceptor.stop();
    });

    async function until(what: string, holds: () => boolean): Promise<void> {
      for (let i = 0; i < 1000; i++) {
        if (holds()) return;
        await world.pass(5);
      }
      throw new Error(`waited in vain for ${what}; client heard ${client.events.slice(-5).join()}, server ${server.events.slice(-5).join()}`);
    }

    function dial(options: Partial<DialOptions> = {}): Conn {
      const conn = world.transport.dialer.dial(acceptor.address, client, { ...DIAL, ...options });
      open.push(conn);
      return conn;
    }

    async function pair(options: Partial<DialOptions> = {}): Promise<[Conn, Conn]> {
      const conn = dial(options);
      await until("both ends", () => client.connects === 1 && accepted.length === 1);
      return [conn, accepted[0] as Conn];
    }

    it("carries bytes both ways, byte values above 0x7f included", async () => {
      server.heard = (conn, chunk) => conn.write(chunk, 0, chunk.length);
      const [conn] = await pair();
      say(conn, "h\xe9llo\r\n\0\xff");
      await until("the echo", () => client.bytes === 9);
      expect(client.text).toBe("h\xe9llo\r\n\0\xff");
      expect(client.events[0]).toBe("connect");
    });

    it("tells both addresses, and keeps them after the end", async () => {
      const [conn, other] = await pair();
      const check = (): void => {
        expect(sameAddress(conn.remote, acceptor.address)).toBe(true);
        expect(sameAddress(other.local, acceptor.address)).toBe(true);
        expect(sameAddress(other.remote, conn.local)).toBe(true);
      };
      check();
      conn.close();
      other.close();
      await until("the ends", () => client.causes.length + server.causes.length === 2);
      check();
      expect(conn.id).not.toBe(other.id);
      expect([conn.tls?.alpn, other.tls?.alpn]).toEqual(world.tls === true ? ["h2", "h2"] : [undefined, undefined]);
    });

    it("sends what was written before the connection opened", async () => {
      const conn = dial();
      say(conn, "early");
      await until("the bytes", () => server.text === "early");
    });

    it("gathers what is written in one event, in order, large pieces included", async () => {
      const [conn, other] = await pair();
      const large = Buffer.alloc(100_000, "L");
      server.heard = () => {
        if (server.bytes > 2) return;
        say(other, "head;");
        other.write(large, 0, large.length);
        say(other, ";tail");
      };
      say(conn, "go");
      await until("the answer", () => client.bytes === 100_010);
      expect(client.text).toBe(`head;${"L".repeat(100_000)};tail`);
    });

    it("delivers small writes of one event together", async () => {
      const [conn, other] = await pair();
      server.heard = () => {
        say(other, "head");
        say(other, "body");
      };
      say(conn, "go");
      await until("the answer", () => client.bytes === 8);
      expect(client.chunks.map((c) => c.toString())).toEqual(["headbody"]);
    });

    it("copies what it keeps: the caller's buffer may be reused at once", async () => {
      const [conn] = await pair();
      const buffer = Buffer.from("one");
      conn.write(buffer, 0, 3);
      buffer.write("two");
      conn.write(buffer, 0, 3);
      buffer.write("xxx");
      await until("the bytes", () => server.bytes === 6);
      expect(server.text).toBe("onetwo");
    });

    it("moves 10 MB with bounded memory: false from write, onDrain once there is room", async () => {
      const highWatermark = 256 * 1024;
      const [conn, other] = await pair({ highWatermark });
      const block = Buffer.alloc(50_000, "x");
      const total = 200 * block.length;
      let [sent, most, refusals] = [0, 0, 0];
      const pump = (): void => {
        while (sent < total) {
          sent += block.length;
          const room = conn.write(block, 0, block.length);
          most = Math.max(most, conn.buffered);
          if (room) continue;
          refusals++;
          return;
        }
      };
      client.drained = pump;
      other.pause();
      pump();
      await world.pass(20);
      // the kernel's buffers are full: where sealing is done later, it took more than one refusal to get there
      expect(sent).toBeLessThan(total);
      expect(client.drains).toBe(refusals - 1);
      if (world.tls !== true) expect(refusals).toBe(1);
      other.resume();
      await until("all bytes", () => server.bytes === total);
      expect(most).toBeLessThanOrEqual(highWatermark + block.length);
      expect(client.drains).toBe(refusals);
    });

    it("reads nothing while paused, and loses nothing", async () => {
      const [conn, other] = await pair();
      other.pause();
      say(conn, "abc");
      conn.end();
      await world.pass(30);
      expect(server.events).toEqual([]);
      other.resume();
      await until("the end", () => server.ends === 1);
      expect(server.text).toBe("abc");
    });

    it("half-closes: after end() the other side's answer still arrives", async () => {
      server.finished = (conn) => {
        say(conn, "answer");
        conn.end();
      };
      const [conn] = await pair();
      say(conn, "question");
      conn.end();
      expect(conn.writable).toBe(false);
      await until("both ends", () => client.causes.length === 1 && server.causes.length === 1);
      expect(server.events).toEqual(["data", "end", "close local"]);
      expect(client.events).toEqual(["connect", "data", "end", "close remote"]);
      expect(client.text).toBe("answer");
    });

    it("end() and close() send what is buffered first", async () => {
      const [conn, other] = await pair();
      const large = Buffer.alloc(3_000_000, "x");
      other.pause();
      conn.write(large, 0, large.length);
      conn.close();
      other.resume();
      await until("all bytes", () => server.bytes === large.length && client.causes.length === 1);
      expect(client.causes).toEqual(["local"]);
    });

    it("close() against a peer that does not read gives up after a second", async () => {
      const [conn, other] = await pair();
      other.pause();
      conn.write(Buffer.alloc(20_000_000), 0, 20_000_000);
      conn.close();
      await world.pass(500);
      expect(client.causes).toEqual([]);
      await world.pass(700);
      await until("the end", () => client.causes.length === 1);
      expect(client.causes).toEqual(["local"]);
    });

    it("close(lingerMs) sends what is buffered and waits for the peer's FIN, hearing nothing more", async () => {
      const [conn, other] = await pair();
      say(conn, "bye");
      conn.close(2000);
      await world.pass(20);
      say(other, "too late");
      await world.pass(20);
      expect(server.ends).toBe(0);
      expect(client.causes).toEqual([]);
      other.end();
      await until("the end", () => client.causes.length === 1 && server.causes.length === 1);
      expect(client.events).toEqual(["connect", "close local"]);
      expect(server.causes[0]).not.toBe("reset");
    });

    it("close(lingerMs) waits no longer than that", async () => {
      const [conn] = await pair();
      conn.close(100);
      await world.pass(40);
      expect(client.causes).toEqual([]);
      await world.pass(120);
      await until("the end", () => client.causes.length === 1);
    });

    it("reset() breaks it off: local here, reset there, nothing in between", async () => {
      const [conn] = await pair();
      conn.reset();
      expect(client.causes).toEqual([]);
      await until("both ends", () => client.causes.length === 1 && server.causes.length === 1);
      expect(client.causes).toEqual(["local"]);
      expect(server.events).toEqual(["close reset"]);
    });

    it("reset() waits for nothing: what a stuck peer has not read is dropped", async () => {
      const [conn, other] = await pair();
      other.pause();
      conn.write(Buffer.alloc(20_000_000), 0, 20_000_000);
      await world.pass(20);
      conn.reset();
      await world.pass(20);
      other.resume();
      await until("both ends", () => client.causes.length === 1 && server.causes.length + server.ends > 0);
      if (world.seesResetWhilePaused) expect(server.causes).toEqual(["reset"]);
      expect(server.bytes).toBeLessThan(20_000_000);
    });

    it("tells of a reset while paused", async ({ skip }) => {
      if (!world.seesResetWhilePaused) return skip("a paused socket is not watched here");
      const [conn, other] = await pair();
      other.pause();
      conn.reset();
      await until("the end", () => server.causes.length === 1);
      expect(server.causes).toEqual(["reset"]);
    });

    it("closes exactly once, whatever is called", async () => {
      const [conn] = await pair();
      conn.end();
      conn.close();
      conn.close(50);
      conn.reset();
      conn.close();
      expect(say(conn, "nothing")).toBe(true);
      await until("both ends", () => client.causes.length === 1 && server.causes.length === 1);
      await world.pass(20);
      expect(client.causes).toEqual(["local"]);
      expect(server.bytes).toBe(0);
    });

    it("reports a refused connection, and no onConnect", async () => {
      world.transport.dialer.dial(world.nowhere, client, DIAL);
      expect(client.events).toEqual([]);
      await until("the refusal", () => client.causes.length === 1);
      expect(client.events).toEqual(["close refused"]);
    });

    it("gives up dialing after timeoutMs", async ({ skip }) => {
      if (world.blackhole === undefined) return skip("no address that never answers");
      world.transport.dialer.dial(world.blackhole, client, { ...DIAL, timeoutMs: 60 });
      await world.pass(30);
      expect(client.causes).toEqual([]);
      await world.pass(60);
      await until("the timeout", () => client.causes.length === 1);
      expect(client.causes).toEqual(["timeout"]);
    });

    it("close() while dialing ends it", async () => {
      const conn = dial();
      conn.close();
      await until("the end", () => client.causes.length === 1);
      await world.pass(20);
      expect(client.events).toEqual(["close local"]);
    });

    it("hands a connection on by assignment; unshift gives the next handler the bytes first", async () => {
      const next = new Ear();
      server.heard = (conn, chunk) => {
        conn.handler = next;
        conn.unshift(chunk.subarray(3));
        expect(next.bytes).toBe(0);
      };
      const [conn] = await pair();
      say(conn, "GETrest");
      await until("the rest", () => next.text === "rest");
      say(conn, "+more");
      await until("more", () => next.text === "rest+more");
      conn.end();
      await until("the end", () => next.ends === 1);
      expect(server.bytes).toBe(7);
    });

    it("holds unshifted bytes back while paused", async () => {
      server.heard = (conn, chunk) => {
        server.heard = () => {};
        conn.pause();
        conn.unshift(chunk);
      };
      const [conn, other] = await pair();
      say(conn, "abc");
      await until("the bytes", () => server.bytes === 3);
      await world.pass(20);
      expect(server.bytes).toBe(3);
      other.resume();
      await until("them again", () => server.bytes === 6);
    });

    it("a throw in a handler is reported and costs that connection only", async () => {
      server.heard = (_conn, chunk) => {
        if (chunk.toString() === "bad") throw new Error("handler broke");
      };
      const [conn] = await pair();
      const healthy = new Ear();
      const second = world.transport.dialer.dial(acceptor.address, healthy, DIAL);
      open.push(second);
      await until("the second", () => accepted.length === 2 && healthy.connects === 1);
      say(conn, "bad");
      await until("both ends", () => client.causes.length === 1 && server.causes.length === 1);
      expect(world.faults.map(String)).toEqual(["Error: handler broke"]);
      expect(server.causes).toEqual(["error"]);
      expect(client.causes).toEqual(["reset"]);
      say(second, "good");
      await until("the good one", () => server.bytes === 7);
    });

    it("a throw in onClose is reported and nothing else", async () => {
      const [conn] = await pair();
      client.onClose = () => {
        throw new Error("close broke");
      };
      conn.reset();
      await until("the report", () => world.faults.length === 1);
      await world.pass(20);
      expect(world.faults).toHaveLength(1);
    });

    it("a throw in onDrain, onEnd or onConnect resets", async () => {
      server.finished = () => {
        throw new Error("end broke");
      };
      const [conn] = await pair();
      conn.end();
      await until("the ends", () => client.causes.length === 1 && server.causes.length === 1);
      expect(server.causes).toEqual(["error"]);
      expect(world.faults).toHaveLength(1);
    });

    it("a throw while a connection is taken in resets it", async () => {
      acceptor.stop();
      acceptor = await world.transport.listen(world.anywhere, { reusePort: false }, () => {
        throw new Error("not taken in");
      });
      dial();
      await until("the end", () => client.causes.length === 1);
      expect(client.causes).toEqual(["reset"]);
      expect(world.faults.map(String)).toEqual(["Error: not taken in"]);
    });

    it("may be closed, reset or written to from any handler", async () => {
      server.onClose = (conn) => {
        conn.close();
        conn.reset();
        conn.end();
        say(conn, "dead");
        conn.pause();
        conn.resume();
        conn.unshift(Buffer.from("x"));
        server.causes.push("local");
      };
      server.finished = (conn) => conn.close();
      client.onConnect = () => client.conn?.close();
      client.conn = dial();
      await until("both ends", () => client.causes.length === 1 && server.causes.length === 1);
      await world.pass(20);
      expect([client.causes, server.causes, server.bytes]).toEqual([["local"], ["local"], 0]);
      expect(world.faults).toEqual([]);
    });

    it("hears nothing after close() or reset(), though bytes lie ready", async () => {
      for (const how of ["close", "reset"] as const) {
        const ear = new Ear();
        const conn = world.transport.dialer.dial(acceptor.address, ear, DIAL);
        open.push(conn);
        ear.heard = () => {
          conn.unshift(Buffer.from("again"));
          conn[how]();
        };
        await until("the pair", () => ear.connects === 1 && accepted.at(-1)?.writable === true);
        const other = accepted.at(-1) as Conn;
        say(other, "one");
        await until("the end", () => ear.causes.length === 1);
        expect(ear.events).toEqual(["connect", "data", "close local"]);
        other.reset();
      }
    });

    it("pause() before the connection opens holds the first bytes back", async () => {
      const conn = dial();
      conn.pause();
      await until("the other end", () => accepted.length === 1);
      say(accepted[0] as Conn, "banner");
      await until("the opening", () => client.connects === 1);
      await world.pass(30);
      expect(client.bytes).toBe(0);
      conn.resume();
      await until("the banner", () => client.text === "banner");
    });

    it("raising highWatermark calls a waiting writer back", async () => {
      const [conn, other] = await pair({ highWatermark: 1000 });
      other.pause();
      expect(conn.write(Buffer.alloc(20_000_000), 0, 20_000_000)).toBe(false);
      await world.pass(20);
      expect(client.drains).toBe(0);
      conn.highWatermark = 0;
      await until("the call", () => client.drains === 1);
    });

    it.each([false, true])("delivers exactly what was written, whatever is paused, buffered and handed on (random, seed printed), the bytes being lent: %s", async (lent) => {
      const seed = Number(process.env["SEED"] ?? 4711);
      const random = new SeededRandom(seed);
      const [conn, other] = await pair({ highWatermark: 100_000 });
      other.highWatermark = 50_000;
      interface Side { readonly conn: Conn; readonly ear: Ear; sent: number; got: number }
      const sides: [Side, Side] = [{ conn, ear: client, sent: 0, got: 0 }, { conn: other, ear: server, sent: 0, got: 0 }];
      const check = (side: Side) => (c: Conn, chunk: Buffer): void => {
        let kept = chunk;
        if (chunk.length > 10 && random.u32() % 4 === 0) {
          const cut = random.u32() % chunk.length;
          if (random.u32() % 3 === 0) c.pause();
          c.unshift(lent ? Buffer.from(chunk.subarray(cut)) : chunk.subarray(cut));
          kept = chunk.subarray(0, cut);
        }
        for (const byte of kept) if (byte !== side.got++ % 251) throw new Error(`wrong byte at ${side.got - 1}, seed ${seed}`);
      };
      for (const { ear } of sides) ear.borrows = lent;
      for (const side of sides) side.ear.heard = check(side);
      for (let step = 0; step < 120; step++) {
        const side = sides[random.u32() & 1] as Side;
        const size = random.u32() % (random.u32() % 5 === 0 ? 300_000 : 500);
        const chunk = Buffer.alloc(size);
        for (let i = 0; i < size; i++) chunk[i] = side.sent++ % 251;
        side.conn.write(chunk, 0, size);
        if (random.u32() % 3 === 0) side.conn.pause();
        if (random.u32() % 2 === 0) side.conn.resume();
        if (random.u32() % 3 === 0) await world.pass(1);
      }
      for (const side of sides) side.conn.end();
      await until("both ends", () => {
        for (const side of sides) side.conn.resume();
        return client.causes.length === 1 && server.causes.length === 1;
      });
      expect(world.faults, `seed ${seed}`).toEqual([]);
      expect([sides[0].got, sides[1].got], `seed ${seed}`).toEqual([sides[1].sent, sides[0].sent]);
    });

    it("after stop() nobody new comes in and open connections live on", async () => {
      const [conn] = await pair();
      acceptor.stop();
      const late = new Ear();
      world.transport.dialer.dial(acceptor.address, late, DIAL);
      await until("the refusal", () => late.causes.length === 1);
      expect(late.causes).toEqual(["refused"]);
      say(conn, "still here");
      await until("the bytes", () => server.text === "still here");
    });

    it("tells of a taken address with its code", async () => {
      await expect(world.transport.listen(acceptor.address, { reusePort: false }, () => {})).rejects.toMatchObject({ name: "ListenError", code: "EADDRINUSE" });
      await expect(world.transport.probeExclusive(acceptor.address)).rejects.toBeInstanceOf(ListenError);
    });

    it("probes a free address, and lets go of it", async () => {
      const free = await world.transport.probeExclusive(world.anywhere);
      expect(free.kind === "ip" && free.port > 0).toBe(true);
      const again = await world.transport.listen(free, { reusePort: false }, () => {});
      expect(again.address).toEqual(free);
      again.stop();
    });

    it("the probe finds a port whose owner would share it", async ({ skip }) => {
      if (!world.transport.sharesPorts) return skip("ports are not shared here");
      const one = await world.transport.listen(world.anywhere, { reusePort: true }, () => {});
      const two = await world.transport.listen(one.address, { reusePort: true }, () => {});
      await expect(world.transport.probeExclusive(one.address)).rejects.toMatchObject({ code: "EADDRINUSE" });
      one.stop();
      two.stop();
    });

    it("refuses an address that is not this machine's", async () => {
      await expect(world.transport.listen(ipAddress("192.0.2.77", 0), { reusePort: false }, () => {})).rejects.toMatchObject({ code: "EADDRNOTAVAIL" });
    });
  });
}
