/**
 * xds.type.matcher.v3.Matcher (and its twin in envoy.config.common.matcher.v3): a tree that leads from request headers to an
 * action. What an action is, is the caller's: it compiles `typed_config` and gets back the thing the tree leads to.
 */
import { toWire } from "../base/wire-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { nameId } from "../http/names.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import type { Any } from "../schema/generated/google/protobuf.ts";
import type {
  Matcher, Matcher_MatcherList_Predicate, Matcher_MatcherTree, Matcher_OnMatch,
} from "../schema/generated/xds/type/matcher/v3.ts";
import { compileStringMatcher, NOTHING } from "./string-matcher.ts";

export const honours = {
  "xds.type.matcher.v3.Matcher": ["matcher_list", "matcher_tree", "on_no_match"],
  "xds.type.matcher.v3.Matcher.OnMatch": ["matcher", "action", "keep_matching"],
  "xds.type.matcher.v3.Matcher.MatcherList": ["matchers"],
  "xds.type.matcher.v3.Matcher.MatcherList.FieldMatcher": ["predicate", "on_match"],
  "xds.type.matcher.v3.Matcher.MatcherList.Predicate": ["single_predicate", "or_matcher", "and_matcher", "not_matcher"],
  "xds.type.matcher.v3.Matcher.MatcherList.Predicate.SinglePredicate": ["input", "value_match"],
  "xds.type.matcher.v3.Matcher.MatcherList.Predicate.PredicateList": ["predicate"],
  "xds.type.matcher.v3.Matcher.MatcherTree": ["input", "exact_match_map", "prefix_match_map"],
  "xds.type.matcher.v3.Matcher.MatcherTree.MatchMap": ["map"],
  "xds.type.matcher.v3.StringMatcher": ["exact", "prefix", "suffix", "contains", "safe_regex", "ignore_case"],
  "xds.type.matcher.v3.RegexMatcher": ["regex", "google_re2"],
  "xds.type.matcher.v3.RegexMatcher.GoogleRE2": [],
  "envoy.type.matcher.v3.HttpRequestHeaderMatchInput": ["header_name"],
} as const;

const HEADER_INPUT = "type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput";

/** A compiled tree or subtree: the action it leads to for these headers. */
export type MatchTree<T> = (headers: HeaderBlock) => T | undefined;

/** Turns the `typed_config` of an action into the thing a tree leads to; reports and gives `undefined` if it is none. */
export type ActionCompiler<T> = (config: Any, at: object) => T | undefined;

type Input = (headers: HeaderBlock) => string | null;

class TreeCompiler<T> {
  private readonly action: ActionCompiler<T>;
  private readonly diagnostics: Diagnostics;

  constructor(action: ActionCompiler<T>, diagnostics: Diagnostics) {
    this.action = action;
    this.diagnostics = diagnostics;
  }

  matcher(config: Matcher): MatchTree<T> {
    const main = config.matcher_tree === undefined ? this.list(config) : this.tree(config.matcher_tree);
    if (config.on_no_match === undefined) return main;
    const otherwise = this.onMatch(config.on_no_match);
    return (headers) => main(headers) ?? otherwise(headers);
  }

  private onMatch(config: Matcher_OnMatch): MatchTree<T> {
    const inner = config.matcher === undefined ? this.leaf(config) : this.matcher(config.matcher);
    return config.keep_matching === true ? () => undefined : inner;
  }

  private leaf(config: Matcher_OnMatch): MatchTree<T> {
    const typed = config.action?.typed_config;
    const action = typed === undefined ? undefined : this.action(typed, config.action ?? config);
    return () => action;
  }

  private list(config: Matcher): MatchTree<T> {
    const fields = (config.matcher_list?.matchers ?? []).map((field) => ({
      test: this.predicate(field.predicate ?? {}),
      onMatch: this.onMatch(field.on_match ?? {}),
    }));
    return (headers) => {
      for (const { test, onMatch } of fields) {
        const found = test(headers) ? onMatch(headers) : undefined;
        if (found !== undefined) return found;
      }
      return undefined;
    };
  }

  private predicate(config: Matcher_MatcherList_Predicate): (headers: HeaderBlock) => boolean {
    if (config.or_matcher !== undefined) {
      const any = (config.or_matcher.predicate ?? []).map((one) => this.predicate(one));
      return (headers) => any.some((test) => test(headers));
    }
    if (config.and_matcher !== undefined) {
      const all = (config.and_matcher.predicate ?? []).map((one) => this.predicate(one));
      return (headers) => all.every((test) => test(headers));
    }
    if (config.not_matcher !== undefined) {
      const test = this.predicate(config.not_matcher);
      return (headers) => !test(headers);
    }
    const single = config.single_predicate;
    const input = this.input(single?.input?.typed_config, single ?? config);
    const matcher = single?.value_match === undefined ? NOTHING : compileStringMatcher(single.value_match, this.diagnostics);
    return (headers) => {
      const value = input(headers);
      return value !== null && matcher.test(value);
    };
  }

  private tree(config: Matcher_MatcherTree): MatchTree<T> {
    const input = this.input(config.input?.typed_config, config);
    const entries = Object.entries(config.exact_match_map?.map ?? config.prefix_match_map?.map ?? {})
      .map(([key, onMatch]) => [toWire(key), this.onMatch(onMatch)] as const);
    if (config.exact_match_map !== undefined) {
      const map = new Map(entries);
      return (headers) => {
        const value = input(headers);
        return value === null ? undefined : map.get(value)?.(headers);
      };
    }
    const longestFirst = entries.sort(([a], [b]) => b.length - a.length);
    return (headers) => {
      const value = input(headers);
      if (value === null) return undefined;
      for (const [prefix, then] of longestFirst) {
        const found = value.startsWith(prefix) ? then(headers) : undefined;
        if (found !== undefined) return found;
      }
      return undefined;
    };
  }

  private input(config: Any | undefined, at: object): Input {
    if (config?.["@type"] !== HEADER_INPUT) {
      const message = `Route table can only match on request headers, saw ${config?.["@type"] ?? "no input"}`;
      this.diagnostics.report({ code: "LGT0564", at: config ?? at, message });
      return () => null;
    }
    const id = nameId(String(config["header_name"] ?? ""));
    return (headers) => headers.joined(id);
  }
}

/** Compiles a tree over request headers. What is wrong is reported and matches nothing. */
export function compileMatchTree<T>(config: Matcher, action: ActionCompiler<T>, diagnostics: Diagnostics): MatchTree<T> {
  return new TreeCompiler(action, diagnostics).matcher(config);
}
