import { expect, test } from "vitest";
import { MersenneTwister } from "../../src/base/mersenne-twister.ts";
import { murmurHash2 } from "../../src/base/murmur-hash2.ts";

test("every byte counts", () => {
  const seen = new Set<bigint>();
  for (let length = 0; length < 40; length++) for (const byte of ["a", "\xff"]) seen.add(murmurHash2(byte.repeat(length)));
  expect(seen.size).toBe(79);
});

test("the ten thousandth number of std::mt19937 with its default seed is that of the standard", () => {
  const chance = new MersenneTwister(5489);
  for (let i = 1; i < 10_000; i++) chance.next();
  expect(chance.next()).toBe(4_123_659_995);
});
