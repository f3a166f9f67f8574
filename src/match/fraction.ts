/**
 * Shares of traffic: envoy.config.core.v3.RuntimeFractionalPercent. A runtime key that holds a number is a percentage, one that holds a
 * fraction replaces the configured one; anything else leaves the default (source/common/runtime/runtime_impl.cc).
 */
import type { FractionalPercent } from "../schema/generated/envoy/type/v3.ts";
import type { RuntimeFractionalPercent } from "../schema/generated/envoy/config/core/v3.ts";
import type { Condition } from "./condition.ts";
import type { RequestView, RuntimeValue, RuntimeView } from "../contract/request-view.ts";

export const honours = {
  "envoy.config.core.v3.RuntimeFractionalPercent": ["default_value", "runtime_key"],
  "envoy.type.v3.FractionalPercent": ["numerator", "denominator"],
} as const;

export interface Fraction {
  readonly numerator: number;
  readonly denominator: 100 | 10_000 | 1_000_000;
}

const LARGEST = 2 ** 64;

export const ALL_OF_IT: Fraction = { numerator: 100, denominator: 100 };

function denominatorOf(name: string | number | undefined): Fraction["denominator"] {
  if (name === "TEN_THOUSAND" || name === 1) return 10_000;
  if (name === "MILLION" || name === 2) return 1_000_000;
  return 100;
}

export function fractionOf(config: FractionalPercent | undefined): Fraction {
  return { numerator: config?.numerator ?? 0, denominator: denominatorOf(config?.denominator) };
}

/** A runtime value as a whole number: what stands behind its point does not count; `undefined` if it is none, or negative. */
export function wholeNumber(value: RuntimeValue | undefined): number | undefined {
  return typeof value === "number" && value >= 0 && value <= LARGEST ? Math.trunc(value) : undefined;
}

/** An object that is no fraction says nothing. A numerator that is no number counts as none. */
function writtenFraction(value: object): Fraction | undefined {
  let numerator = 0;
  let denominator: Fraction["denominator"] = 100;
  for (const [key, part] of Object.entries(value) as [string, unknown][]) {
    if (key === "numerator") numerator = typeof part === "number" ? Math.trunc(part) : 0;
    else if (key === "denominator" && (part === "HUNDRED" || part === "TEN_THOUSAND" || part === "MILLION")) denominator = denominatorOf(part);
    else return undefined;
  }
  return { numerator, denominator };
}

/** The fraction in force now: the runtime's, or `configured`. */
export function currentFraction(runtime: RuntimeView, key: string, configured: Fraction): Fraction {
  const value = key === "" ? undefined : runtime.get(key);
  if (typeof value === "object") return writtenFraction(value) ?? configured;
  const percent = wholeNumber(value);
  return percent === undefined ? configured : { numerator: percent, denominator: 100 };
}

/** Whether a request with this random value belongs to the share. */
export function isInFraction(fraction: Fraction, random: bigint): boolean {
  return Number(random % BigInt(fraction.denominator)) < fraction.numerator;
}

export class FractionCondition implements Condition {
  readonly at: object;
  readonly key = "runtime_fraction";
  private readonly runtimeKey: string;
  private readonly configured: Fraction;

  constructor(at: object, config: RuntimeFractionalPercent) {
    this.at = at;
    this.runtimeKey = config.runtime_key ?? "";
    this.configured = fractionOf(config.default_value);
  }

  matches(request: RequestView): boolean {
    return isInFraction(currentFraction(request.runtime, this.runtimeKey, this.configured), request.random);
  }

  describe(): string {
    const { numerator, denominator } = this.configured;
    return `the request is among ${numerator} of ${denominator}${this.runtimeKey === "" ? "" : ` (runtime key ${this.runtimeKey})`}`;
  }

  whyNot(request: RequestView): string {
    const { numerator, denominator } = currentFraction(request.runtime, this.runtimeKey, this.configured);
    return `random value ${request.random} % ${denominator} = ${request.random % BigInt(denominator)}, not below ${numerator}`;
  }
}
