/** Lets connections in as fast as a token bucket fills, in the whole process; others are closed. */
import { optionalMs } from "../../base/duration.ts";
import { defineExtension } from "../../contract/extension.ts";
import { Hold, PassForGood } from "../../contract/network-filter.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import { runtimeFlag } from "../../match/runtime-value.ts";
import type { LocalRateLimit } from "../../schema/generated/envoy/extensions/filters/network/local_ratelimit/v3.ts";
import { RateBucket, SharedCell } from "../../stats/rate-bucket.ts";

const CONFIG = "envoy.extensions.filters.network.local_ratelimit.v3.LocalRateLimit";
const SHAPE = statLayout({ counters: ["rate_limited"] });
const LIMITED = placeIn(SHAPE, "rate_limited");
const BUCKET = statLayout({ cells: ["tokens"] });
/** Milliseconds: 2020. A bucket's times are smaller than those of the epoch. */
const BEGINNING = 1_577_836_800_000;
const TOKENS = placeIn(BUCKET, "tokens");

export const networkLocalRateLimit = defineExtension<"envoy.filters.network", LocalRateLimit>({
  category: "envoy.filters.network",
  name: "envoy.filters.network.local_ratelimit",
  config: CONFIG,
  honours: {
    [CONFIG]: ["stat_prefix", "token_bucket", "runtime_enabled", "share_key"], "envoy.type.v3.TokenBucket": ["max_tokens", "tokens_per_fill", "fill_interval"],
    "envoy.config.core.v3.RuntimeFeatureFlag": ["default_value", "runtime_key"],
  },
  compile(config, { surroundings }) {
    const { token_bucket: tokens = {}, stat_prefix: prefix = "", share_key: shared = "", runtime_enabled: enabled } = config;
    const perMs = (tokens.tokens_per_fill ?? 1) / Math.max(1, optionalMs(tokens.fill_interval) ?? 1);
    // filters with one key and buckets alike share theirs, whatever listener they are in
    const place = `.local_ratelimit.${shared === "" ? `${surroundings.listenerPrefix}${prefix}` : `shared.${shared}`}.${JSON.stringify(tokens)}.`;
    return {
      open(env) {
        const stats = env.stats.block(`local_rate_limit.${prefix}.`, SHAPE);
        // one clock for all threads, which does not jump
        const epoch = env.clock.wall() - env.clock.now() - BEGINNING;
        const bucket = new RateBucket(tokens.max_tokens ?? 0, perMs, new SharedCell(env.stats.block(place, BUCKET), TOKENS));
        return {
          kind: "filter",
          create: (handle) => ({
            onNewConnection() {
              if (!runtimeFlag(env.runtime, enabled, true) || bucket.take(1, env.clock.now() + epoch)) return PassForGood;
              stats.inc(LIMITED);
              handle.info.setFlag("URX");
              handle.close("local_ratelimit_close_over_limit");
              return Hold;
            },
          }),
        };
      },
    };
  },
});
