/**
 * xds.type.matcher.v3.Matcher over requests and connections with any input: leads to an action. What an action is, is the caller's: it compiles
 * `typed_config` and gets back the thing the tree leads to. (Envoy: source/common/matcher.)
 */
import { Cidr } from "../../base/cidr.ts";
import { toWire } from "../../base/wire-text.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { Any } from "../../schema/generated/google/protobuf.ts";
import type { IPMatcher, Matcher, Matcher_MatcherList_Predicate, Matcher_MatcherTree, Matcher_OnMatch, ServerNameMatcher } from "../../schema/generated/xds/type/matcher/v3.ts";
import { compileStringMatcher } from "../string-matcher.ts";
import { compileCustomMatcher, honours as customMatchers } from "./custom-matchers.ts";
import { compileInput, honours as inputs, type Input, typeNameOf } from "./inputs.ts";
import type { HeaderSubject, MatchSubject } from "./subject.ts";

const XDS = "xds.type.matcher.v3";

export const honours = {
  [`${XDS}.Matcher`]: ["matcher_list", "matcher_tree", "on_no_match"], [`${XDS}.Matcher.OnMatch`]: ["matcher", "action", "keep_matching"], [`${XDS}.Matcher.MatcherList`]: ["matchers"],
  [`${XDS}.Matcher.MatcherList.FieldMatcher`]: ["predicate", "on_match"], [`${XDS}.Matcher.MatcherList.Predicate`]: ["single_predicate", "or_matcher", "and_matcher", "not_matcher"],
  [`${XDS}.Matcher.MatcherList.Predicate.SinglePredicate`]: ["input", "value_match", "custom_match"], [`${XDS}.Matcher.MatcherList.Predicate.PredicateList`]: ["predicate"],
  [`${XDS}.Matcher.MatcherTree`]: ["input", "exact_match_map", "prefix_match_map", "custom_match"], [`${XDS}.Matcher.MatcherTree.MatchMap`]: ["map"],
  [`${XDS}.StringMatcher`]: ["exact", "prefix", "suffix", "contains", "safe_regex", "ignore_case"], [`${XDS}.RegexMatcher`]: ["regex", "google_re2"], [`${XDS}.RegexMatcher.GoogleRE2`]: [],
  [`${XDS}.IPMatcher`]: ["range_matchers"], [`${XDS}.IPMatcher.IPRangeMatcher`]: ["ranges", "on_match", "exclusive"], "xds.core.v3.CidrRange": ["address_prefix", "prefix_len"],
  [`${XDS}.ServerNameMatcher`]: ["domain_matchers"], [`${XDS}.ServerNameMatcher.DomainMatcher`]: ["domains", "on_match"],
  ...inputs, ...customMatchers,
} as const;

/** The action a tree or subtree leads to. */
export type InputTree<T> = (subject: MatchSubject) => T | undefined;

/** Turns the `typed_config` of an action into the thing a tree leads to; reports and gives `undefined` if it is none. */
export type InputAction<T> = (config: Any, at: object) => T | undefined;

type Test = (subject: MatchSubject) => boolean;

const HEADER_INPUT = "envoy.type.matcher.v3.HttpRequestHeaderMatchInput";
const NO_INPUT: Input = { text: () => null, value: () => null };

class TreeCompiler<T> {
  private readonly action: InputAction<T>;
  private readonly diagnostics: Diagnostics;
  /** Request headers are the only inputs that may be named. */
  private readonly headersOnly: boolean;

  constructor(action: InputAction<T>, diagnostics: Diagnostics, headersOnly: boolean) {
    this.action = action;
    this.diagnostics = diagnostics;
    this.headersOnly = headersOnly;
  }

  matcher(config: Matcher): InputTree<T> {
    const main = config.matcher_tree === undefined ? this.list(config) : this.tree(config.matcher_tree);
    if (config.on_no_match === undefined) return main;
    const otherwise = this.onMatch(config.on_no_match);
    return (subject) => main(subject) ?? otherwise(subject);
  }

  private onMatch(config: Matcher_OnMatch | undefined): InputTree<T> {
    if (config?.keep_matching === true) this.diagnostics.report({ code: "LGT0406", at: config, key: "keep_matching", message: "keep_matching is not supported here" });
    if (config?.matcher !== undefined) return this.matcher(config.matcher);
    const typed = config?.action?.typed_config;
    const action = typed === undefined ? undefined : this.action(typed, config?.action ?? {});
    return () => action;
  }

  private list(config: Matcher): InputTree<T> {
    const fields = (config.matcher_list?.matchers ?? []).map((field) => ({ test: this.predicate(field.predicate ?? {}), next: this.onMatch(field.on_match) }));
    return (subject) => {
      for (const { test, next } of fields) {
        const found = test(subject) ? next(subject) : undefined;
        if (found !== undefined) return found;
      }
      return undefined;
    };
  }

  private predicate(config: Matcher_MatcherList_Predicate): Test {
    if (config.or_matcher !== undefined) {
      const any = (config.or_matcher.predicate ?? []).map((one) => this.predicate(one));
      return (subject) => any.some((test) => test(subject));
    }
    if (config.and_matcher !== undefined) {
      const all = (config.and_matcher.predicate ?? []).map((one) => this.predicate(one));
      return (subject) => all.every((test) => test(subject));
    }
    if (config.not_matcher !== undefined) {
      const test = this.predicate(config.not_matcher);
      return (subject) => !test(subject);
    }
    return this.single(config);
  }

  private single(config: Matcher_MatcherList_Predicate): Test {
    const single = config.single_predicate;
    const input = this.input(single?.input?.typed_config, single ?? config);
    if (single?.value_match === undefined) {
      const test = compileCustomMatcher(single?.custom_match?.typed_config, single ?? config, this.diagnostics);
      return (subject) => test(input.value(subject), subject);
    }
    const matcher = compileStringMatcher(single.value_match, this.diagnostics);
    return (subject) => {
      const value = input.text(subject);
      return value !== null && matcher.test(value);
    };
  }

  private tree(config: Matcher_MatcherTree): InputTree<T> {
    const input = this.input(config.input?.typed_config, config);
    if (config.custom_match !== undefined) return this.customTree(config.custom_match.typed_config, input, config);
    const entries = Object.entries(config.exact_match_map?.map ?? config.prefix_match_map?.map ?? {}).map(([key, onMatch]) => [toWire(key), this.onMatch(onMatch)] as const);
    if (config.exact_match_map !== undefined) {
      const map = new Map(entries);
      return (subject) => map.get(input.text(subject) ?? "\n")?.(subject);
    }
    return longestFirst(entries, input);
  }

  private customTree(config: Any | undefined, input: Input, at: object): InputTree<T> {
    const type = typeNameOf(config);
    if (type === `${XDS}.IPMatcher`) return this.ranges(config as unknown as IPMatcher, input);
    if (type === `${XDS}.ServerNameMatcher`) return this.names(config as unknown as ServerNameMatcher, input);
    this.diagnostics.report({ code: "LGT0901", at: config ?? at, message: `the matcher ${type} is known to Envoy and not done here` });
    return () => undefined;
  }

  /** The longest range wins; less specific ones are asked when it leads nowhere, those that are exclusive are not. */
  private ranges(config: IPMatcher, input: Input): InputTree<T> {
    const ranges = (config.range_matchers ?? []).flatMap((matcher, order) => {
      const next = this.onMatch(matcher.on_match);
      return (matcher.ranges ?? []).flatMap((range) => {
        const cidr = Cidr.of(range.address_prefix ?? "", range.prefix_len ?? 0);
        return cidr === null ? [] : [{ cidr, next, order, exclusive: matcher.exclusive === true }];
      });
    }).sort((a, b) => b.cidr.length - a.cidr.length || a.order - b.order);
    return (subject) => {
      const ip = input.text(subject);
      if (ip === null) return undefined;
      let first = true;
      for (const { cidr, next, exclusive } of ranges) {
        if (!cidr.contains(ip) || (exclusive && !first)) continue;
        first = false;
        const found = next(subject);
        if (found !== undefined) return found;
      }
      return undefined;
    };
  }

  /** Exact names, then the longest `*.suffix`, then `*`; letter case counts. */
  private names(config: ServerNameMatcher, input: Input): InputTree<T> {
    const map = new Map<string, InputTree<T>>();
    for (const matcher of config.domain_matchers ?? []) {
      const then = this.onMatch(matcher.on_match);
      for (const domain of matcher.domains ?? []) map.set(toWire(domain), then);
    }
    return (subject) => {
      const name = input.text(subject);
      if (name === null || name === "") return undefined;
      let found = map.get(name)?.(subject);
      for (let dot = name.indexOf("."); found === undefined && dot >= 0; dot = name.indexOf(".", dot + 1)) found = map.get(`*${name.slice(dot)}`)?.(subject);
      return found ?? map.get("*")?.(subject);
    };
  }

  private input(config: Any | undefined, at: object): Input {
    if (this.headersOnly && typeNameOf(config) !== HEADER_INPUT) {
      this.diagnostics.report({ code: "LGT0564", at: config ?? at, message: `Route table can only match on request headers, saw ${config?.["@type"] ?? "no input"}` });
      return NO_INPUT;
    }
    return compileInput(config, at, this.diagnostics);
  }
}

function longestFirst<T>(entries: readonly (readonly [string, InputTree<T>])[], input: Input): InputTree<T> {
  const sorted = entries.toSorted(([a], [b]) => b.length - a.length);
  return (subject) => {
    const value = input.text(subject);
    if (value === null) return undefined;
    for (const [prefix, then] of sorted) {
      const found = value.startsWith(prefix) ? then(subject) : undefined;
      if (found !== undefined) return found;
    }
    return undefined;
  };
}

/** Compiles a tree. What is wrong is reported and matches nothing. */
export function compileInputTree<T>(config: Matcher, action: InputAction<T>, diagnostics: Diagnostics): InputTree<T> {
  return new TreeCompiler(action, diagnostics, false).matcher(config);
}

/** A tree of a route table, whose inputs are request headers: others are reported. */
export type HeaderTree<T> = (subject: HeaderSubject) => T | undefined;

export function compileHeaderTree<T>(config: Matcher, action: InputAction<T>, diagnostics: Diagnostics): HeaderTree<T> {
  const tree = new TreeCompiler(action, diagnostics, true).matcher(config);
  return (subject) => tree(subject as MatchSubject); // no input of it looks at more
}
