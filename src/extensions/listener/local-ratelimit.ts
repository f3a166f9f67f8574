/** Takes only so many connections in a time; what is beyond is closed at once. Each worker has a bucket of its own. */
import { optionalMs } from "../../base/duration.ts";
import { TokenBucket } from "../../base/token-bucket.ts";
import { defineExtension } from "../../contract/extension.ts";
import { Done, Refuse } from "../../contract/listener-filter.ts";
import { statLayout } from "../../contract/stat-layout.ts";
import { runtimeFlag } from "../../match/runtime-value.ts";
import type { LocalRateLimit } from "../../schema/generated/envoy/extensions/filters/listener/local_ratelimit/v3.ts";

const CONFIG = "envoy.extensions.filters.listener.local_ratelimit.v3.LocalRateLimit";
const SHAPE = statLayout({ counters: ["rate_limited"] });

export const listenerLocalRatelimit = defineExtension<"envoy.filters.listener", LocalRateLimit>({
  category: "envoy.filters.listener",
  name: "envoy.filters.listener.local_ratelimit",
  config: CONFIG,
  honours: {
    [CONFIG]: ["stat_prefix", "token_bucket", "runtime_enabled"],
    "envoy.type.v3.TokenBucket": ["max_tokens", "tokens_per_fill", "fill_interval"],
    "envoy.config.core.v3.RuntimeFeatureFlag": ["default_value", "runtime_key"],
  },
  compile(config) {
    const { max_tokens: most = 0, tokens_per_fill: fill = 1, fill_interval: interval } = config.token_bucket ?? {};
    const perSecond = (fill * 1000) / Math.max(optionalMs(interval) ?? 1000, 1);
    return {
      open(env) {
        const stats = env.stats.block(`listener_local_ratelimit.${config.stat_prefix ?? ""}.`, SHAPE);
        const bucket = new TokenBucket(most, perSecond, most, env.clock.now());
        return () => ({
          onAccept() {
            if (!runtimeFlag(env.runtime, config.runtime_enabled, true) || bucket.takeUpTo(1, env.clock.now()) === 1) return Done;
            stats.inc(0);
            return Refuse;
          },
        });
      },
    };
  },
});
