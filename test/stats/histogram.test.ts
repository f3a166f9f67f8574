import { describe, expect, it } from "vitest";
import { DEFAULT_BOUNDS, approximateSum, cumulativeCounts, difference, quantiles, sampleCount } from "../../src/stats/histogram.ts";
import { HISTOGRAM } from "../../src/stats/shape.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";

function binsOf(values: readonly number[]): ReturnType<LocalStats["store"]["histograms"]>[number] {
  const stats = new LocalStats();
  const block = stats.block("h", HISTOGRAM);
  for (const value of values) block.record(0, value);
  stats.store.flush();
  const [histogram] = stats.store.histograms();
  if (histogram === undefined) throw new Error("no histogram");
  return histogram;
}

/** Recorded by Envoy 1.40.0 from the same samples. */
describe("a histogram says what Envoy says", () => {
  const samples = [0, 0, 0, 0, 1, 1, 5, 10, 99, 100, 109, 110, 123, 123, 1234, 250, 251, 500, 9999, 10_000];
  const { cumulative } = binsOf(samples);

  it("of its bins", () => {
    expect(cumulative.map(({ left, width, count }) => `${left},${width}:${count}`).join(", ")).toBe(
      "0,0:4, 1,0.1:2, 5,0.1:1, 10,1:1, 99,1:1, 100,10:2, 110,10:1, 120,10:2, 250,10:2, 500,10:1, 1200,100:1, 9900,100:1, 10000,1000:1",
    );
  });

  it("of its quantiles", () => {
    expect(quantiles(cumulative)).toEqual([0, 1.0333333333333334, 103.33333333333333, 253.33333333333334, 1250, 9950, 10_500, 10_500, 10_500, 10_500]);
    expect(quantiles(binsOf(Array.from({ length: 20 }, () => 9)).cumulative).slice(0, 3)).toEqual([9.004761904761905, 9.023809523809524, 9.047619047619047]);
  });

  it("of its buckets", () => {
    expect(cumulativeCounts(cumulative, DEFAULT_BOUNDS)).toEqual([4, 6, 7, 8, 8, 8, 11, 16, 17, 17, 18, 18, 20, 20, 20, 20, 20, 20, 20]);
  });

  it("of its sum", () => {
    expect(approximateSum(cumulative)).toBeCloseTo(23_379.718475705776654649525880814, 9);
    expect(sampleCount(cumulative)).toBe(20);
  });
});

it("an empty histogram has no quantiles", () => {
  expect(quantiles([])).toEqual(Array.from({ length: 10 }, () => Number.NaN));
  expect(cumulativeCounts([], [1, 2])).toEqual([0, 0]);
});

it("the difference of two states is what came between", () => {
  const earlier = [{ left: 1, width: 0.1, count: 2 }];
  const later = [{ left: 1, width: 0.1, count: 2 }, { left: 5, width: 0.1, count: 3 }];
  expect(difference(later, earlier)).toEqual([{ left: 5, width: 0.1, count: 3 }]);
});
