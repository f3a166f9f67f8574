import { FakeClock } from "../../src/platform/fake-clock.ts";
import { MemoryFiles } from "../../src/platform/memory-files.ts";
import { MemoryTransport } from "../../src/platform/memory-transport.ts";
import type { ProcessFacts } from "../../src/platform/process.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import { Turn } from "../../src/platform/turn.ts";
import type { Machine } from "../../src/server/machine.ts";

export interface MemoryMachine extends Machine {
  readonly clock: FakeClock;
  readonly files: MemoryFiles;
  readonly transport: MemoryTransport;
  /** What handlers threw. */
  readonly faults: unknown[];
}

const FACTS: ProcessFacts = {
  argv: [], env: {}, pid: 7, hostname: "here", utcOffset: () => 0, cpus: 1, memoryLimit: 1_000_000, residentBytes: () => 3_000, heap: () => ({ used: 1_000, reserved: 2_000 }), collectGarbage: () => undefined, cpuMs: () => 0,
  onSignal: () => () => undefined,
  exit: () => {
    throw new Error("exit");
  },
};

/** A machine whose network, files and time a test holds in its hands. */
export function memoryMachine(): MemoryMachine {
  const faults: unknown[] = [];
  const turn = new Turn((error) => faults.push(error));
  const clock = new FakeClock();
  return {
    turn, clock, faults, random: new SeededRandom(1), transport: new MemoryTransport({ turn, clock }), files: new MemoryFiles(),
    resolver: { resolve: () => Promise.resolve({ error: "no names here", notFound: true }) } as Machine["resolver"],
    facts: FACTS,
  };
}
