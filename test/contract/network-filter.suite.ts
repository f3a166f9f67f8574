import { describe, expect, test } from "vitest";
import type { NetworkFilter, NetworkHandle } from "../../src/contract/network-filter.ts";
import { NetworkStage } from "../support/network-stage.ts";
import { newDice } from "../support/random.ts";

/** A filter under test, opened in a stage's environment, that lets connections pass. */
export type FilterMaker = (stage: NetworkStage) => (handle: NetworkHandle) => NetworkFilter;

const BYTES = "The quick brown fox jumps over the lazy dog; ".repeat(40);

/** Counts what is called behind `onClose`, and how often that is. */
function watched(create: (handle: NetworkHandle) => NetworkFilter, seen: { closes: number; late: number }): (handle: NetworkHandle) => NetworkFilter {
  return (handle) => {
    const filter = create(handle);
    const { onNewConnection, onData } = filter;
    return {
      ...(onNewConnection === undefined ? {} : { onNewConnection: () => (seen.late += seen.closes, onNewConnection.call(filter)) }),
      ...(onData === undefined ? {} : { onData: (data: Buffer, end: boolean) => (seen.late += seen.closes, onData.call(filter, data, end)) }),
      onClose: () => {
        seen.closes++;
        filter.onClose?.();
      },
    };
  };
}

/** What every network filter must do. */
export function networkFilterSuite(name: string, make: FilterMaker): void {
  describe(`${name} as a network filter`, () => {
    test("hands every byte on, once and in order, however they are cut", async () => {
      const dice = newDice();
      for (let round = 0; round < 10; round++) {
        const stage = new NetworkStage();
        await stage.connect([make(stage), make(stage)]);
        for (let at = 0; at < BYTES.length; ) {
          const size = 1 + dice.below(400);
          await stage.send(BYTES.slice(at, at + size));
          at += size;
        }
        expect(stage.terminal.received, `LEGATE_SEED=${dice.seed}`).toBe(BYTES);
        expect([stage.terminal.begun, stage.network.faults]).toEqual([1, []]);
      }
    });

    test("hands the client's FIN on, after its bytes or without any", async () => {
      for (const bytes of ["", "abc"]) {
        const stage = new NetworkStage();
        await stage.connect([make(stage)]);
        if (bytes !== "") stage.client.send(bytes);
        stage.client.conn.end();
        await stage.settle();
        expect([stage.terminal.received, stage.terminal.ends, stage.terminal.begun]).toEqual([bytes, 1, 1]);
      }
    });

    test("hears of its end once, and of nothing after it, at whatever step that comes", async () => {
      for (const steps of [0, 1, 2, 3]) {
        for (const how of ["close", "reset"] as const) {
          const stage = new NetworkStage();
          const seen = { closes: 0, late: 0 };
          await stage.connect([watched(make(stage), seen)]);
          for (let i = 0; i < steps; i++) await stage.send("abc");
          stage.client.conn[how]();
          await stage.settle();
          stage.connection.conn.close();
          await stage.pass(10_000);
          expect([seen, stage.done, stage.network.faults]).toEqual([{ closes: 1, late: 0 }, 1, []]);
        }
      }
    });

    test("leaves no gauge behind", async () => {
      const stage = new NetworkStage();
      await stage.connect([make(stage)]);
      await stage.send("abc");
      stage.client.conn.reset();
      await stage.settle();
      expect(stage.stats.store.numbers().filter((stat) => stat.kind === "gauge" && stat.value !== 0)).toEqual([]);
    });
  });
}
