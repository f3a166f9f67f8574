import { expect, test } from "vitest";
import { xxHash64 } from "../../src/base/xxhash64.ts";

test.each([
  ["", 0xef46db3751d8e999n], ["a", 0xd24ec4f1a98c6e5bn], ["abc", 0x44bc2cf5ad770999n], ["Nobody inspects the spammish repetition", 0xfbcea83c8a378bf1n],
])("the hash of %j is xxHash's", (text, hash) => {
  expect(xxHash64(text)).toBe(hash);
});

test.each([["abc", 1n, 0xbea9ca8199328908n], ["Nobody inspects the spammish repetition", 7n, 0x26f1aeb39b9b1f5fn]] as const)("a seed changes the hash of %j", (text, seed, hash) => {
  expect(xxHash64(text, seed)).toBe(hash);
});
