import { mkdtempSync, readdirSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { ipAddress, pipeAddress } from "../../src/platform/address.ts";
import { NodeTransport } from "../../src/platform/node-transport.ts";
import { SystemClock } from "../../src/platform/system-clock.ts";
import { Turn } from "../../src/platform/turn.ts";
import { overTls } from "../support/tls-transport.ts";
import { type ConnWorld, Ear, connSuite, say } from "../contract/conn.suite.ts";

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));

function world(): ConnWorld {
  const faults: unknown[] = [];
  const turn = new Turn((error) => faults.push(error));
  return {
    transport: new NodeTransport({ turn, clock: new SystemClock(turn) }, false),
    faults,
    anywhere: ipAddress("127.0.0.1", 0),
    nowhere: ipAddress("127.0.0.1", 1),
    blackhole: undefined,
    seesResetWhilePaused: false,
    pass: sleep,
  };
}

connSuite("node:net", world);

connSuite("node:tls", () => {
  const plain = world();
  return { ...plain, transport: overTls(plain.transport), tls: true };
});

it("node:net speaks over Unix sockets and takes a stale one over", async () => {
  const { transport } = world();
  const folder = mkdtempSync(join(tmpdir(), "conn-"));
  const address = pipeAddress(join(folder, "s.sock"));
  const stale = await transport.listen(address, { reusePort: false }, () => {});
  const ear = new Ear();
  const acceptor = await transport.listen(address, { reusePort: false, mode: 0o600 }, (conn) => { conn.handler = ear; });
  const conn = transport.dialer.dial(address, new Ear(), { timeoutMs: 1000, highWatermark: 0 });
  say(conn, "hello");
  for (let i = 0; i < 200 && ear.bytes < 5; i++) await sleep(5);
  expect(ear.text).toBe("hello");
  conn.reset();
  stale.stop();
  await sleep(10);
  expect(readdirSync(folder)).toEqual(["s.sock"]);
  acceptor.stop();
  expect(readdirSync(folder)).toEqual([]);
  await expect(transport.listen(pipeAddress(folder), { reusePort: false }, () => {})).rejects.toMatchObject({ name: "ListenError", code: "EISDIR" });
  rmSync(folder, { recursive: true });
});
