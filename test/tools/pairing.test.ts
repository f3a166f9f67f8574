import { describe, expect, test } from "vitest";
import { type Item, pairItems } from "../../src/tools/pairing.ts";

const items = (texts: string): Item[] => [...texts].map((text) => ({ text, identity: undefined }));
const show = (from: string, to: string): string => {
  const { pairs, removed, added } = pairItems(items(from), items(to), false);
  return [...removed.map((i) => `-${from[i]}`), ...pairs.filter((p) => p.moved).map((p) => `>${from[p.from]}`), ...added.map((i) => `+${to[i]}`)].join(" ");
};

describe("two lists are paired with the fewest changes:", () => {
  test.each([
    ["abc", "abc", ""],
    ["abc", "abxc", "+x"],
    ["abc", "ac", "-b"],
    ["abcd", "dabc", ">d"],
    ["abcd", "bcda", ">a"],
    ["abab", "ab", "-a -b"],
    ["aa", "aaa", "+a"],
    ["", "ab", "+a +b"],
    ["abc", "xyz", "-a -b -c +x +y +z"],
  ])("%j to %j: %s", (from, to, changes) => {
    expect(show(from, to)).toBe(changes);
  });
});

test("an edited item is found by its identity, wherever it went; the rest by its neighbours", () => {
  const from = [{ text: "a1", identity: "a" }, { text: "x", identity: undefined }, { text: "b", identity: "b" }];
  const to = [{ text: "b", identity: "b" }, { text: "y", identity: undefined }, { text: "a2", identity: "a" }];
  expect(pairItems(from, to, false).pairs.map((p) => [p.from, p.to])).toEqual([[0, 2], [2, 0]]);
  expect(pairItems(items("axb"), items("ayb"), true).pairs.map((p) => [p.from, p.to, p.moved])).toEqual([[0, 0, false], [1, 1, false], [2, 2, false]]);
});

test("random lists: every item is paired, removed or added exactly once, and what is kept in place is in order", () => {
  const seed = 20_261_124;
  let state = seed;
  const next = (below: number): number => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state % below;
  };
  const random = (): string => Array.from({ length: next(12) }, () => "abcdef"[next(6)]).join("");
  for (let round = 0; round < 500; round++) {
    const [from, to] = [random(), random()];
    const { pairs, removed, added } = pairItems(items(from), items(to), round % 2 === 0);
    const label = `seed ${seed}, round ${round}: ${from} -> ${to}`;
    expect([...pairs.map((p) => p.from), ...removed].sort((a, b) => a - b), label).toEqual([...from].map((_, i) => i));
    expect([...pairs.map((p) => p.to), ...added].sort((a, b) => a - b), label).toEqual([...to].map((_, i) => i));
    const kept = pairs.filter((p) => !p.moved).map((p) => p.to);
    expect(kept, label).toEqual([...kept].sort((a, b) => a - b));
  }
});

test("100,000 items are paired without delay in proportion to their square", () => {
  const long = Array.from({ length: 100_000 }, (_, i) => ({ text: `t${i}`, identity: undefined }));
  const { pairs } = pairItems(long, [...long.slice(50_000), ...long.slice(0, 50_000)], true);
  expect(pairs.filter((p) => p.moved).length).toBe(50_000);
});
