import { mkdtempSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, describe, expect, it } from "vitest";
import { ipAddress, pipeAddress } from "../../src/platform/address.ts";
import { BunTransport } from "../../src/platform/bun-transport.ts";
import type { Transport } from "../../src/platform/conn.ts";
import { type EventLoop, RuntimeLoop } from "../../src/platform/event-loop.ts";
import { kernelCalls } from "../../src/platform/kernel-calls.ts";
import { KernelLoop } from "../../src/platform/kernel-loop.ts";
import { KernelTransport } from "../../src/platform/kernel-transport.ts";
import type { ConnContext } from "../../src/platform/raw-socket.ts";
import { SystemClock } from "../../src/platform/system-clock.ts";
import { Turn } from "../../src/platform/turn.ts";
import { overTls } from "../support/tls-transport.ts";
import { type ConnWorld, Ear, connSuite, say } from "../contract/conn.suite.ts";
import { unixSocketSuite } from "../contract/unix-socket.suite.ts";
import { silentHost } from "../support/silent-host.ts";

interface Native {
  readonly name: string;
  transport(context: ConnContext, loop: EventLoop): Transport;
  /** What drives its clock. */
  open(): EventLoop;
}

/** While a loop of ours waits, the runtime's timers do: it goes round only for the tests that are about it. */
let ours: KernelLoop | null = null;

function closeLoop(): void {
  ours?.stop();
  ours = null;
}

function natives(): Native[] {
  if (typeof Bun === "undefined") return [];
  const bun: Native = { name: "Bun's sockets", open: () => new RuntimeLoop(), transport: (context) => new BunTransport(context) };
  const calls = kernelCalls();
  if (calls === null) return [bun];
  const kernel: Native = {
    name: "the kernel's sockets",
    open(): EventLoop {
      ours ??= KernelLoop.open(calls, () => undefined);
      if (ours === null) throw new Error("the runtime's epoll was not found");
      return ours;
    },
    transport: (context, loop) => new KernelTransport(context, loop as KernelLoop),
  };
  return [bun, kernel];
}

const present = natives();
if (present.length === 0) console.warn("skipped: native sockets, this is not Bun");
if (present.length === 1) console.warn("skipped: the kernel's sockets, this is not Linux");

let clock: SystemClock;
/** By the clock of the loop under test: while that waits, the runtime's timers do. */
const sleep = (ms: number): Promise<void> => new Promise((done) => void clock.after(ms, done));

function worldOf({ open, transport }: Native): ConnWorld {
  const faults: unknown[] = [];
  const loop = open();
  const turn = new Turn((error) => faults.push(error), loop);
  clock = new SystemClock(turn, loop);
  return {
    transport: transport({ turn, clock }, loop),
    faults,
    anywhere: ipAddress("127.0.0.1", 0),
    nowhere: ipAddress("127.0.0.1", 1),
    blackhole: undefined,
    seesResetWhilePaused: true,
    pass: sleep,
  };
}

function secured(plain: ConnWorld): ConnWorld {
  return { ...plain, transport: overTls(plain.transport), tls: true };
}

describe.each(present)("$name", (native) => {
  const world = (): ConnWorld => worldOf(native);
  afterAll(closeLoop);
  connSuite(native.name, world);
  connSuite(`TLS on ${native.name}`, () => secured(world()));

  it("listen on IPv6, and on :: without IPv4", async () => {
    const { transport } = world();
    const ear = new Ear();
    const v6 = await transport.listen(ipAddress("::", 0), { reusePort: true }, (conn) => { conn.handler = ear; });
    const port = v6.address.kind === "ip" ? v6.address.port : 0;
    const client = new Ear();
    const conn = transport.dialer.dial(ipAddress("::1", port), client, { timeoutMs: 1000, highWatermark: 0 });
    const v4 = new Ear();
    transport.dialer.dial(ipAddress("127.0.0.1", port), v4, { timeoutMs: 1000, highWatermark: 0 });
    say(conn, "six");
    for (let i = 0; i < 200 && (ear.bytes < 3 || v4.causes.length === 0); i++) await sleep(5);
    expect(ear.text).toBe("six");
    expect(v4.causes).toEqual(["refused"]);
    conn.reset();
    v6.stop();
  });

  it("give up on a silent host, and stop trying", async () => {
    const silent = await silentHost();
    const { transport } = world();
    const dialing = `:${silent.address.port.toString(16).toUpperCase().padStart(4, "0")} 02 `;
    const attempts = (): number => readFileSync("/proc/net/tcp", "latin1").split(dialing).length - 1;
    const before = attempts();
    const ears = Array.from({ length: 5 }, () => new Ear());
    for (const ear of ears) transport.dialer.dial(silent.address, ear, { timeoutMs: 100, highWatermark: 0 });
    await sleep(50);
    expect(ears.flatMap((ear) => ear.events)).toEqual([]);
    expect(attempts()).toBe(before + ears.length);
    for (let i = 0; i < 200 && ears.some((ear) => ear.causes.length === 0); i++) await sleep(5);
    expect(ears.flatMap((ear) => ear.events)).toEqual(ears.map(() => "close timeout"));
    await sleep(50);
    expect(attempts()).toBe(before);
    await silent.close();
  });

  it("dial from a given source address", async () => {
    const { transport } = world();
    let from = "";
    const acceptor = await transport.listen(ipAddress("127.0.0.1", 0), { reusePort: false }, (conn) => {
      from = conn.remote.kind === "ip" ? conn.remote.ip : "";
      conn.reset();
    });
    const client = new Ear();
    transport.dialer.dial(acceptor.address, client, { timeoutMs: 1000, highWatermark: 0, source: ipAddress("127.0.0.9", 0) });
    for (let i = 0; i < 200 && client.causes.length === 0; i++) await sleep(5);
    expect(from).toBe("127.0.0.9");
    acceptor.stop();
  });

  it("speak over abstract sockets", async () => {
    const { transport } = world();
    const address = pipeAddress(`@conn-test-${process.pid}-${present.indexOf(native)}`);
    const ear = new Ear();
    const acceptor = await transport.listen(address, { reusePort: false }, (conn) => { conn.handler = ear; });
    const conn = transport.dialer.dial(address, new Ear(), { timeoutMs: 1000, highWatermark: 0 });
    say(conn, "hello");
    for (let i = 0; i < 200 && ear.bytes < 5; i++) await sleep(5);
    expect(ear.text).toBe("hello");
    conn.reset();
    acceptor.stop();
  });

  unixSocketSuite(native.name, world);
});

describe.skipIf(process.platform !== "linux").each(present)("a socket of $name that several listen on", (native) => {
  const world = (): ConnWorld => worldOf(native);
  afterAll(closeLoop);
  it("is a Unix socket or a port, and its connections come to each of them until the last has stopped", async () => {
    const folder = mkdtempSync(join(tmpdir(), "shared-"));
    try {
      for (const address of [pipeAddress(join(folder, "s")), pipeAddress(`@legate-${process.pid}-${present.indexOf(native)}`), ipAddress("127.0.0.1", 0)]) {
        const { transport } = world();
        const shared = await transport.share(address, { reusePort: false, mode: 0o600, backlog: 7 });
        if (shared === null) throw new Error("not shared");
        const ears = [new Ear(), new Ear()];
        const acceptors = await Promise.all(ears.map((ear) => transport.listen(shared.address, { reusePort: false, shared: shared.fd }, (conn) => { conn.handler = ear; })));
        const talk = async (): Promise<number> => {
          const before = ears.reduce((sum, ear) => sum + ear.bytes, 0);
          const conn = transport.dialer.dial(shared.address, new Ear(), { timeoutMs: 1000, highWatermark: 0 });
          say(conn, "x");
          for (let i = 0; i < 100 && ears.reduce((sum, ear) => sum + ear.bytes, 0) === before; i++) await sleep(5);
          conn.close();
          return ears.reduce((sum, ear) => sum + ear.bytes, 0) - before;
        };
        expect(await talk()).toBe(1);
        acceptors[0]?.stop();
        for (let i = 0; i < 5; i++) expect(await talk()).toBe(1);
        acceptors[1]?.stop();
        shared.close();
        const late = new Ear();
        transport.dialer.dial(shared.address, late, { timeoutMs: 1000, highWatermark: 0 });
        for (let i = 0; i < 100 && late.causes.length === 0; i++) await sleep(5);
        expect(late.causes).toEqual(["refused"]);
      }
      expect(readdirSync(folder)).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

describe.skipIf(process.platform !== "linux").each(present)("socket options of $name", (native) => {
  const world = (): ConnWorld => worldOf(native);
  afterAll(closeLoop);
  it("are inherited by what the listener accepts", async () => {
    const { transport } = world();
    const accepted = Promise.withResolvers<number>();
    const ear = new Ear();
    const acceptor = await transport.listen(ipAddress("127.0.0.1", 0), {
      reusePort: false, socketOptions: [{ level: 1, name: 9, value: 1 }, { level: 6, name: 4, value: 77 }],
    }, (conn) => {
      conn.handler = ear;
      accepted.resolve(conn.fd);
    });
    const conn = transport.dialer.dial(acceptor.address, new Ear(), { timeoutMs: 1000, highWatermark: 0 });
    const fd = await accepted.promise;
    const { symbols } = (await import("bun:ffi")).dlopen("libc.so.6", { getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" } });
    const value = (level: number, name: number): number => {
      const [bytes, length] = [Buffer.alloc(4), Buffer.from([4, 0, 0, 0])];
      expect(symbols.getsockopt(fd, level, name, bytes, length)).toBe(0);
      return bytes.readInt32LE();
    };
    expect([value(1, 9), value(6, 4)]).toEqual([1, 77]);
    conn.close();
    acceptor.stop();
  });

  it("that the system does not take make the listener fail", async () => {
    const failure = await world().transport.listen(ipAddress("127.0.0.1", 0), { reusePort: false, socketOptions: [{ level: 6, name: 9999, value: 1 }] }, () => undefined).catch((error: unknown) => error);
    expect(String(failure)).toContain("socket option 9999 of level 6");
  });
});
