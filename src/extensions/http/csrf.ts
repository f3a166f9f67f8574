/** Refuses requests that change something and come from a page of another origin. */
import { defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import { Continue, type HttpFilter, StopIteration, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { ORIGIN, REFERER } from "../../http/names.ts";
import { ALL_OF_IT } from "../../match/fraction.ts";
import { draws, type Share, shareOf } from "../../match/runtime-value.ts";
import { compileStringMatcher, type StringMatcher } from "../../match/string-matcher.ts";
import type { CsrfPolicy } from "../../schema/generated/envoy/extensions/filters/http/csrf/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const TYPE = "envoy.extensions.filters.http.csrf.v3.CsrfPolicy";
const SHAPE = statLayout({ counters: ["missing_source_origin", "request_invalid", "request_valid"] });
const MISSING = placeIn(SHAPE, "missing_source_origin");
const INVALID = placeIn(SHAPE, "request_invalid");
const VALID = placeIn(SHAPE, "request_valid");
const MODIFYING: ReadonlySet<string> = new Set(["POST", "PUT", "DELETE", "PATCH"]);
const ABSOLUTE = /^[A-Za-z]+:\/\/(?:[^/?#@]*@)?((?:\[[0-9A-Fa-f:.]+\]|[A-Za-z0-9._-]+)(?::[0-9]+)?)(?:[/?#].*)?$/;

interface Policy {
  readonly enabled: Share;
  readonly shadow: Share | null;
  readonly origins: readonly StringMatcher[];
}

function compilePolicy(config: CsrfPolicy, diagnostics: Diagnostics): Policy {
  return {
    enabled: shareOf(config.filter_enabled) ?? { key: "", fraction: ALL_OF_IT }, shadow: shareOf(config.shadow_enabled),
    origins: (config.additional_origins ?? []).map((matcher) => compileStringMatcher(matcher, diagnostics)),
  };
}

/** Host and port of an absolute URL; the text itself if it is none. */
function hostAndPort(url: string): string {
  return ABSOLUTE.exec(url)?.[1] ?? url;
}

function sourceOrigin(headers: HeaderBlock): string {
  const origin = headers.get(ORIGIN) ?? "";
  if (origin === "null") return "";
  return origin === "" ? hostAndPort(headers.get(REFERER) ?? "") : hostAndPort(origin);
}

class CsrfFilter implements HttpFilter {
  private readonly policy: Policy;
  private readonly env: Env;
  private readonly stats: StatBlock;
  private readonly handle: StreamHandle;

  constructor(policy: Policy, env: Env, stats: StatBlock, handle: StreamHandle) {
    this.policy = policy;
    this.env = env;
    this.stats = stats;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock): Verdict {
    if (!MODIFYING.has(headers.method)) return Continue;
    const policy = (this.handle.routeConfig() as Policy | null) ?? this.policy;
    if (!this.draws(policy.enabled) && !this.draws(policy.shadow)) return Continue;
    const origin = sourceOrigin(headers);
    if (origin !== "" && this.allows(policy, origin, headers)) {
      this.stats.inc(VALID);
      return Continue;
    }
    this.stats.inc(origin === "" ? MISSING : INVALID);
    if (this.draws(policy.shadow) && !this.draws(policy.enabled)) return Continue;
    this.handle.localReply({ status: 403, body: "Invalid origin", details: "csrf_origin_mismatch" });
    return StopIteration;
  }

  private draws(share: Share | null): boolean {
    return share !== null && draws(share.key, share.fraction, this.env.runtime, this.env.random);
  }

  private allows(policy: Policy, origin: string, { authority, scheme }: HeaderBlock): boolean {
    const target = authority === null || authority === "" ? "" : hostAndPort(`${scheme ?? "http"}://${authority}`);
    return origin === target || policy.origins.some((matcher) => matcher.test(origin));
  }
}

export const csrf = defineExtension<"envoy.filters.http", CsrfPolicy, CsrfPolicy>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.csrf",
  config: TYPE,
  offline: true,
  honours: { [TYPE]: ["filter_enabled", "shadow_enabled", "additional_origins"] },
  compile(config, { diagnostics, statPrefix }) {
    const policy = compilePolicy(config, diagnostics);
    return {
      open(env) {
        const stats = env.stats.block(`${statPrefix}csrf.`, SHAPE);
        return (handle) => new CsrfFilter(policy, env, stats, handle);
      },
    };
  },
  routeType: TYPE,
  compileRoute: (config, { diagnostics }): Policy => compilePolicy(config, diagnostics),
});
