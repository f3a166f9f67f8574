/** The rate limits that routes and virtual hosts carry, for the filters that limit rates. */
import type { VhRateLimitsOptions } from "../schema/generated/envoy/extensions/common/ratelimit/v3.ts";
import type { RateLimit } from "../schema/generated/envoy/config/route/v3.ts";
import { compileRateLimit, type RateLimitRule } from "../match/rate-limit/rate-limit.ts";
import type { RouteChoice } from "../router/route.ts";

export const NO_LIMIT_RULES: readonly RateLimitRule[] = [];
const SILENT = { report: (): void => undefined };

export class RouteLimits {
  private readonly serviceCluster: string;
  private readonly compiled = new WeakMap<readonly RateLimit[], readonly RateLimitRule[]>();

  constructor(serviceCluster: string) {
    this.serviceCluster = serviceCluster;
  }

  /** Those of the route, and of its virtual host as the route or else the filter says. Undefined: the request is not forwarded. */
  of(choice: RouteChoice | null, option: VhRateLimitsOptions): readonly RateLimitRule[] | undefined {
    if (choice === null || choice.kind !== "forward") return undefined;
    const action = choice.route?.message.route;
    const own = this.rules(action?.rate_limits);
    const host = this.rules(choice.host.message.rate_limits);
    if (action?.include_vh_rate_limits === true || option === "INCLUDE") return host.length === 0 ? own : [...own, ...host];
    return option === "OVERRIDE" && own.length === 0 ? host : own;
  }

  private rules(messages: readonly RateLimit[] | undefined): readonly RateLimitRule[] {
    if (messages === undefined) return NO_LIMIT_RULES;
    const rules = this.compiled.get(messages) ?? messages.map((message) => compileRateLimit(message, this.serviceCluster, SILENT));
    this.compiled.set(messages, rules);
    return rules;
  }
}
