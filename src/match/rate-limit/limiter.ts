/** The buckets of one configuration of local rate limits, and which of them a request must pass (Envoy's LocalRateLimiterImpl). */
import { optionalMs } from "../../base/duration.ts";
import { toWire } from "../../base/wire-text.ts";
import type { LocalRateLimitDescriptor } from "../../schema/generated/envoy/extensions/common/ratelimit/v3.ts";
import type { TokenBucket } from "../../schema/generated/envoy/type/v3.ts";
import { type BucketCell, OwnCell, RateBucket } from "../../stats/rate-bucket.ts";
import type { Descriptor } from "./rate-limit.ts";

export interface BucketPlan {
  readonly max: number;
  readonly tokensPerMs: number;
  readonly shadow: boolean;
}

export interface LimiterPlan {
  /** `null`: none; `"never"`: nothing passes. */
  readonly common: BucketPlan | "never" | null;
  readonly exact: readonly { readonly key: string; readonly bucket: BucketPlan }[];
  /** Entries with a value of "" match any; each value gets a bucket of its own. */
  readonly open: readonly { readonly entries: readonly string[]; readonly bucket: BucketPlan }[];
  readonly alwaysCommon: boolean;
  /** Buckets that an open descriptor may have at a time. */
  readonly mostOpen: number;
}

function planOf(config: TokenBucket | undefined, shadow: boolean): BucketPlan {
  const interval = optionalMs(config?.fill_interval) ?? 0;
  return { max: config?.max_tokens ?? 0, tokensPerMs: interval === 0 ? 0 : (config?.tokens_per_fill ?? 1) / interval, shadow };
}

function commonOf(config: TokenBucket | undefined): LimiterPlan["common"] {
  if ((optionalMs(config?.fill_interval) ?? 0) <= 0) return null;
  return (config?.max_tokens ?? 0) === 0 ? "never" : planOf(config, false);
}

function keyOf(entries: readonly string[]): string {
  return entries.join("\n");
}

export function planLimiter(config: {
  readonly token_bucket?: TokenBucket; readonly descriptors?: readonly LocalRateLimitDescriptor[]; readonly always_consume_default_token_bucket?: boolean; readonly max_dynamic_descriptors?: number;
}): LimiterPlan {
  const all = (config.descriptors ?? []).map((descriptor) => ({
    entries: (descriptor.entries ?? []).flatMap(({ key = "", value = "" }) => [toWire(key), toWire(value)]), bucket: planOf(descriptor.token_bucket, descriptor.shadow_mode === true),
  }));
  const isOpen = ({ entries }: { readonly entries: readonly string[] }): boolean => entries.some((value, i) => i % 2 === 1 && value === "");
  return {
    common: commonOf(config.token_bucket), alwaysCommon: config.always_consume_default_token_bucket ?? true, mostOpen: config.max_dynamic_descriptors ?? 20,
    exact: all.filter((one) => !isOpen(one)).map(({ entries, bucket }) => ({ key: keyOf(entries), bucket })), open: all.filter(isOpen),
  };
}

/** One more cell than there are exact descriptors: the first is the common bucket's. */
export function cellsOf(plan: LimiterPlan): number {
  return plan.exact.length + 1;
}

/** A bucket and whether it only counts. */
export interface LimitBucket {
  readonly bucket: RateBucket;
  readonly shadow: boolean;
}

export interface Outcome {
  readonly allowed: boolean;
  /** The bucket that decided, or that stands for the rest. */
  readonly bucket: LimitBucket | null;
  readonly headers: Descriptor["headers"];
}

function open(plan: BucketPlan, cell: BucketCell): LimitBucket {
  return { bucket: new RateBucket(plan.max, plan.tokensPerMs, cell), shadow: plan.shadow };
}

/** The buckets of one open descriptor, by what requests brought; the longest unused one goes. */
class OpenBuckets {
  private readonly plan: LimiterPlan["open"][number];
  private readonly most: number;
  private readonly buckets = new Map<string, LimitBucket>();

  constructor(plan: LimiterPlan["open"][number], most: number) {
    this.plan = plan;
    this.most = most;
  }

  find({ entries }: Descriptor): LimitBucket | undefined {
    const { entries: wanted } = this.plan;
    if (wanted.length !== entries.length || !wanted.every((text, i) => text === entries[i] || (i % 2 === 1 && text === ""))) return undefined;
    const key = keyOf(entries);
    const found = this.buckets.get(key) ?? open(this.plan.bucket, new OwnCell());
    this.buckets.delete(key);
    this.buckets.set(key, found);
    if (this.buckets.size > this.most) this.buckets.delete(this.buckets.keys().next().value ?? "");
    return found;
  }
}

interface Found {
  readonly descriptor: Descriptor;
  readonly limit: LimitBucket;
}

const NONE: readonly Found[] = [];

export class Limiter {
  private readonly plan: LimiterPlan;
  private readonly common: LimitBucket | null;
  private readonly exact: ReadonlyMap<string, LimitBucket>;
  private readonly open: readonly OpenBuckets[];
  private readonly passed: Outcome;
  private readonly refused: Outcome;

  /** `cell`: the memory of bucket `i`, shared or not. */
  constructor(plan: LimiterPlan, cell: (i: number) => BucketCell) {
    this.plan = plan;
    this.common = plan.common === null || plan.common === "never" ? null : open(plan.common, cell(0));
    this.exact = new Map(plan.exact.map(({ key, bucket }, i) => [key, open(bucket, cell(i + 1))]));
    this.open = plan.open.map((one) => new OpenBuckets(one, plan.mostOpen));
    this.passed = { allowed: true, bucket: this.common, headers: "UNSPECIFIED" };
    this.refused = { allowed: false, bucket: this.common, headers: "UNSPECIFIED" };
  }

  /** Asks all buckets that the descriptors lead to, the slowest first, and then the common one. What only counts refuses nobody whom the others let pass. */
  ask(descriptors: readonly Descriptor[], now: number): Outcome {
    const found = descriptors.length === 0 ? NONE : this.find(descriptors);
    let counted: Outcome | undefined;
    for (const { descriptor, limit } of found) {
      if (descriptor.gives) limit.bucket.give(descriptor.hits, now);
      else if (!limit.bucket.take(descriptor.hits, now)) {
        const refused: Outcome = { allowed: false, bucket: limit, headers: descriptor.headers };
        if (!limit.shadow) return refused;
        counted ??= refused;
      }
    }
    const [first] = found;
    const special: Outcome | undefined = counted ?? (first === undefined ? undefined : { allowed: true, bucket: first.limit, headers: first.descriptor.headers });
    if (special !== undefined && !this.plan.alwaysCommon) return special;
    if (this.plan.common === "never" || (this.common !== null && !this.common.bucket.take(1, now))) return this.refused;
    return special ?? this.passed;
  }

  private find(descriptors: readonly Descriptor[]): readonly Found[] {
    const found: Found[] = [];
    for (const descriptor of descriptors) {
      const limit = this.exact.get(keyOf(descriptor.entries)) ?? this.openFor(descriptor);
      if (limit !== undefined) found.push({ descriptor, limit });
    }
    return found.sort((a, b) => a.limit.bucket.rate - b.limit.bucket.rate);
  }

  private openFor(descriptor: Descriptor): LimitBucket | undefined {
    for (const buckets of this.open) {
      const found = buckets.find(descriptor);
      if (found !== undefined) return found;
    }
    return undefined;
  }
}
