/** What the route index knows of a route, read from its message alone: nothing is compiled for it. */
import { asciiLower, toWire } from "../base/wire-text.ts";
import type { HeaderMatcher, Route, RouteMatch } from "../schema/generated/envoy/config/route/v3.ts";
import { URI_TEMPLATE_MATCH } from "../match/path-matcher.ts";
import { literalPrefix, requiredLiteral } from "../match/pattern-text.ts";
import { weighsByRuntime } from "./weight-condition.ts";
import { TemplateError, templateRegex } from "../match/uri-template.ts";

/** One place of a route in a trie of paths. */
export interface TriePlace {
  readonly text: string;
  /** True: the path is this text; false: it begins with it. */
  readonly exact: boolean;
}

export interface IndexKey {
  readonly places: readonly TriePlace[];
  /** Text that the path must hold somewhere; if there is one, the route has no place in a trie. `""`: none. */
  readonly holds: string;
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
  return ANYWHERE;
}

/** The pattern of a regex or a template, in wire form; undefined for other specifiers, and where a template is not compared with the path that is looked up. */
function patternOf(match: RouteMatch, ignoresParameters: boolean): string | undefined {
  if (match.safe_regex !== undefined) return toWire(match.safe_regex.regex ?? "");
  const config = match.path_match_policy?.typed_config;
  if (ignoresParameters || config?.["@type"].endsWith(`/${URI_TEMPLATE_MATCH}`) !== true) return undefined;
  try {
    return templateRegex(String(config["path_template"] ?? ""));
  } catch (error) {
    if (error instanceof TemplateError) return undefined;
    throw error;
  }
}

/** A pattern is looked up by the longer of the text that it begins with and a text that it holds. */
function placesOfPattern(pattern: string): Pick<IndexKey, "places" | "holds"> {
  const [prefix, holds] = [literalPrefix(pattern), requiredLiteral(pattern)];
  return holds.length > prefix.length ? { places: [], holds } : { places: [{ text: prefix, exact: false }], holds: "" };
}

const CONDITIONS = ["runtime_fraction", "headers", "query_parameters", "grpc", "tls_context", "dynamic_metadata", "filter_state", "cookies"] as const;

function isSet(value: unknown): boolean {
  return Array.isArray(value) ? value.length > 0 : value !== undefined;
}

/** `ignoresParameters`: the path that is looked up is one without path parameters. */
export function indexKeyOf({ match = {}, route: action }: Pick<Route, "match" | "route">, ignoresParameters: boolean): IndexKey {
  const onText = match.prefix !== undefined || match.path !== undefined || match.path_separated_prefix !== undefined;
  const fold = onText && match.case_sensitive === false;
  const pattern = patternOf(match, ignoresParameters);
  return {
    ...(pattern === undefined ? { places: placesOf(match, fold), holds: "" } : placesOfPattern(pattern)),
    fold,
    unconditional: onText && !CONDITIONS.some((field) => isSet(match[field])) && !weighsByRuntime(action),
    pathless: match.connect_matcher !== undefined,
    exactHeaders: exactHeaders(match.headers),
  };
}
