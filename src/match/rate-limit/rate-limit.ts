/** envoy.config.route.v3.RateLimit: makes the descriptors of a request that rate limits are looked up by. */
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { RateLimit, RateLimit_HitsAddend, RateLimit_XRateLimitOption } from "../../schema/generated/envoy/config/route/v3.ts";
import { decimalOf } from "../../base/number-text.ts";
import { compileFormat } from "../format/format-string.ts";
import { type Action, compileAction, END, honours as actions, type RateLimitSubject, SKIP } from "./action.ts";

const TYPE = "envoy.config.route.v3.RateLimit";

export const honours = {
  [TYPE]: ["stage", "disable_key", "actions", "hits_addend", "x_ratelimit_option"], [`${TYPE}.HitsAddend`]: ["number", "format", "is_negative_hits"], ...actions,
} as const;

export interface Descriptor {
  /** Keys and values one after the other. */
  readonly entries: readonly string[];
  readonly hits: number;
  /** The hits are given back. */
  readonly gives: boolean;
  readonly headers: RateLimit_XRateLimitOption;
}

export interface RateLimitRule {
  readonly stage: number;
  readonly disableKey: string;
  /** Null: this request has none. */
  descriptor(subject: RateLimitSubject): Descriptor | null;
}

const MOST_HITS = 1_000_000_000;

/** Null: the number cannot be had. */
function compileHits(config: RateLimit_HitsAddend | undefined, diagnostics: Diagnostics): (subject: RateLimitSubject) => number | null {
  if (config === undefined || (config.format ?? "") === "") {
    const hits = Number(config?.number ?? 1);
    return () => hits;
  }
  const formatter = compileFormat(config.format ?? "", true, { at: config, key: "format", diagnostics });
  return ({ facts }) => {
    const hits = decimalOf(formatter?.format(facts) ?? "");
    return hits === null || hits < 0 || hits > MOST_HITS ? null : Math.trunc(hits);
  };
}

function entriesOf(list: readonly Action[], subject: RateLimitSubject): string[] | null {
  const entries: string[] = [];
  for (const action of list) {
    const made = action(subject);
    if (made === END) return null;
    if (made !== SKIP) entries.push(made.key, made.value);
  }
  return entries;
}

export function compileRateLimit(config: RateLimit, serviceCluster: string, diagnostics: Diagnostics): RateLimitRule {
  const list = (config.actions ?? []).map((action) => compileAction(action, serviceCluster, diagnostics));
  const hitsOf = compileHits(config.hits_addend, diagnostics);
  const gives = config.hits_addend?.is_negative_hits === true;
  const headers = config.x_ratelimit_option ?? "UNSPECIFIED";
  return {
    stage: config.stage ?? 0, disableKey: config.disable_key ?? "",
    descriptor(subject) {
      const entries = entriesOf(list, subject);
      const hits = entries === null ? null : hitsOf(subject);
      return entries === null || hits === null ? null : { entries, hits, gives, headers };
    },
  };
}
