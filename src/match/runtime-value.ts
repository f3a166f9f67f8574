/** Values of runtime keys that filters ask for while they run. */
import type { RuntimeView } from "../contract/request-view.ts";
import type { Random } from "../platform/random.ts";
import type { RuntimeFractionalPercent } from "../schema/generated/envoy/config/core/v3.ts";
import type { RuntimeFeatureFlag } from "../schema/generated/envoy/config/core/v3.ts";
import { currentFraction, type Fraction, fractionOf, isInFraction, wholeNumber } from "./fraction.ts";

/** A number that is not negative, without what stands behind its point; anything else leaves the default. */
export function runtimeInteger(runtime: RuntimeView, key: string, otherwise: number): number {
  return wholeNumber(runtime.get(key)) ?? otherwise;
}

/** A flag: `true` or `false`, or a whole number that is not 0; anything else leaves the default. */
export function runtimeFlag(runtime: RuntimeView, config: RuntimeFeatureFlag | undefined, otherwise: boolean): boolean {
  const value = config?.runtime_key === undefined ? undefined : runtime.get(config.runtime_key);
  if (typeof value === "number" && Number.isInteger(value) && value < LARGEST_INT) return value !== 0;
  return typeof value === "boolean" ? value : (config?.default_value ?? otherwise);
}

const LARGEST_INT = 2 ** 31 - 1;

/** A share of the requests under a runtime key. */
export interface Share {
  readonly key: string;
  readonly fraction: Fraction;
}

/** Null: the share is not configured. */
export function shareOf(config: RuntimeFractionalPercent | undefined): Share | null {
  return config === undefined ? null : { key: config.runtime_key ?? "", fraction: fractionOf(config.default_value) };
}

/** Whether chance puts this request into a share. Shares of nothing and of everything draw no number. */
export function draws(key: string, configured: Fraction, runtime: RuntimeView, random: Random): boolean {
  const fraction = currentFraction(runtime, key, configured);
  if (fraction.numerator <= 0) return false;
  return fraction.numerator >= fraction.denominator || isInFraction(fraction, random.u64());
}
