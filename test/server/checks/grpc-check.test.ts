import { expect, test } from "vitest";
import * as F from "../../../src/codec/http2-frames.ts";
import { ipAddress } from "../../../src/platform/address.ts";
import { compileCheck, type GrpcCheck } from "../../../src/server/health/check-plan.ts";
import { GrpcCheckProbe } from "../../../src/server/checks/grpc-check.ts";
import * as wire from "../../support/http2-wire.ts";
import { MemoryNetwork } from "../../support/memory-network.ts";
import type { Conn } from "../../../src/platform/conn.ts";

const QUESTION = "a.B";

/** A host that answers the n-th question on a connection with frames for its stream; null: not at all. */
async function open(answers: readonly ((stream: number) => Buffer | null)[], reuse = true) {
  const network = new MemoryNetwork();
  const heard: string[] = [];
  const seen = { asked: 0, conns: [] as Conn[] };
  const perConn = new Map<Conn, number>();
  const sent = await network.serve(80, (received, conn) => {
    if (!perConn.has(conn)) seen.conns.push(conn);
    const before = perConn.get(conn) ?? 0;
    const asked = received.split(QUESTION).length - 1;
    if (asked <= before) return undefined;
    perConn.set(conn, asked);
    const answer = answers[seen.asked++]?.(asked * 2 - 1) ?? null;
    return Buffer.concat([...(before === 0 ? [wire.settings(), wire.SETTINGS_ACK] : []), ...(answer === null ? [] : [answer])]).toString("latin1");
  });
  const check = compileCheck({ name: "c", health_checks: [{ timeout: { seconds: 1, nanos: 0 }, grpc_health_check: { service_name: QUESTION } }] }, { report: () => undefined }) as GrpcCheck;
  const machine = { hostname: "here", environment: () => undefined };
  const probe = new GrpcCheckProbe({ network: { dialer: network.dialer, clock: network.clock }, machine, host: { address: ipAddress("127.0.0.1", 80), hostname: "" }, check, reuse }, {
    onPassed: () => void heard.push("passed"), onFailed: ({ kind }) => void heard.push(kind), onServiceVerified: () => undefined,
  });
  const run = async (step: () => void): Promise<void> => {
    step();
    await network.after(new Promise<void>((done) => void network.clock.after(100, done)));
  };
  return { heard, sent, seen, begin: () => run(() => probe.begin()), abandon: () => run(() => probe.abandon()), leave: () => run(() => seen.conns[0]?.close()) };
}

const begin = (stream: number): Buffer => wire.headers(stream, [[":status", "200"], ["content-type", "application/grpc"]], F.END_HEADERS);
const says = (serving: number) => (stream: number): Buffer => Buffer.concat([begin(stream), wire.data(stream, `\0\0\0\0\x02\x08${String.fromCharCode(serving)}`), wire.headers(stream, [["grpc-status", "0"]])]);

test("asks again and again on one connection", async () => {
  const host = await open([says(1), says(2), (stream) => wire.reset(stream, F.CANCEL), says(1)]);
  for (let i = 0; i < 4; i++) await host.begin();
  expect([host.heard, host.sent.length]).toEqual([["passed", "ACTIVE", "NETWORK", "passed"], 1]);
});

test("takes a new connection where it shall not be kept, and where the host has left in between, which is no failure", async () => {
  const apart = await open([says(1), says(1)], false);
  for (let i = 0; i < 2; i++) await apart.begin();
  expect([apart.heard, apart.sent.length]).toEqual([["passed", "passed"], 2]);
  const left = await open([says(1), says(1)]);
  await left.begin();
  await left.leave();
  await left.begin();
  expect([left.heard, left.sent.length]).toEqual([["passed", "passed"], 2]);
});

test("a question that is given up is reset, and the connection kept", async () => {
  const host = await open([() => null, says(1)]);
  await host.begin();
  await host.abandon();
  await host.begin();
  expect([host.heard, host.sent.length]).toEqual([["passed"], 1]);
});

test("after a GOAWAY the answer still counts, and the next question goes elsewhere", async () => {
  const host = await open([(stream) => Buffer.concat([wire.goaway(stream, F.NO_ERROR), says(1)(stream)]), says(1), (stream) => wire.goaway(stream, F.INTERNAL_ERROR)]);
  for (let i = 0; i < 3; i++) await host.begin();
  expect([host.heard, host.sent.length]).toEqual([["passed", "passed", "NETWORK"], 2]);
});
