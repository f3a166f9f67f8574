/** What a histogram holds, and what can be said of it. The approximations are those of Envoy (circllhist), measured on it. */

export interface Bin {
  readonly left: number;
  /** 0 for the bin of zeros. */
  readonly width: number;
  readonly count: number;
}

/** Bins with at least one sample, in ascending order. */
export type Bins = readonly Bin[];

export const QUANTILES: readonly number[] = [0, 0.25, 0.5, 0.75, 0.9, 0.95, 0.99, 0.995, 0.999, 1];

/** Upper bounds Envoy prints by default. */
export const DEFAULT_BOUNDS: readonly number[] = [
  0.5, 1, 5, 10, 25, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 300_000, 600_000, 1_800_000, 3_600_000,
];

export function sampleCount(bins: Bins): number {
  return bins.reduce((sum, bin) => sum + bin.count, 0);
}

/** Each sample counts as its bin's midpoint, which leans towards the left end so that relative errors balance. */
export function approximateSum(bins: Bins): number {
  return bins.reduce((sum, { left, width, count }) => sum + (width === 0 ? 0 : left + (width * left) / (2 * left + width)) * count, 0);
}

/** Of each quantile, ascending; NaN without samples. The k-th of n samples of a bin is taken to lie at k / (n + 1) of its width. */
export function quantiles(bins: Bins, asked: readonly number[] = QUANTILES): number[] {
  const total = sampleCount(bins);
  let [at, below] = [0, 0];
  return asked.map((quantile) => {
    const rank = Math.max(1, Math.ceil(quantile * total));
    for (let bin = bins[at]; bin !== undefined; bin = bins[++at]) {
      if (below + bin.count >= rank) return bin.left + ((rank - below) / (bin.count + 1)) * bin.width;
      below += bin.count;
    }
    return Number.NaN;
  });
}

/** Samples up to each bound, ascending; a bin that begins at the bound is counted in. */
export function cumulativeCounts(bins: Bins, bounds: readonly number[]): number[] {
  let [at, below] = [0, 0];
  return bounds.map((bound) => {
    for (let bin = bins[at]; bin !== undefined && bin.left <= bound; bin = bins[++at]) below += bin.count;
    return below;
  });
}

/** What `later` has beyond `earlier`. */
export function difference(later: Bins, earlier: Bins): Bins {
  const before = new Map(earlier.map((bin) => [bin.left, bin.count]));
  return later.map((bin) => ({ ...bin, count: bin.count - (before.get(bin.left) ?? 0) })).filter((bin) => bin.count > 0);
}
