/** Cross-origin resource sharing: answers preflight requests, and marks the responses to requests from allowed origins. */
import { defineExtension } from "../../contract/extension.ts";
import { Continue, type HttpFilter, StopIteration, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import type { RuntimeView } from "../../contract/request-view.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import { HeaderBlock } from "../../http/header-block.ts";
import {
  ACCESS_CONTROL_ALLOW_CREDENTIALS, ACCESS_CONTROL_ALLOW_HEADERS, ACCESS_CONTROL_ALLOW_METHODS, ACCESS_CONTROL_ALLOW_ORIGIN,
  ACCESS_CONTROL_ALLOW_PRIVATE_NETWORK, ACCESS_CONTROL_EXPOSE_HEADERS, ACCESS_CONTROL_MAX_AGE, ACCESS_CONTROL_REQUEST_HEADERS,
  ACCESS_CONTROL_REQUEST_METHOD, ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK, ORIGIN, RESPONSE,
} from "../../http/names.ts";
import { currentFraction, type Fraction, fractionOf, isInFraction } from "../../match/fraction.ts";
import { compileStringMatcher, type StringMatcher } from "../../match/string-matcher.ts";
import type { Random } from "../../platform/random.ts";
import { choiceOf } from "../../router/route.ts";
import type { RuntimeFractionalPercent } from "../../schema/generated/envoy/config/core/v3.ts";
import type { Cors, CorsPolicy as PolicyMessage } from "../../schema/generated/envoy/extensions/filters/http/cors/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const POLICY = "envoy.extensions.filters.http.cors.v3.CorsPolicy";
const FIELDS = [
  "allow_origin_string_match", "allow_methods", "allow_headers", "expose_headers", "max_age", "allow_credentials", "filter_enabled",
  "shadow_enabled", "allow_private_network_access", "forward_not_matching_preflights",
];

const SHAPE = statLayout({ counters: ["origin_invalid", "origin_valid"] });
const ORIGIN_INVALID = placeIn(SHAPE, "origin_invalid");
const ORIGIN_VALID = placeIn(SHAPE, "origin_valid");

interface Share {
  readonly key: string;
  readonly fraction: Fraction;
}

/** One level's policy; what it does not say, a less specific one may. */
interface Policy {
  readonly message: PolicyMessage;
  readonly origins: readonly StringMatcher[];
  readonly enabled: Share | undefined;
  readonly shadow: Share | undefined;
}

function shareOf(config: RuntimeFractionalPercent | undefined): Share | undefined {
  return config === undefined ? undefined : { key: config.runtime_key ?? "", fraction: fractionOf(config.default_value) };
}

function compilePolicy(message: PolicyMessage, diagnostics: Diagnostics): Policy {
  return {
    message, origins: (message.allow_origin_string_match ?? []).map((matcher) => compileStringMatcher(matcher, diagnostics)),
    enabled: shareOf(message.filter_enabled), shadow: shareOf(message.shadow_enabled),
  };
}

/** What the filters of one configuration share in a worker. */
interface CorsContext {
  readonly stats: StatBlock;
  readonly runtime: RuntimeView;
  readonly random: Random;
  /** The policy of a route's or virtual host's own `cors` field. */
  policyOf(message: PolicyMessage): Policy;
}

class CorsFilter implements HttpFilter {
  private readonly context: CorsContext;
  private readonly handle: StreamHandle;
  /** Most specific first. */
  private policies: readonly Policy[] = [];
  private isCors = false;
  /** Of the request, once it is found to be allowed. */
  private origin = "";

  constructor(context: CorsContext, handle: StreamHandle) {
    this.context = context;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock): Verdict {
    const origin = headers.get(ORIGIN);
    if (origin === null || origin === "" || !this.findPolicies()) return Continue;
    const [first] = this.policies;
    const enabled = first !== undefined && (first.enabled === undefined || this.draws(first.enabled));
    if (!enabled && (first?.shadow === undefined || !this.draws(first.shadow))) return Continue;
    const allowed = this.allows(origin);
    this.context.stats.inc(allowed ? ORIGIN_VALID : ORIGIN_INVALID);
    if (allowed) this.origin = origin;
    if (!enabled) return Continue;
    this.isCors = true;
    const preflight = headers.method === "OPTIONS" && (headers.get(ACCESS_CONTROL_REQUEST_METHOD) ?? "") !== "";
    if (!preflight || (!allowed && (this.said("forward_not_matching_preflights") ?? true))) return Continue;
    this.handle.info.details = "cors_response";
    this.handle.encodeHeaders(this.preflightAnswer(headers), true);
    return StopIteration;
  }

  encodeHeaders(headers: HeaderBlock): Verdict {
    if (!this.isCors || this.origin === "") return Continue;
    headers.set(ACCESS_CONTROL_ALLOW_ORIGIN, this.origin);
    if (this.said("allow_credentials") === true) headers.set(ACCESS_CONTROL_ALLOW_CREDENTIALS, "true");
    const expose = this.text("expose_headers");
    if (expose !== "") headers.set(ACCESS_CONTROL_EXPOSE_HEADERS, expose);
    return Continue;
  }

  /** The policies of the filter's own configuration, else those of the route and its virtual host. False: the route does not forward. */
  private findPolicies(): boolean {
    const choice = choiceOf(this.handle.route());
    if (choice?.kind !== "forward") return false;
    this.policies = this.handle.routeConfigs().toReversed() as Policy[];
    if (this.policies.length > 0) return true;
    const messages = [choice.route?.forward?.message.cors, choice.host.message.cors];
    this.policies = messages.filter((message) => message !== undefined).map((message) => this.context.policyOf(message));
    return true;
  }

  private draws({ key, fraction }: Share): boolean {
    return isInFraction(currentFraction(this.context.runtime, key, fraction), this.context.random.u64());
  }

  private allows(origin: string): boolean {
    const origins = this.policies.find((policy) => policy.origins.length > 0)?.origins ?? [];
    return origins.some((matcher) => matcher.test("*") || matcher.test(origin));
  }

  private preflightAnswer(request: HeaderBlock): HeaderBlock {
    const answer = new HeaderBlock();
    answer.kind = RESPONSE;
    answer.status = 200;
    const set = (id: number, value: string): void => { if (value !== "") answer.set(id, value); };
    const wild = (value: string, asked: number): string => (value === "*" ? (request.get(asked) ?? "") : value);
    set(ACCESS_CONTROL_ALLOW_ORIGIN, this.origin);
    set(ACCESS_CONTROL_ALLOW_CREDENTIALS, this.said("allow_credentials") === true ? "true" : "");
    set(ACCESS_CONTROL_ALLOW_METHODS, wild(this.text("allow_methods"), ACCESS_CONTROL_REQUEST_METHOD));
    set(ACCESS_CONTROL_ALLOW_HEADERS, wild(this.text("allow_headers"), ACCESS_CONTROL_REQUEST_HEADERS));
    set(ACCESS_CONTROL_MAX_AGE, this.text("max_age"));
    const privately = this.said("allow_private_network_access") === true && request.get(ACCESS_CONTROL_REQUEST_PRIVATE_NETWORK) === "true";
    set(ACCESS_CONTROL_ALLOW_PRIVATE_NETWORK, privately ? "true" : "");
    return answer;
  }

  /** The most specific text that is not empty. */
  private text(field: "allow_methods" | "allow_headers" | "expose_headers" | "max_age"): string {
    return this.policies.find(({ message }) => (message[field] ?? "") !== "")?.message[field] ?? "";
  }

  /** What the most specific policy that says anything says. */
  private said(field: "allow_credentials" | "allow_private_network_access" | "forward_not_matching_preflights"): boolean | undefined {
    return this.policies.find(({ message }) => message[field] !== undefined)?.message[field];
  }
}

const SILENT: Diagnostics = { report: () => undefined };

export const cors = defineExtension<"envoy.filters.http", Cors, PolicyMessage>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.cors",
  config: "envoy.extensions.filters.http.cors.v3.Cors",
  offline: true,
  honours: {
    "envoy.extensions.filters.http.cors.v3.Cors": [], [POLICY]: FIELDS, "envoy.config.route.v3.CorsPolicy": FIELDS,
    "envoy.config.route.v3.RouteAction": ["cors"], "envoy.config.route.v3.VirtualHost": ["cors"],
  },
  compile(_config, { statPrefix }) {
    return {
      open(env) {
        const compiled = new WeakMap<object, Policy>();
        const context: CorsContext = {
          stats: env.stats.block(`${statPrefix}cors.`, SHAPE), runtime: env.runtime, random: env.random,
          policyOf(message) {
            const policy = compiled.get(message) ?? compilePolicy(message, SILENT);
            compiled.set(message, policy);
            return policy;
          },
        };
        return (handle) => new CorsFilter(context, handle);
      },
    };
  },
  routeType: POLICY,
  compileRoute: (config, { diagnostics }): Policy => compilePolicy(config, diagnostics),
});
