import { expect, test } from "vitest";
import { ExponentialBackOff, waitAtLeast } from "../../src/base/back-off.ts";
import { newDice } from "../support/random.ts";

test("waits stay below an interval that doubles from the base and ends at the maximum (random, seed printed)", () => {
  const dice = newDice();
  for (let round = 0; round < 300; round++) {
    const base = 1 + dice.below(1000);
    const max = base + dice.below(100_000);
    const backOff = new ExponentialBackOff(base, max);
    let interval = base;
    for (let n = 0; n < 20; n++) {
      const random = (BigInt(dice.below(2 ** 31)) << 31n) | BigInt(dice.below(2 ** 31));
      const wait = backOff.wait(random);
      expect(wait, `seed ${dice.seed}, base ${base}, max ${max}, wait ${n}`).toBe(Number(random % BigInt(interval)));
      interval = interval * 2 < max - (max % 2) ? interval * 2 : max; // Envoy halves the maximum, whole
    }
  }
});

test("every wait of the first interval is drawn, 0 and the last included", () => {
  const waits = new Set(Array.from({ length: 5 }, (_, i) => new ExponentialBackOff(5, 50).wait(BigInt(i))));
  expect([...waits]).toEqual([0, 1, 2, 3, 4]);
});

test("a lower bound is kept, and exceeded by less than half (random, seed printed)", () => {
  const dice = newDice();
  for (let round = 0; round < 300; round++) {
    const least = 2 + dice.below(1_000_000);
    const wait = waitAtLeast(least, BigInt(dice.below(2 ** 31)));
    expect(wait >= least && wait < least * 1.5, `seed ${dice.seed}, least ${least}, wait ${wait}`).toBe(true);
  }
});
