import { describe, expect, test } from "vitest";
import { statLayout } from "../../src/contract/stat-layout.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";
import { OwnCell, RateBucket, SharedCell } from "../../src/stats/rate-bucket.ts";

const NOW = 20_000_000_000;

describe("token buckets that are one number", () => {
  test("begin full, run dry, fill evenly, and never beyond their size", () => {
    const bucket = new RateBucket(3, 1 / 1000, new OwnCell());
    expect([1, 2, 3, 4].map(() => bucket.take(1, NOW))).toEqual([true, true, true, false]);
    expect([bucket.remaining(NOW), bucket.untilNext(NOW + 400), bucket.take(1, NOW + 999)]).toEqual([0, 600, false]);
    expect([bucket.take(1, NOW + 1000), bucket.take(1, NOW + 1000), bucket.remaining(NOW + 1e9)]).toEqual([true, false, 3]);
    expect([bucket.take(4, NOW + 1e9), bucket.take(3, NOW + 1e9), bucket.take(0, NOW + 1e9)]).toEqual([false, true, false]);
  });

  test("take back what is given, up to their size", () => {
    const bucket = new RateBucket(2, 1 / 1000, new OwnCell());
    bucket.give(5, NOW);
    bucket.take(2, NOW);
    bucket.give(1, NOW);
    expect([bucket.take(1, NOW), bucket.take(1, NOW)]).toEqual([true, false]);
  });

  test("in a shared cell are one for all who share it, and not lost when the memory moves", () => {
    const stats = new LocalStats();
    const shape = statLayout({ cells: ["a"] });
    const [one, two] = [0, 1].map(() => new RateBucket(1000, 1 / 1000, new SharedCell(stats.block("bucket", shape), 0))) as [RateBucket, RateBucket];
    let taken = 0;
    for (let i = 0; i < 1500; i++) if ((i % 2 === 0 ? one : two).take(1, NOW)) taken++;
    expect([taken, stats.store.numbers().some(({ name }) => name.startsWith("bucket"))]).toEqual([1000, false]);
  });

  test("large and slow buckets keep count", () => {
    const bucket = new RateBucket(1_000_000, 1_000_000 / 86_400_000, new OwnCell());
    let taken = 0;
    for (let i = 0; i < 1_000_100; i++) if (bucket.take(1, NOW)) taken++;
    expect(taken).toBe(1_000_000);
  });
});
