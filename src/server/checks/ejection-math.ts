/** The arithmetic of outlier detection (docs: outlier detection). Pure. */

/** What an interval brought a host. */
export interface Window {
  readonly total: number;
  readonly success: number;
}

/** Percent; null where there were no requests. */
export function successRate({ total, success }: Window): number | null {
  return total === 0 ? null : (success * 100) / total;
}

/** The mean of the rates, and what is below is an outlier: the mean less so many standard deviations. */
export function rateThreshold(rates: readonly number[], deviations: number): { readonly average: number; readonly threshold: number } {
  const average = rates.reduce((sum, rate) => sum + rate, 0) / rates.length;
  const variance = rates.reduce((sum, rate) => sum + (rate - average) ** 2, 0) / rates.length;
  return { average, threshold: average - deviations * Math.sqrt(variance) };
}

/** Whether one more of the hosts may be ejected. */
export function mayEject(ejected: number, hosts: number, maxPercent: number, alwaysOne: boolean): boolean {
  return (alwaysOne && ejected === 0) || (100 * (ejected + 1)) / hosts <= Math.min(100, maxPercent);
}
