/**
 * What router_check_tool of Envoy does (test/tools/router_check): each test's request is routed, finalised and compared with
 * what is asserted. The routing is the proxy's own.
 */
import { fromWire, toWire } from "../base/wire-text.ts";
import { NO_RUNTIME, type RequestView, type RuntimeView } from "../contract/request-view.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { AUTHORITY, nameId, PATH, RESPONSE } from "../http/names.ts";
import { virtualClusterOf } from "../router/host-level.ts";
import { ownUri } from "../router/redirect.ts";
import type { RouteChoice } from "../router/route.ts";
import type { RouteTable } from "../router/route-table.ts";
import { simulate } from "../router/simulate.ts";
import type { Metadata } from "../schema/generated/envoy/extensions/filters/http/set_metadata/v3.ts";
import type { HeaderValue } from "../schema/generated/envoy/config/core/v3.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import { compareHeaders, type HeaderMatchFailure } from "./router-check-headers.ts";
import type { CheckAssert, CheckInput, CheckItem } from "./router-check-schema.ts";

/** The asserted fields that count for coverage. */
export type CheckedField = "cluster_name" | "virtual_cluster_name" | "virtual_host_name" | "path_rewrite" | "host_rewrite" | "path_redirect" | "code_redirect";

/** What failed, in the fields of `ValidationFailure`. */
export interface CheckFailure {
  readonly [field: string]: string | number | readonly HeaderMatchFailure[];
}

export interface CheckResult {
  readonly name: string;
  /** One line a failed assertion, as the tool prints it. */
  readonly lines: readonly string[];
  readonly failure: CheckFailure;
  readonly choice: RouteChoice | null;
  /** Fields that were asserted and hold, on a route that has them. */
  readonly covered: readonly CheckedField[];
}

/** The tool takes a numerator of 0 for 1, and no fraction without a runtime key lets anything through. */
export function withCheckedFractions(table: RouteConfiguration): RouteConfiguration {
  return {
    ...table,
    virtual_hosts: (table.virtual_hosts ?? []).map((host) => ({
      ...host,
      routes: (host.routes ?? []).map((route) => {
        const fraction = route.match?.runtime_fraction;
        if (fraction === undefined) return route;
        const numerator = (fraction.runtime_key ?? "") === "" ? 0 : fraction.default_value?.numerator || 1;
        return { ...route, match: { ...route.match, runtime_fraction: { ...fraction, default_value: { ...fraction.default_value, numerator } } } };
      }),
    })),
  };
}

/** Runs one test. `diagnostics` hears of header matchers that cannot be compiled. */
export function checkOne(table: RouteTable, test: CheckItem, diagnostics: Diagnostics): CheckResult {
  const { input, validate } = test;
  const view = viewOf(input);
  const outcome = simulate(table, view, { stream: { downstreamRemoteAddress: "127.0.0.1:0", downstreamDirectRemoteAddress: "127.0.0.1:0" }, machine: undefined, keepOriginals: true, routerFilter: false, response: responseOf(input) });
  const { choice, request, response, answer } = outcome;
  const entry = choice !== null && choice.kind === "forward" ? choice : undefined;
  const redirects = choice !== null && choice.kind !== "forward";
  const location = redirects ? (choice.kind === "redirect" ? answer?.location : ownUri(request)) ?? "" : "";
  const check = new Assertions(validate);
  check.compare("cluster_name", entry?.cluster ?? "", entry !== undefined);
  check.compare("virtual_cluster_name", entry === undefined ? "" : virtualClusterOf(entry.host, request), entry !== undefined);
  check.compare("virtual_host_name", entry?.host.name ?? "", entry !== undefined);
  check.compare("path_rewrite", entry === undefined ? "" : request.get(PATH) ?? "", entry !== undefined);
  check.compare("host_rewrite", entry === undefined ? "" : request.get(AUTHORITY) ?? "", entry !== undefined);
  check.compare("path_redirect", location, redirects);
  check.compare("code_redirect", redirects ? answer?.status ?? 0 : 0, redirects);
  check.headers("request", request, diagnostics);
  check.headers("response", response, diagnostics);
  return { name: test.test_name, lines: check.lines, failure: check.failure, choice, covered: check.covered };
}

class Assertions {
  readonly lines: string[] = [];
  readonly covered: CheckedField[] = [];
  readonly failure: Record<string, string | number | readonly HeaderMatchFailure[]> = {};
  private readonly validate: CheckAssert;

  constructor(validate: CheckAssert) {
    this.validate = validate;
  }

  compare(field: CheckedField, actual: string | number, counts: boolean): void {
    const expected = this.validate[field];
    if (expected === undefined) return;
    if (typeof expected === "string" ? toWire(expected) === actual : expected === actual) {
      if (counts) this.covered.push(field);
      return;
    }
    const shown = typeof actual === "string" ? fromWire(actual) : actual;
    this.lines.push(`expected: [${expected}], actual: [${shown}], test type: ${field}`);
    this.failure[`expected_${field}`] = expected;
    this.failure[`actual_${field}`] = shown;
  }

  headers(side: "request" | "response", headers: HeaderBlock, diagnostics: Diagnostics): void {
    const { lines, failures } = compareHeaders(this.validate[`${side}_header_matches`] ?? [], headers, `${side}_header_matches`, diagnostics);
    this.lines.push(...lines);
    if (failures.length > 0) this.failure[`${side}_header_match_failures`] = failures;
    for (const { key, value } of this.validate[`${side}_header_fields`] ?? []) {
      const actual = headers.get(nameId(key ?? "")) ?? "";
      if (actual !== toWire(value ?? "")) this.lines.push(`expected: [${value ?? ""}], actual: [${fromWire(actual)}], test type: ${side}_header_fields`);
    }
  }
}

function viewOf(input: CheckInput): RequestView {
  const scheme = input.ssl === true ? "https" : "http";
  const headers = HeaderBlock.of([
    [":authority", toWire(input.authority)], [":path", toWire(input.path)], [":method", input.method], ["x-forwarded-proto", scheme], [":scheme", scheme],
    ...(input.internal === true ? [["x-envoy-internal", "true"] as const] : []),
    ...entriesOf(input.additional_request_headers),
  ]);
  return {
    headers, runtime: runtimeOf(input.runtime ?? ""), peer: undefined, remoteIp: "127.0.0.1", filterState: {}, metadata: metadataOf(input.dynamic_metadata ?? []),
    // the tool keeps the value as a C int
    random: BigInt.asUintN(64, BigInt.asIntN(32, BigInt(input.random_value ?? 0))),
  };
}

function entriesOf(headers: readonly HeaderValue[] | undefined): (readonly [string, string])[] {
  return (headers ?? []).map(({ key, value }) => [toWire(key ?? ""), toWire(value ?? "")] as const);
}

function responseOf(input: CheckInput): HeaderBlock {
  return HeaderBlock.of(entriesOf(input.additional_response_headers), RESPONSE);
}

/** Only the named key's fraction is asked; no other lets a request through, and every other lookup has its default. */
function runtimeOf(active: string): RuntimeView {
  return active === "" ? { get: () => NEVER } : { get: (key) => (key === active ? NO_RUNTIME.get(key) : NEVER) };
}

/** A fraction of nothing; lookups of numbers do not take it. */
const NEVER = { numerator: 0, denominator: "HUNDRED" } as const;

/** As the set_metadata filter does: a namespace that is there stays, unless overwriting is allowed; then it is merged. */
function metadataOf(list: readonly Metadata[]): Record<string, unknown> {
  const all: Record<string, unknown> = {};
  for (const { metadata_namespace: name = "", value, allow_overwrite: overwrite } of list) {
    if (value === undefined) continue;
    if (!Object.hasOwn(all, name)) all[name] = value;
    else if (overwrite === true) all[name] = merged(all[name], value);
  }
  return all;
}

/** Structs are merged key by key, lists joined, everything else replaced (StructUtil::update). */
function merged(base: unknown, over: unknown): unknown {
  if (Array.isArray(base) && Array.isArray(over)) return [...base, ...over];
  if (!isStruct(base) || !isStruct(over)) return over;
  const all: Record<string, unknown> = { ...base };
  for (const [key, value] of Object.entries(over)) all[key] = Object.hasOwn(all, key) ? merged(all[key], value) : value;
  return all;
}

function isStruct(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
