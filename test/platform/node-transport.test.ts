import { ipAddress } from "../../src/platform/address.ts";
import { NodeTransport } from "../../src/platform/node-transport.ts";
import { SystemClock } from "../../src/platform/system-clock.ts";
import { Turn } from "../../src/platform/turn.ts";
import { overTls } from "../support/tls-transport.ts";
import { type ConnWorld, connSuite } from "../contract/conn.suite.ts";
import { unixSocketSuite } from "../contract/unix-socket.suite.ts";

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

unixSocketSuite("node:net's sockets", world);
