import { expect, test } from "vitest";
import { EdfScheduler } from "../../src/upstream/edf-scheduler.ts";
import { newDice } from "../support/random.ts";

const picks = <T>(scheduler: EdfScheduler<T>, count: number): (T | null)[] => Array.from({ length: count }, () => scheduler.pick());

test("nothing is due when there is nothing", () => {
  expect(new EdfScheduler([], () => 1).pick()).toBeNull();
});

test("equal weights come in the order in which they were added", () => {
  expect(picks(new EdfScheduler(["a", "b", "c"], () => 1), 6).join("")).toBe("abcabc");
});

test("in every span of the weights' sum each entry comes as often as it weighs", () => {
  const dice = newDice();
  for (let round = 0; round < 20; round++) {
    const weights = Array.from({ length: 1 + dice.below(8) }, () => 2 ** dice.below(5));
    const sum = weights.reduce((a, b) => a + b, 0);
    const scheduler = new EdfScheduler(weights.map((_, i) => i), (i) => weights[i] ?? 1);
    for (let span = 0; span < 4; span++) {
      const found = picks(scheduler, sum);
      weights.forEach((weight, i) => expect(found.filter((pick) => pick === i).length, `LEGATE_SEED=${dice.seed}`).toBe(weight));
    }
  }
});
