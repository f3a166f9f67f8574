/**
 * The buckets of Envoy's histograms (circllhist): two decimal digits and a power of ten. 123 lies in [120, 130), 7 in [7, 7.1); zero has a
 * bucket of its own. Only whole numbers are recorded, so the buckets between 1 and 10 are used at their whole values.
 */
const POWERS: readonly number[] = Array.from({ length: 17 }, (_, i) => 10 ** i);

/** Above it a number cannot be exact. */
const LARGEST = Number.MAX_SAFE_INTEGER;

/** What is recorded in place of `value`: a whole number, 0 to 2^53 - 1. */
export function recordable(value: number): number {
  return value >= 1 ? Math.floor(Math.min(value, LARGEST)) : 0;
}

/** The power of ten a whole number of at least 1 begins with: 0 for 1-9, 1 for 10-99. */
export function exponentOf(value: number): number {
  let exponent = 0;
  while (exponent < 15 && value >= (POWERS[exponent + 1] as number)) exponent++;
  return exponent;
}

/** The place of a whole number within its power's 90 buckets. */
export function indexOf(value: number, exponent: number): number {
  return exponent === 0 ? value * 10 - 10 : Math.floor(value / (POWERS[exponent - 1] as number)) - 10;
}

export function bucketLeft(index: number, exponent: number): number {
  return exponent === 0 ? (index + 10) / 10 : (index + 10) * (POWERS[exponent - 1] as number);
}

export function bucketWidth(exponent: number): number {
  return exponent === 0 ? 0.1 : (POWERS[exponent - 1] as number);
}
