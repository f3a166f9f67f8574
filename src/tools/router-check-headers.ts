/** The header assertions of router_check_tool: a HeaderMatcher each, asked of the lines joined with `,`, or of each line as routing does. */
import { fromWire } from "../base/wire-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { nameId } from "../http/names.ts";
import { compileHeaderMatcher } from "../match/header-matcher.ts";
import type { HeaderMatcher } from "../schema/generated/envoy/config/route/v3.ts";

/** `envoy.RouterCheckToolSchema.HeaderMatchFailure`. */
export interface HeaderMatchFailure {
  readonly header_matcher: HeaderMatcher;
  readonly actual_header_value: string;
}

export interface ComparedHeaders {
  readonly lines: readonly string[];
  readonly failures: readonly HeaderMatchFailure[];
}

/** `kind` is the field that asserts: `request_header_matches` or `response_header_matches`. */
export function compareHeaders(matchers: readonly HeaderMatcher[], headers: HeaderBlock, kind: string, diagnostics: Diagnostics): ComparedHeaders {
  const lines: string[] = [];
  const failures: HeaderMatchFailure[] = [];
  for (const matcher of matchers) {
    const id = nameId(matcher.name ?? "");
    const condition = compileHeaderMatcher(matcher, diagnostics);
    if (condition.test(joinedAt(headers, id)) || condition.test(headers)) continue;
    const first = headers.get(id);
    failures.push({ header_matcher: matcher, actual_header_value: fromWire(first ?? "") });
    lines.push(lineOf(matcher, fromWire(first ?? "NULL"), kind));
  }
  return { lines, failures };
}

/** The headers with the lines of one name as one. */
function joinedAt(headers: HeaderBlock, id: number): HeaderBlock {
  if (headers.count(id) < 2) return headers;
  const copy = new HeaderBlock();
  copy.copyFrom(headers);
  copy.set(id, headers.joined(id) ?? "");
  return copy;
}

function lineOf(matcher: HeaderMatcher, actual: string, kind: string): string {
  const { name = "", invert_match: inverted = false, string_match: text } = matcher;
  const type = `${kind}.${specifierOf(matcher)}`;
  if (specifierOf(matcher) === "present_match") {
    return `expected: [has(${name}):${!inverted}], actual: [has(${name}):${inverted}], test type: ${type}`;
  }
  if (text?.exact !== undefined) return `expected: [${name}: ${text.exact}], actual: ${inverted ? "NOT " : ""}[${name}: ${actual}], test type: ${type}`;
  return `actual: [${name}: ${actual}], test type: ${type}`;
}

const SPECIFIERS = ["exact_match", "safe_regex_match", "range_match", "prefix_match", "suffix_match", "contains_match"] as const;
const PATTERNS = ["exact", "prefix", "suffix", "safe_regex", "contains", "custom"] as const;

function specifierOf(matcher: HeaderMatcher): string {
  const { string_match: text } = matcher;
  if (text !== undefined) return `string_match.${PATTERNS.find((pattern) => text[pattern] !== undefined) ?? "match_pattern_not_set"}`;
  return SPECIFIERS.find((specifier) => matcher[specifier] !== undefined) ?? "present_match";
}
