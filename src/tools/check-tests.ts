import { isRawMap, type RawMap, type RawValue } from "../diagnostics/raw.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import { decodeMessage } from "../schema/decode.ts";
import type { HeaderMatcher } from "../schema/generated/envoy/config/route/v3.ts";

/** One test of a router_check_tool file (Envoy's test/tools/router_check/validation.proto). Unset assertions are undefined. */
export interface CheckTest {
  readonly name: string;
  /** The test in the file. */
  readonly at: object;
  readonly authority: string;
  readonly path: string;
  readonly method: string;
  readonly ssl: boolean;
  readonly internal: boolean;
  readonly random: bigint;
  readonly runtime: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly metadata: Readonly<Record<string, unknown>>;
  readonly expect: Readonly<Partial<Record<Assertion, string>>>;
  readonly requestHeaders: readonly HeaderMatcher[];
  readonly responseHeaders: readonly HeaderMatcher[];
}

/** What a test may assert by one value, in the order in which the tool compares them. */
export const ASSERTIONS = ["cluster_name", "virtual_cluster_name", "virtual_host_name", "path_rewrite", "host_rewrite", "path_redirect", "code_redirect"] as const;
export type Assertion = (typeof ASSERTIONS)[number];

const MATCHER = "envoy.config.route.v3.HeaderMatcher";

export interface CheckSinks {
  readonly origins: Origins;
  readonly diagnostics: Diagnostics;
}

/** Reads the tests of a document; undefined if it is no file of tests. */
export function readCheckTests(root: RawMap, sinks: CheckSinks): CheckTest[] | undefined {
  const tests = root.tests;
  if (!Array.isArray(tests)) return undefined;
  return tests.filter(isRawMap).map((test) => readTest(test, sinks));
}

function readTest(test: RawMap, sinks: CheckSinks): CheckTest {
  const [input, validate] = [mapAt(test, "input"), mapAt(test, "validate")];
  const matchers = (key: string, legacy: string): HeaderMatcher[] => [
    ...listAt(validate, key).map((raw) => decodeMessage(MATCHER, raw, { ...sinks, unknown_fields: "warning" }) as HeaderMatcher),
    ...listAt(validate, legacy).map((raw) => ({ name: textAt(raw, "key"), string_match: { exact: textAt(raw, "value") } })),
  ];
  return {
    name: textAt(test, "test_name"), at: test,
    authority: textAt(input, "authority"), path: textAt(input, "path"), method: textAt(input, "method") || "GET",
    ssl: flagAt(input, "ssl"), internal: flagAt(input, "internal"), random: BigInt(textAt(input, "random_value") || "0"), runtime: textAt(input, "runtime"),
    headers: listAt(input, "additional_request_headers").map((raw) => [textAt(raw, "key"), textAt(raw, "value")]),
    metadata: metadataOf(listAt(input, "dynamic_metadata")),
    expect: Object.fromEntries(ASSERTIONS.flatMap((key) => (entry(validate, key) === undefined ? [] : [[key, textAt(validate, key)]]))),
    requestHeaders: matchers("request_header_matches", "request_header_fields"),
    responseHeaders: matchers("response_header_matches", "response_header_fields"),
  };
}

/** A namespace given twice keeps its first value, unless a later one says that it may be overwritten: then they merge. */
function metadataOf(entries: readonly RawMap[]): Record<string, unknown> {
  const metadata: Record<string, unknown> = {};
  for (const item of entries) {
    const name = textAt(item, "metadata_namespace");
    const value = mapAt(item, "value");
    if (metadata[name] === undefined) metadata[name] = value;
    else if (flagAt(item, "allow_overwrite")) metadata[name] = { ...(metadata[name] as object), ...value };
  }
  return metadata;
}

/** A field by its name in snake or camel case. */
function entry(map: RawMap, name: string): RawValue | undefined {
  const value = map[name] ?? map[name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase())];
  return value === null ? undefined : value;
}

function mapAt(map: RawMap, name: string): RawMap {
  const value = entry(map, name);
  return isRawMap(value) ? value : {};
}

function listAt(map: RawMap, name: string): RawMap[] {
  const value = entry(map, name);
  return (Array.isArray(value) ? value : value === undefined ? [] : [value]).filter(isRawMap);
}

function textAt(map: RawMap, name: string): string {
  const value = entry(map, name);
  return typeof value === "object" || value === undefined ? "" : String(value);
}

function flagAt(map: RawMap, name: string): boolean {
  return textAt(map, name) === "true";
}
