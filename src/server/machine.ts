/** The machine as one thread sees it: what `platform/` offers, opened once. */
import type { Clock } from "../platform/clock.ts";
import type { Transport } from "../platform/conn.ts";
import { type EventLoop, RuntimeLoop } from "../platform/event-loop.ts";
import type { Resolver } from "../platform/dns.ts";
import type { Files } from "../platform/files.ts";
import { type ProcessFacts, processFacts } from "../platform/process.ts";
import type { Random } from "../platform/random.ts";
import { SystemClock } from "../platform/system-clock.ts";
import { SystemResolver } from "../platform/system-dns.ts";
import { SystemFiles } from "../platform/system-files.ts";
import { SystemRandom } from "../platform/system-random.ts";
import { openTrafficLoop, openTransport } from "../platform/transport.ts";
import { Turn } from "../platform/turn.ts";

export interface Machine {
  readonly turn: Turn;
  readonly clock: Clock;
  readonly random: Random;
  readonly transport: Transport;
  readonly files: Files;
  readonly resolver: Resolver;
  /** Asks these name servers, `ip` or `ip:port`. */
  readonly resolverOf?: (servers: readonly string[]) => Resolver;
  readonly facts: ProcessFacts;
}

/** `report` hears what handlers throw: bugs, of which nothing but the connection at hand suffers. */
export function openMachine(report: (error: unknown) => void): Machine {
  return machineOn(new RuntimeLoop(), report);
}

/** The same for a thread that carries traffic. */
export function openWorkerMachine(report: (error: unknown) => void): Machine {
  return machineOn(openTrafficLoop(report), report);
}

function machineOn(loop: EventLoop, report: (error: unknown) => void): Machine {
  const turn = new Turn(report, loop);
  const clock = new SystemClock(turn, loop);
  return {
    turn, clock,
    random: new SystemRandom(),
    transport: openTransport({ turn, clock }, loop),
    files: new SystemFiles(clock),
    resolver: new SystemResolver(clock),
    resolverOf: (servers) => new SystemResolver(clock, servers),
    facts: processFacts(),
  };
}
