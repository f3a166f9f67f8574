import { expect, it } from "vitest";
import type { Random } from "../../src/platform/random.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import { SystemRandom } from "../../src/platform/system-random.ts";

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$/;

for (const [name, random] of [["system", new SystemRandom()], ["seeded", new SeededRandom(42)]] satisfies [string, Random][]) {
  it(`${name} chance spreads over its whole range`, () => {
    const counts = Array.from({ length: 16 }, () => 0);
    for (let i = 0; i < 16_000; i++) {
      const n = random.u32() >>> 28;
      counts[n] = (counts[n] ?? 0) + 1;
    }
    for (const count of counts) expect(Math.abs(count - 1000)).toBeLessThan(250);
    const high = Array.from({ length: 64 }, () => random.u64()).filter((n) => n >= 1n << 63n).length;
    expect(Math.abs(high - 32)).toBeLessThan(30);
  });

  it(`${name} uuids are of version 4 and differ`, () => {
    const ids = Array.from({ length: 100 }, () => random.uuid());
    for (const id of ids) expect(id).toMatch(UUID);
    expect(new Set(ids).size).toBe(100);
  });
}

it("the same seed gives the same row, another one another", () => {
  const row = (seed: number): number[] => { const r = new SeededRandom(seed); return [r.u32(), r.u32(), r.u32()]; };
  expect(row(7)).toEqual(row(7));
  expect(row(7)).not.toEqual(row(8));
  expect(row(7)).not.toEqual(row(7 + 0x1_0000_0000));
});
