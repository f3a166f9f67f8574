/** router_check_tool's tests (envoy-semantics 14) over the simulation: one failure line for each assertion that does not hold. */
import type { RuntimeView } from "../../src/contract/request-view.ts";
import { nameId } from "../../src/http/names.ts";
import { compileHeaderMatcher } from "../../src/match/header-matcher.ts";
import type { HeaderBlock } from "../../src/http/header-block.ts";
import type { RouteTable } from "../../src/router/route-table.ts";
import { simulate, type Outcome } from "../../src/router/simulate.ts";
import type { HeaderMatcher } from "../../src/schema/generated/envoy/config/route/v3.ts";
import { request } from "./route-tables.ts";

export interface CheckTest {
  readonly test_name: string;
  readonly input: {
    readonly authority: string;
    readonly path: string;
    readonly method?: string;
    readonly ssl?: boolean;
    readonly internal?: boolean;
    readonly random_value?: number;
    readonly runtime?: string;
    readonly additional_request_headers?: readonly { readonly key: string; readonly value?: string }[];
    readonly dynamic_metadata?: readonly { readonly metadata_namespace: string; readonly value: Readonly<Record<string, unknown>>; readonly allow_overwrite?: boolean }[];
  };
  readonly validate: {
    readonly cluster_name?: string;
    readonly virtual_cluster_name?: string;
    readonly virtual_host_name?: string;
    readonly path_rewrite?: string;
    readonly host_rewrite?: string;
    readonly path_redirect?: string;
    readonly code_redirect?: number;
    readonly request_header_matches?: readonly HeaderMatcher[];
    readonly response_header_matches?: readonly HeaderMatcher[];
  };
}

/** The tool makes a numerator of 0 into 1, and a fraction holds only where the test names its key. */
export function checkRuntime(active: string | undefined): RuntimeView {
  return { get: (key) => (key === active ? undefined : { numerator: 0 }) };
}

function outcomeOf(table: RouteTable, { input }: CheckTest): Outcome {
  const scheme = input.ssl === true ? "https" : "http";
  const headers: [string, string][] = [
    [":authority", input.authority], [":path", input.path], [":method", input.method ?? "GET"], ["x-forwarded-proto", scheme], [":scheme", scheme],
  ];
  if (input.internal === true) headers.push(["x-envoy-internal", "true"]);
  for (const { key, value } of input.additional_request_headers ?? []) headers.push([key, value ?? ""]);
  const metadata: Record<string, unknown> = {};
  for (const { metadata_namespace: name, value, allow_overwrite: overwrite } of input.dynamic_metadata ?? []) {
    if (metadata[name] === undefined) metadata[name] = value;
    else if (overwrite === true) metadata[name] = { ...(metadata[name] as object), ...value };
  }
  const view = request(headers, { random: BigInt(input.random_value ?? 0), metadata, runtime: checkRuntime(input.runtime) });
  return simulate(table, view, { stream: { downstreamRemoteAddress: "127.0.0.1:0" }, machine: undefined, keepOriginals: true, routerFilter: false });
}

function headerFailures(kind: string, matchers: readonly HeaderMatcher[] | undefined, headers: HeaderBlock): string[] {
  return (matchers ?? []).filter((matcher) => !compileHeaderMatcher(matcher, { report: () => undefined }).test(headers))
    .map((matcher) => `${kind} ${JSON.stringify(matcher)}: actual ${JSON.stringify(headers.getAll(nameId(matcher.name ?? "")))}`);
}

/** What does not hold. */
export function checkFailures(table: RouteTable, test: CheckTest): string[] {
  const outcome = outcomeOf(table, test);
  const { choice, answer, request: forwarded } = outcome;
  const forwards = choice?.kind === "forward";
  const actual = {
    cluster_name: forwards ? choice.cluster : "",
    virtual_cluster_name: forwards ? outcome.virtualCluster : "",
    virtual_host_name: forwards ? choice.host.name : "",
    path_rewrite: forwards ? (forwarded.path ?? "") : "",
    host_rewrite: forwards ? (forwarded.authority ?? "") : "",
    path_redirect: answer === undefined ? "" : locationOf(outcome),
    code_redirect: answer?.status ?? 0,
  };
  const failures: string[] = [];
  for (const [key, value] of Object.entries(actual)) {
    const expected = test.validate[key as keyof typeof actual];
    if (expected !== undefined && expected !== value) failures.push(`${key}: expected [${expected}], actual [${value}]`);
  }
  failures.push(...headerFailures("request header", test.validate.request_header_matches, forwarded));
  failures.push(...headerFailures("response header", test.validate.response_header_matches, outcome.response));
  return failures;
}

/** The tool asks every direct response for its Location, also those that send none. */
function locationOf({ answer, request: { scheme, authority, path } }: Outcome): string {
  return answer?.location ?? `${scheme ?? ""}://${authority ?? ""}${path ?? ""}`;
}
