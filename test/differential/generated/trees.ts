/** Random matcher trees that lead to given routes. */
import type { Matcher, Matcher_MatcherList_Predicate, Matcher_OnMatch, StringMatcher } from "../../../src/schema/generated/xds/type/matcher/v3.ts";
import type { Route } from "../../../src/schema/generated/envoy/config/route/v3.ts";
import type { Dice } from "../../support/random.ts";
import { asType, chance, HEADER_NAMES, maybe, several, VALUES } from "./draft.ts";
import { stringMatcher } from "./matches.ts";

const INPUTS = [":path", ":authority", ":method", ...HEADER_NAMES] as const;

/** By the name of a header, or of any. */
function input(dice: Dice, name?: string): { readonly name: string; readonly typed_config: { readonly "@type": string } } {
  return { name: "input", typed_config: asType("envoy.type.matcher.v3.HttpRequestHeaderMatchInput", { header_name: name ?? dice.pick(INPUTS) }) };
}

/** Keys of maps, so that requests meet them. */
const KEYS = [...VALUES.filter((value) => value !== ""), "/", "/a", "/a/b", "/api", "/v1", "GET", "POST", "a.test"] as const;

class TreeMaker {
  private readonly dice: Dice;
  private readonly routes: readonly Route[];

  constructor(dice: Dice, routes: readonly Route[]) {
    this.dice = dice;
    this.routes = routes;
  }

  matcher(depth: number): Matcher {
    const { dice } = this;
    const otherwise = maybe(dice, depth === 0 ? 85 : 30, () => ({ on_no_match: this.onMatch(depth + 1) }));
    if (chance(dice, 12)) return { matcher_tree: { input: input(dice, ":authority"), custom_match: { name: "domains", typed_config: this.domains(depth) } }, ...otherwise };
    if (chance(dice, 10)) return { matcher_tree: { input: input(dice, "x-ip"), custom_match: { name: "ranges", typed_config: this.ranges(depth) } }, ...otherwise };
    if (chance(dice, 45)) return { matcher_list: { matchers: several(dice, 4, () => ({ predicate: this.predicate(0), on_match: this.onMatch(depth + 1) })) }, ...otherwise };
    const map = { map: Object.fromEntries(several(dice, 5, () => [dice.pick(KEYS), this.onMatch(depth + 1)] as const)) };
    return { matcher_tree: { input: input(dice), ...(chance(dice, 50) ? { exact_match_map: map } : { prefix_match_map: map }) }, ...otherwise };
  }

  private onMatch(depth: number): Matcher_OnMatch {
    const { dice } = this;
    if (depth < 3 && chance(dice, 35)) return { matcher: this.matcher(depth) };
    const routes = several(dice, 3, () => dice.pick(this.routes));
    const typed_config = chance(dice, 50) ? asType("envoy.config.route.v3.Route", routes[0] ?? {}) : asType("envoy.config.route.v3.RouteList", { routes });
    return { action: { name: "route", typed_config } };
  }

  private domains(depth: number): { readonly "@type": string } {
    const unused = ["a.test", "*.test", "*.a.b.test", "*.b.test", "*", "10.0.0.1", "svc.local", "B.test", "b.test"];
    const next = (): string => unused.splice(this.dice.below(unused.length), 1)[0] ?? "last.test";
    return asType("xds.type.matcher.v3.ServerNameMatcher", { domain_matchers: several(this.dice, 3, () => ({ domains: [next(), ...(chance(this.dice, 30) ? [next()] : [])], on_match: this.onMatch(depth + 1) })) });
  }

  private ranges(depth: number): { readonly "@type": string } {
    const unused: [string, number][] = [["10.0.0.0", 8], ["10.1.0.0", 16], ["10.1.2.3", 32], ["0.0.0.0", 0], ["::1", 128], ["fe80::", 10]];
    const next = (): object => {
      const [address_prefix, prefix_len] = unused.splice(this.dice.below(unused.length), 1)[0] ?? ["192.0.2.0", 24];
      return { address_prefix, prefix_len };
    };
    return asType("xds.type.matcher.v3.IPMatcher", {
      range_matchers: several(this.dice, 3, () => ({ ranges: [next(), ...(chance(this.dice, 30) ? [next()] : [])], on_match: this.onMatch(depth + 1), ...maybe(this.dice, 30, () => ({ exclusive: true })) })),
    });
  }

  private custom(): { readonly "@type": string } {
    const { dice } = this;
    const matchers = "envoy.extensions.matching.input_matchers";
    switch (dice.below(3)) {
      case 0: return asType(`${matchers}.ip.v3.Ip`, { cidr_ranges: [{ address_prefix: "10.1.0.0", prefix_len: 16 }, { address_prefix: "fe80::", prefix_len: 10 }], stat_prefix: "ip" });
      case 1: return asType(`${matchers}.consistent_hashing.v3.ConsistentHashing`, { threshold: 40, modulo: 100, seed: dice.pick(["0", "7"]) });
      default: return asType(`${matchers}.runtime_fraction.v3.RuntimeFraction`, { runtime_fraction: { default_value: { numerator: 50 }, runtime_key: dice.pick(["share.half", "unset"]) }, seed: "3" });
    }
  }

  private text(): StringMatcher {
    const { safe_regex: regex, custom: _, ...rest } = stringMatcher(this.dice).config;
    return regex === undefined ? rest : { safe_regex: { regex: regex.regex ?? "", google_re2: {} } };
  }

  private predicate(depth: number): Matcher_MatcherList_Predicate {
    const { dice } = this;
    const inner = (): Matcher_MatcherList_Predicate => this.predicate(depth + 1);
    switch (depth > 1 ? 9 : dice.below(10)) {
      case 0: return { or_matcher: { predicate: [inner(), inner()] } };
      case 1: return { and_matcher: { predicate: [inner(), inner()] } };
      case 2: return { not_matcher: inner() };
      case 3: return { single_predicate: { input: input(dice, dice.pick(["x-ip", "x-env", ":path"])), custom_match: { name: "custom", typed_config: this.custom() } } };
      default: return { single_predicate: { input: input(dice), value_match: this.text() } };
    }
  }
}

export function matcherTree(dice: Dice, routes: readonly Route[]): Matcher {
  return new TreeMaker(dice, routes).matcher(0);
}
