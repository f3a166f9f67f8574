/** What the route index knows of a route, read from its message alone: nothing is compiled for it. */
import { asciiLower, toWire } from "../base/wire-text.ts";
import type { HeaderMatcher, RouteMatch } from "../schema/generated/envoy/config/route/v3.ts";
import { literalPrefix } from "../match/pattern-text.ts";

/** One place of a route in a trie of paths. */
export interface TriePlace {
  readonly text: string;
  /** True: the path is this text; false: it begins with it. */
  readonly exact: boolean;
}

export interface IndexKey {
  readonly places: readonly TriePlace[];
  /** In the trie of lower-cased paths. */
  readonly fold: boolean;
  /** Matches every path that leads to its place. */
  readonly unconditional: boolean;
  /** May match a request without a path. */
  readonly pathless: boolean;
  /** Header name to the one value that some line must have. */
  readonly exactHeaders: ReadonlyMap<string, string>;
}

const ANYWHERE: readonly TriePlace[] = [{ text: "", exact: false }];

function exactValue(matcher: HeaderMatcher): string | undefined {
  if (matcher.invert_match === true || matcher.treat_missing_header_as_empty === true) return undefined;
  if (matcher.exact_match !== undefined && matcher.exact_match !== "") return matcher.exact_match;
  return matcher.string_match?.ignore_case === true ? undefined : matcher.string_match?.exact;
}

function exactHeaders(matchers: readonly HeaderMatcher[] | undefined): Map<string, string> {
  const found = new Map<string, string>();
  for (const matcher of matchers ?? []) {
    const value = exactValue(matcher);
    const name = (matcher.name ?? "").toLowerCase();
    if (value !== undefined && !found.has(name)) found.set(name, toWire(value));
  }
  return found;
}

function placesOf(match: RouteMatch, fold: boolean): readonly TriePlace[] {
  const text = (value: string): string => (fold ? asciiLower(toWire(value)) : toWire(value));
  if (match.prefix !== undefined) return [{ text: text(match.prefix), exact: false }];
  if (match.path !== undefined) return [{ text: text(match.path), exact: true }];
  if (match.path_separated_prefix !== undefined) {
    const prefix = text(match.path_separated_prefix);
    return [{ text: prefix, exact: true }, { text: `${prefix}/`, exact: false }];
  }
  if (match.safe_regex !== undefined) return [{ text: literalPrefix(toWire(match.safe_regex.regex ?? "")), exact: false }];
  return ANYWHERE;
}

const CONDITIONS = ["runtime_fraction", "headers", "query_parameters", "grpc", "tls_context", "dynamic_metadata", "filter_state", "cookies"] as const;

function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}

export function indexKeyOf(match: RouteMatch): IndexKey {
  const onText = match.prefix !== undefined || match.path !== undefined || match.path_separated_prefix !== undefined;
  const fold = onText && match.case_sensitive === false;
  return {
    places: placesOf(match, fold),
    fold,
    unconditional: onText && !CONDITIONS.some((field) => isSet(match[field])),
    pathless: match.connect_matcher !== undefined,
    exactHeaders: exactHeaders(match.headers),
  };
}
