import { describe, expect, test } from "vitest";
import { formatAddress, ipAddress, type SocketAddress } from "../../src/platform/address.ts";
import type { CloseCause, Conn, ConnHandler, DialOptions } from "../../src/platform/conn.ts";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import { orderAddresses } from "../../src/upstream/address-order.ts";
import { HostDialer } from "../../src/upstream/host-dialer.ts";

const at = (ip: string): SocketAddress => ipAddress(ip, 80);
const ips = (addresses: readonly SocketAddress[]): string[] => addresses.map((address) => (address.kind === "ip" ? address.ip : ""));

test("families take turns, the first address's first unless it is said otherwise", () => {
  const addresses = ["10.0.0.1", "10.0.0.2", "::1", "::2", "10.0.0.3"].map(at);
  expect(ips(orderAddresses(addresses, { first: undefined, count: 1 }))).toEqual(["10.0.0.1", "::1", "10.0.0.2", "::2", "10.0.0.3"]);
  expect(ips(orderAddresses(addresses, { first: "V6", count: 2 }))).toEqual(["::1", "::2", "10.0.0.1", "10.0.0.2", "10.0.0.3"]);
});

interface Dialed {
  readonly address: string;
  readonly options: DialOptions;
  conn: Conn;
  reset: boolean;
}

function open(others: readonly string[], keepAliveMs = 0) {
  const clock = new FakeClock();
  const dialed: Dialed[] = [];
  const seen: string[] = [];
  const inner = {
    dial: (target: SocketAddress, handler: ConnHandler, options: DialOptions): Conn => {
      const entry: Dialed = { address: formatAddress(target), options, reset: false, conn: { handler, setKeepAlive: (_: boolean, ms: number) => void seen.push(`keepalive ${ms}`), reset: () => { entry.reset = true; } } as unknown as Conn };
      dialed.push(entry);
      return entry.conn;
    },
  };
  const handler = { conn: null as Conn | null, onConnect: () => void seen.push("connected"), onData: () => undefined, onDrain: () => undefined, onEnd: () => undefined, onClose: (_: Conn, cause: CloseCause) => void seen.push(cause) };
  const dialer = new HostDialer(inner, clock, { source: at("127.0.0.9"), keepAliveMs, familyOrder: { first: undefined, count: 1 } }, () => others.map(at));
  handler.conn = dialer.dial(at("10.0.0.1"), handler, { timeoutMs: 1000, highWatermark: 0 });
  const close = (i: number, cause: CloseCause): void => { const { conn } = dialed[i] as Dialed; conn.handler.onClose(conn, cause); };
  const connect = (i: number): void => { const { conn } = dialed[i] as Dialed; conn.handler.onConnect?.(conn); };
  return { clock, dialed, seen, handler, close, connect };
}

describe("a host of several addresses", () => {
  test("is tried at the next one when the first fails, and fails when all have", () => {
    const { dialed, seen, close } = open(["10.0.0.2"]);
    close(0, "refused");
    expect([dialed.map(({ address }) => address), seen]).toEqual([["10.0.0.1:80", "10.0.0.2:80"], []]);
    close(1, "timeout");
    expect(seen).toEqual(["timeout"]);
  });

  test("is tried at the next one after 300 ms too; who answers first has it", () => {
    const { dialed, seen, clock, connect, handler } = open(["10.0.0.2", "10.0.0.3"]);
    clock.advance(300);
    clock.advance(300);
    expect(dialed).toHaveLength(3);
    connect(1);
    expect([seen, dialed.map(({ reset }) => reset), handler.conn === dialed[1]?.conn]).toEqual([["connected"], [true, false, true], true]);
    expect(dialed[1]?.conn.handler).toBe(handler);
  });

  test("is given up as a whole", () => {
    const { dialed, seen, close, clock } = open(["10.0.0.2"]);
    close(0, "local");
    clock.advance(1000);
    expect([dialed.length, seen]).toEqual([1, ["local"]]);
  });
});

test("the source address is the cluster's, and keepalive is switched on", () => {
  const { dialed, seen, connect } = open([], 5000);
  connect(0);
  expect([dialed[0]?.options.source, seen]).toEqual([at("127.0.0.9"), ["keepalive 5000", "connected"]]);
});
