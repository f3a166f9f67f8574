/** Random matcher trees that lead to given routes. */
import type { Matcher, Matcher_MatcherList_Predicate, Matcher_OnMatch, StringMatcher } from "../../../src/schema/generated/xds/type/matcher/v3.ts";
import type { Route } from "../../../src/schema/generated/envoy/config/route/v3.ts";
import type { Dice } from "../../support/random.ts";
import { asType, chance, HEADER_NAMES, maybe, several, VALUES } from "./draft.ts";
import { stringMatcher } from "./matches.ts";

const INPUTS = [":path", ":authority", ":method", ...HEADER_NAMES] as const;

function input(dice: Dice): { readonly name: string; readonly typed_config: { readonly "@type": string } } {
  return { name: "input", typed_config: asType("envoy.type.matcher.v3.HttpRequestHeaderMatchInput", { header_name: dice.pick(INPUTS) }) };
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
      default: return { single_predicate: { input: input(dice), value_match: this.text() } };
    }
  }
}

export function matcherTree(dice: Dice, routes: readonly Route[]): Matcher {
  return new TreeMaker(dice, routes).matcher(0);
}
