import { expect, it } from "vitest";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import { bucketLeft, bucketWidth, exponentOf, indexOf, recordable } from "../../src/stats/buckets.ts";
import { PAGE_BUCKETS } from "../../src/stats/shape.ts";

it("a whole number lies in a bucket of two digits: [left, left + width)", () => {
  const seed = Number(process.env["SEED"] ?? 5);
  const random = new SeededRandom(seed);
  const values = [1, 9, 10, 11, 99, 100, 109, 110, 999, 1000, 9999, 10_000, Number.MAX_SAFE_INTEGER];
  for (let i = 0; i < 5000; i++) values.push(1 + Math.floor(10 ** ((random.u32() / 2 ** 32) * 15)));
  for (const value of values) {
    const exponent = exponentOf(value);
    const index = indexOf(value, exponent);
    expect(index, `seed ${seed}, ${value}`).toBeLessThan(PAGE_BUCKETS);
    expect(index).toBeGreaterThanOrEqual(0);
    const left = bucketLeft(index, exponent);
    expect(left, `seed ${seed}, ${value}`).toBeLessThanOrEqual(value);
    expect(left + bucketWidth(exponent), `seed ${seed}, ${value}`).toBeGreaterThan(value);
  }
});

it("what cannot be recorded becomes what can", () => {
  expect([0, -1, 0.99, Number.NaN, 1, 1.9, 1e300].map(recordable)).toEqual([0, 0, 0, 0, 1, 1, Number.MAX_SAFE_INTEGER]);
});
