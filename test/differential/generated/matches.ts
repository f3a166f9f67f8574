/** Random RouteMatch messages, each with a way to make a request that fits it. */
import type { HeaderMatcher, QueryParameterMatcher, RouteMatch } from "../../../src/schema/generated/envoy/config/route/v3.ts";
import type { StringMatcher } from "../../../src/schema/generated/envoy/type/matcher/v3.ts";
import type { Dice } from "../../support/random.ts";
import { asType, chance, type Draft, type Generated, HEADER_NAMES, maybe, SEGMENTS, several, somePath, VALUES } from "./draft.ts";

/** A pattern and texts that it may match. */
const PATTERNS: readonly (readonly [string, readonly string[]])[] = [
  ["/a/[^/]+", ["/a/x", "/a/%2F"]], ["/a/.*", ["/a/", "/a/b/c"]], [".*\\.j", ["/i.j", "/a/i.j"]], ["/(a|b)/v[0-9]", ["/a/v1", "/b/v2"]], ["(?i)/API/.*", ["/api/1", "/Api/x"]],
  ["/[[:alpha:]]+", ["/ab", "/A"]], ["/x-y/(?P<n>\\d+)/?", ["/x-y/42", "/x-y/1/"]], ["^/v1$", ["/v1"]], ["/a/b|/ab", ["/a/b", "/ab"]], ["/(?:a/)*b", ["/b", "/a/a/b"]], ["/\\w{1,2}/\\d*", ["/ab/", "/A/42"]],
  ["/.", ["/a", "/1"]], ["/a\\.?b", ["/ab", "/a.b"]], ["/[^a]+", ["/b", "/42"]], ["/(a+)+b", ["/aab", "/ab"]], ["/%2F.*", ["/%2F", "/%2Fx"]], ["//?a", ["/a", "//a"]], ["/a(b)?(/1)?", ["/a", "/ab/1"]],
];
const TEMPLATES: readonly (readonly [string, readonly string[]])[] = [
  ["/a/{v}", ["/a/x", "/a/42"]], ["/{x}/{y}", ["/a/b", "/1/2"]], ["/api/**", ["/api/", "/api/a/b"]], ["/{p=a/*}/b", ["/a/x/b", "/a/1/b"]], ["/v1/{rest=**}.j", ["/v1/i.j", "/v1/a/i.j"]], ["/*/ab", ["/x/ab", "/1/ab"]],
  ["/x{n}y/1", ["/xay/1", "/x42y/1"]],
];
const VALUE_PATTERNS: readonly (readonly [string, readonly string[]])[] = [["pro.*", ["prod", "prod-eu"]], ["[0-9]+", ["1", "42"]], ["(?i)PROD", ["prod", "Prod"]], ["-?\\d+", ["-7", "1"]], ["a|ab", ["ab", "a"]], ["[^,]*", ["x y", "1"]]];

export function stringMatcher(dice: Dice): Generated<StringMatcher> & { readonly sample: string } {
  const value = dice.pick(VALUES);
  const part = value.slice(0, 2) || "p";
  const fold = chance(dice, 25) ? { ignore_case: true } : {};
  const of = (config: StringMatcher, sample: string): Generated<StringMatcher> & { readonly sample: string } => ({ config, sample, satisfy: () => undefined });
  switch (dice.below(6)) {
    case 0: case 1: return of({ exact: value, ...fold }, value);
    case 2: return of({ prefix: part, ...fold }, `${part}x`);
    case 3: return of({ suffix: part, ...fold }, `x${part}`);
    case 4: return of({ contains: part, ...fold }, `x${part}y`);
    default: {
      const [regex, samples] = dice.pick(VALUE_PATTERNS);
      return of({ safe_regex: { regex } }, dice.pick(samples));
    }
  }
}

export function headerMatcher(dice: Dice): Generated<HeaderMatcher> {
  const name = dice.pick([...HEADER_NAMES, ...HEADER_NAMES, ":method", ":path", ":authority", "Host", ":scheme", "x-forwarded-proto"]);
  const flags = { ...maybe(dice, 20, () => ({ invert_match: true })), ...maybe(dice, 15, () => ({ treat_missing_header_as_empty: true })) };
  const text = stringMatcher(dice);
  const add = (value: string) => (draft: Draft): void => {
    if (!name.startsWith(":") && name !== "Host") draft.headers.push([name, value]);
  };
  switch (dice.below(8)) {
    case 0: return { config: { name, present_match: chance(dice, 70), ...flags }, satisfy: add("1") };
    case 1: return { config: { name, range_match: { start: -10, end: 43 }, ...flags }, satisfy: add(dice.pick(["42", "-7", "43", "+1", " 1", "1a"])) };
    case 2: return { config: { name, ...flags }, satisfy: add("z") };
    default: return { config: { name, string_match: text.config, ...flags }, satisfy: add(text.sample) };
  }
}

function queryMatcher(dice: Dice): Generated<QueryParameterMatcher> {
  const name = dice.pick(["q", "id", "Q", "a%20b"]);
  const text = stringMatcher(dice);
  if (chance(dice, 40)) return { config: { name, present_match: chance(dice, 70) }, satisfy: (draft) => void draft.query.push(`${name}=1`) };
  if (chance(dice, 10)) return { config: { name }, satisfy: (draft) => void draft.query.push(name) };
  return { config: { name, string_match: text.config }, satisfy: (draft) => void draft.query.push(`${name}=${text.sample.replaceAll(" ", "+")}`) };
}

function sampled(samples: readonly string[], dice: Dice): (draft: Draft) => void {
  return (draft) => {
    draft.path = dice.pick(samples);
  };
}

export type Specifier = "text" | "regex" | "template";

function specifier(dice: Dice): Generated<RouteMatch> & { readonly kind: Specifier } {
  const fold = maybe(dice, 20, () => ({ case_sensitive: false }));
  const path = somePath(dice, 3);
  const set = (value: string) => (draft: Draft): void => {
    draft.path = chance(dice, 20) ? value.toUpperCase() : value;
  };
  switch (dice.below(10)) {
    case 0: case 1: case 2: return { kind: "text", config: { prefix: path, ...fold }, satisfy: (draft) => set(path + dice.pick(["", "/x", "y", "/"]))(draft) };
    case 3: case 4: return { kind: "text", config: { path, ...fold }, satisfy: set(path) };
    case 5: {
      const prefix = `/${several(dice, 2, () => dice.pick(SEGMENTS)).join("/")}`;
      return { kind: "text", config: { path_separated_prefix: prefix, ...fold }, satisfy: (draft) => set(prefix + dice.pick(["", "/", "/x", "x"]))(draft) };
    }
    case 6: case 7: {
      const [regex, samples] = dice.pick(PATTERNS);
      return { kind: "regex", config: { safe_regex: { regex } }, satisfy: sampled(samples, dice) };
    }
    case 8: {
      const [path_template, samples] = dice.pick(TEMPLATES);
      const typed_config = asType("envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig", { path_template });
      return { kind: "template", config: { path_match_policy: { name: "envoy.path.match.uri_template.uri_template_matcher", typed_config } }, satisfy: sampled(samples, dice) };
    }
    default: return { kind: "text", config: { prefix: dice.pick(["/", ""]) }, satisfy: () => undefined };
  }
}

/** `random`: may hold a runtime fraction between nothing and all. */
export function routeMatch(dice: Dice, random: boolean): Generated<RouteMatch> & { readonly kind: Specifier } {
  const path = specifier(dice);
  const headers = chance(dice, 30) ? several(dice, 2, () => headerMatcher(dice)) : [];
  const queries = chance(dice, 15) ? several(dice, 2, () => queryMatcher(dice)) : [];
  const cookie = chance(dice, 10) ? stringMatcher(dice) : undefined;
  const grpc = chance(dice, 4);
  const config: RouteMatch = {
    ...path.config,
    ...(headers.length > 0 ? { headers: headers.map((one) => one.config) } : {}),
    ...(queries.length > 0 ? { query_parameters: queries.map((one) => one.config) } : {}),
    ...(cookie === undefined ? {} : { cookies: [{ name: "c", string_match: cookie.config, invert_match: chance(dice, 25) }] }),
    ...(grpc ? { grpc: {} } : {}),
    ...maybe(dice, 5, () => ({ tls_context: { presented: chance(dice, 50) } })),
    ...maybe(dice, 5, () => ({ dynamic_metadata: [{ filter: "f", path: [{ key: "k" }], value: { present_match: true }, invert: chance(dice, 70) }] })),
    ...maybe(dice, 3, () => ({ filter_state: [{ key: "none", string_match: { exact: "x" } }] })),
    ...maybe(dice, random ? 40 : 8, () => ({ runtime_fraction: fraction(dice, random) })),
  };
  return {
    config, kind: path.kind,
    satisfy: (draft) => {
      for (const one of [path, ...headers, ...queries]) one.satisfy(draft);
      if (cookie !== undefined) draft.cookies.push(`c=${dice.pick([cookie.sample, `"${cookie.sample}"`])}`);
      if (grpc) draft.headers.push(["content-type", dice.pick(["application/grpc", "application/grpc+proto", "application/grpcx"])]);
    },
  };
}

/** Of the static layer: each is nothing or all, or no share at all, so that the default holds. */
const RUNTIME_KEYS = ["none", "all", "odd", "text", "word", "yes", "no", "large", "negative", "empty", "big", "spaced", "plus", "exponent", "object", "bad"].map((name) => `share.${name}`).concat("unset");

/** Nothing or all, or with `random` a good share; the key may be set in the static layer (`share.none`, `share.all`). */
export function fraction(dice: Dice, random: boolean): NonNullable<RouteMatch["runtime_fraction"]> {
  if (random) return { default_value: dice.pick([{ numerator: 50 }, { numerator: 4000, denominator: "TEN_THOUSAND" as const }, { numerator: 600_000, denominator: "MILLION" as const }]), ...maybe(dice, 30, () => ({ runtime_key: dice.pick(["share.half", "share.part", "share.over", "unset"]) })) };
  return { default_value: { numerator: dice.pick([0, 100]) }, ...maybe(dice, 60, () => ({ runtime_key: dice.pick(RUNTIME_KEYS) })) };
}
