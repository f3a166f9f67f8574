/** The conditions of a route in the order in which Envoy asks them (config_impl.cc matchRoute), and its path specifier. */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Condition } from "../match/condition.ts";
import { CookieCondition } from "../match/cookie-matcher.ts";
import { FractionCondition } from "../match/fraction.ts";
import { compileHeaderMatchers } from "../match/header-matcher.ts";
import { MetadataCondition } from "../match/metadata-matcher.ts";
import { compilePathMatcher } from "../match/path-matcher.ts";
import type { PathCondition } from "../match/path-matcher.ts";
import { QueryCondition } from "../match/query-matcher.ts";
import type { RequestView } from "../contract/request-view.ts";
import { FilterStateCondition, GrpcCondition, PeerCondition } from "../match/stream-matcher.ts";
import type { RouteMatch } from "../schema/generated/envoy/config/route/v3.ts";

export const honours = {
  "envoy.config.route.v3.RouteMatch": ["runtime_fraction", "grpc", "headers", "query_parameters", "cookies", "tls_context", "dynamic_metadata", "filter_state"],
} as const;

export class RouteConditions {
  readonly path: PathCondition;
  readonly others: readonly Condition[];

  constructor(path: PathCondition, others: readonly Condition[]) {
    this.path = path;
    this.others = others;
  }

  /** These, and one more. */
  and(condition: Condition): RouteConditions {
    return new RouteConditions(this.path, [...this.others, condition]);
  }

  /** All conditions; `compared` and `bare` are the cut forms of the path, `null` for a request without one. */
  match(request: RequestView, compared: string | null, bare: string | null): boolean {
    return this.matchOthers(request) && this.matchPath(request, compared, bare);
  }

  matchOthers(request: RequestView): boolean {
    for (const condition of this.others) if (!condition.matches(request)) return false;
    return true;
  }

  private matchPath(request: RequestView, compared: string | null, bare: string | null): boolean {
    if (this.path.kind === "connect_matcher") return this.path.matches(request);
    return compared !== null && bare !== null && this.path.test(compared, bare, request);
  }

  /** The first condition that does not hold, in Envoy's order; `undefined` if all do. */
  firstFailure(request: RequestView): Condition | undefined {
    const [first, rest] = this.path.kind === "connect_matcher" ? [[this.path], this.others] : [this.others, [this.path]];
    return [...first, ...rest].find((condition) => !condition.matches(request));
  }
}

/** Compiles a match. What cannot be compiled is reported and never matches. */
export function compileRouteConditions(match: RouteMatch, ignorePathParameters: boolean, diagnostics: Diagnostics): RouteConditions {
  const others: Condition[] = [];
  if (match.runtime_fraction !== undefined) others.push(new FractionCondition(match, match.runtime_fraction));
  if (match.grpc !== undefined) others.push(new GrpcCondition(match));
  others.push(...compileHeaderMatchers(match.headers, diagnostics));
  for (const parameter of match.query_parameters ?? []) others.push(new QueryCondition(parameter, diagnostics));
  for (const cookie of match.cookies ?? []) others.push(new CookieCondition(cookie, diagnostics));
  if (match.tls_context !== undefined) others.push(new PeerCondition(match, match.tls_context));
  for (const metadata of match.dynamic_metadata ?? []) others.push(new MetadataCondition(metadata, diagnostics));
  for (const state of match.filter_state ?? []) others.push(new FilterStateCondition(state, diagnostics));
  return new RouteConditions(compilePathMatcher(match, ignorePathParameters, diagnostics), others);
}
