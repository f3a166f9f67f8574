/**
 * Tests of routes as Envoy's router_check_tool runs them: one failure line for each assertion that does not hold, and how much of
 * the route table the tests that hold have covered.
 */
import { toWire } from "../base/wire-text.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { nameId } from "../http/names.ts";
import { compileHeaderMatcher } from "../match/header-matcher.ts";
import type { RouteTable } from "../router/route-table.ts";
import { type Outcome, simulate } from "../router/simulate.ts";
import type { HeaderMatcher, Route, RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import { type Assertion, ASSERTIONS, type CheckTest } from "./check-tests.ts";
import { openTable } from "./simulate.ts";
import { textProto } from "./text-proto.ts";

export interface CheckedTest {
  readonly test: CheckTest;
  readonly failures: readonly string[];
}

/** Runs tests against one route table. */
export class RouterCheck {
  readonly #table: RouteTable;
  readonly #config: RouteConfiguration;
  /** Route, or entry of its weighted clusters -> what was asserted of it. */
  readonly #covered = new Map<object, Set<Assertion>>();

  constructor(config: RouteConfiguration) {
    this.#config = config;
    this.#table = openTable(config);
  }

  run(test: CheckTest): CheckedTest {
    const outcome = outcomeOf(this.#table, test);
    const failures: string[] = [];
    const actual = actualOf(outcome);
    for (const key of ASSERTIONS) {
      const expected = test.expect[key];
      if (expected === undefined) continue;
      if (toWire(expected) === actual[key]) this.#cover(outcome, key);
      else failures.push(`expected: [${expected}], actual: [${actual[key]}], test type: ${key}`);
    }
    failures.push(...headerFailures("request_header_matches", test.requestHeaders, outcome.request));
    failures.push(...headerFailures("response_header_matches", test.responseHeaders, outcome.response));
    return { test, failures };
  }

  /** Share of the routes that an assertion held of, in percent; a weighted route counts as often as it has clusters. */
  coverage(): number {
    return (100 * this.#covered.size) / this.#total();
  }

  /** Share of the assertions that held of each route: five kinds for one that forwards, two for one that answers itself. */
  comprehensiveCoverage(): number {
    let sum = 0;
    for (const kinds of this.#covered.values()) sum += kinds.has("path_redirect") || kinds.has("code_redirect") ? kinds.size / 2 : kinds.size / 5;
    return (100 * sum) / this.#total();
  }

  /** Routes of which nothing was asserted, with their host. */
  uncovered(): { readonly host: string; readonly route: Route; readonly match: string }[] {
    return (this.#config.virtual_hosts ?? []).flatMap((host) => (host.routes ?? [])
      .filter((route) => !this.#covered.has(route) && !(route.route?.weighted_clusters?.clusters ?? []).some((entry) => this.#covered.has(entry)))
      .map((route) => ({ host: host.name ?? "", route, match: textProto("envoy.config.route.v3.RouteMatch", route.match ?? {}) })));
  }

  #total(): number {
    const routes = (this.#config.virtual_hosts ?? []).flatMap((host) => host.routes ?? []);
    return routes.reduce((sum, route) => sum + (route.route?.weighted_clusters?.clusters?.length ?? 1), 0);
  }

  /** Only what a route says is covered: `""` asserted where no route was found covers nothing. */
  #cover({ choice }: Outcome, key: Assertion): void {
    const route = choice?.route?.message;
    const answers = key === "path_redirect" || key === "code_redirect";
    if (route === undefined || answers === (choice?.kind === "forward")) return;
    const covered = choice?.entry?.message ?? route;
    const kinds = this.#covered.get(covered);
    if (kinds === undefined) this.#covered.set(covered, new Set([key]));
    else kinds.add(key);
  }
}

function outcomeOf(table: RouteTable, test: CheckTest): Outcome {
  const scheme = test.ssl ? "https" : "http";
  const headers: (readonly [string, string])[] = [
    [":authority", toWire(test.authority)], [":path", toWire(test.path)], [":method", test.method], ["x-forwarded-proto", scheme], [":scheme", scheme],
    ...(test.internal ? [["x-envoy-internal", "true"] as const] : []), ...test.headers.map(([name, value]) => [name.toLowerCase(), toWire(value)] as const),
  ];
  const view = {
    headers: HeaderBlock.of(headers), random: test.random, peer: undefined, remoteIp: "127.0.0.1", metadata: test.metadata, filterState: {},
    runtime: { get: (key: string) => (key === test.runtime ? undefined : { numerator: 0 }) },
  };
  return simulate(table, view, { stream: { downstreamRemoteAddress: "127.0.0.1:0" }, machine: undefined, keepOriginals: true, timeoutHeaders: false });
}

/** The tool asks every direct response for its Location, also those that send none. */
function actualOf(outcome: Outcome): Record<Assertion, string> {
  const { choice, answer, request } = outcome;
  const forwards = choice?.kind === "forward";
  return {
    cluster_name: forwards ? choice.cluster : "",
    virtual_cluster_name: forwards ? outcome.virtualCluster : "",
    virtual_host_name: forwards ? choice.host.name : "",
    path_rewrite: forwards ? (request.path ?? "") : "",
    host_rewrite: forwards ? (request.authority ?? "") : "",
    path_redirect: answer === undefined ? "" : (answer.location ?? `${request.scheme ?? ""}://${request.authority ?? ""}${request.path ?? ""}`),
    code_redirect: String(answer?.status ?? 0),
  };
}

function headerFailures(kind: string, matchers: readonly HeaderMatcher[], headers: HeaderBlock): string[] {
  return matchers.filter((matcher) => !compileHeaderMatcher(matcher, { report: () => undefined }).test(headers)).map((matcher) => headerFailure(kind, matcher, headers));
}

function headerFailure(kind: string, matcher: HeaderMatcher, headers: HeaderBlock): string {
  const name = matcher.name ?? "";
  const value = headers.getAll(nameId(name)).join(",");
  const not = matcher.invert_match === true ? "NOT " : "";
  const type = `${kind}.${textProto("envoy.config.route.v3.HeaderMatcher", matcher)}`;
  const exact = matcher.exact_match ?? matcher.string_match?.exact;
  if (exact !== undefined) return `expected: [${name}: ${exact}], actual: ${not}[${name}: ${value}], test type: ${type}`;
  if (matcher.present_match !== undefined) return `expected: [has(${name}):${matcher.present_match}], actual: ${not}[has(${name}):${headers.has(nameId(name))}], test type: ${type}`;
  return `actual: ${not}[${name}: ${value}], test type: ${type}`;
}

/**
 * The table as the tool loads it: a runtime fraction of 0 becomes 1, so that a test that names its key can reach the route.
 * The messages themselves stay as they are where nothing changes, so that places can still be found.
 */
export function prepareForCheck(config: RouteConfiguration): RouteConfiguration {
  const hosts = (config.virtual_hosts ?? []).map((host) => {
    const routes = (host.routes ?? []).map((route) => {
      const fraction = route.match?.runtime_fraction;
      if (fraction === undefined || (fraction.default_value?.numerator ?? 0) !== 0) return route;
      return { ...route, match: { ...route.match, runtime_fraction: { ...fraction, default_value: { ...fraction.default_value, numerator: 1 } } } };
    });
    return { ...host, routes };
  });
  return { ...config, virtual_hosts: hosts };
}
