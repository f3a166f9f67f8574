import { ipAddress } from "../../src/platform/address.ts";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import { MemoryTransport } from "../../src/platform/memory-transport.ts";
import { Turn } from "../../src/platform/turn.ts";
import { type ConnWorld, connSuite } from "../contract/conn.suite.ts";

function world(): ConnWorld {
  const faults: unknown[] = [];
  const turn = new Turn((error) => faults.push(error));
  const clock = new FakeClock();
  return {
    transport: new MemoryTransport({ turn, clock }),
    faults,
    anywhere: ipAddress("127.0.0.1", 0),
    nowhere: ipAddress("127.0.0.1", 1),
    blackhole: ipAddress("192.0.2.1", 9),
    seesResetWhilePaused: true,
    pass: async (ms) => {
      clock.advance(ms);
      await new Promise<void>((done) => setImmediate(done));
    },
  };
}

connSuite("memory", world);
