/**
 * How a route changes `:path` (config_impl.cc). Each rewrite gives the new path, `""` for no change. A prefix rewrite replaces as
 * many characters as the configured prefix or path has; for a regex or CONNECT, the whole bare path.
 */
import { asciiLower, toWire } from "../base/wire-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { PATH } from "../http/names.ts";
import type { FormatContext } from "../match/format/format-context.ts";
import { compileFormat } from "../match/format/format-string.ts";
import type { Formatter } from "../match/format/format-string.ts";
import { barePath } from "../match/path-matcher.ts";
import type { PathCondition } from "../match/path-matcher.ts";
import type { Regex } from "../match/regex.ts";
import { regexAt } from "../match/string-matcher.ts";
import { compileRewrite, readRewrite, TemplateError } from "../match/uri-template.ts";
import type { TemplateRewrite } from "../match/uri-template.ts";
import type { RouteAction } from "../schema/generated/envoy/config/route/v3.ts";
import type { RegexMatchAndSubstitute } from "../schema/generated/envoy/type/matcher/v3.ts";

export const honours = {
  "envoy.config.route.v3.RouteAction": ["prefix_rewrite", "regex_rewrite", "path_rewrite_policy", "path_rewrite"],
  "envoy.type.matcher.v3.RegexMatchAndSubstitute": ["pattern", "substitution"],
  "envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig": ["path_template_rewrite"],
} as const;

const URI_TEMPLATE_REWRITE = "envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig";

export interface PathRewrite {
  /** The new `:path` for these headers; `""`: leave it as it is. */
  rewrite(headers: HeaderBlock, context: FormatContext): string;
}

class PrefixRewrite implements PathRewrite {
  private readonly prefix: string;
  /** What it replaces: the configured text, lower-cased; null: the whole bare path. */
  private readonly matched: string | null;

  constructor(prefix: string, { kind, text }: PathCondition) {
    this.prefix = prefix;
    this.matched = kind === "safe_regex" || kind === "connect_matcher" ? null : asciiLower(text);
  }

  rewrite(headers: HeaderBlock): string {
    const path = headers.get(PATH) ?? "";
    const { matched } = this;
    if (matched === null) return this.prefix + path.slice(barePath(path).length);
    // matched without its path parameters: then the text does not stand there, and nothing is replaced
    if (!path.startsWith(matched) && asciiLower(path.slice(0, matched.length)) !== matched) return "";
    return this.prefix + path.slice(matched.length);
  }
}

class RegexRewrite implements PathRewrite {
  private readonly regex: Regex;
  private readonly substitution: string;

  constructor(regex: Regex, substitution: string) {
    this.regex = regex;
    this.substitution = substitution;
  }

  rewrite(headers: HeaderBlock): string {
    const path = headers.get(PATH) ?? "";
    const bare = barePath(path);
    return withRest(this.regex.replaceAll(bare, this.substitution), path, bare);
  }
}

class FormatRewrite implements PathRewrite {
  private readonly formatter: Formatter;

  constructor(formatter: Formatter) {
    this.formatter = formatter;
  }

  rewrite(headers: HeaderBlock, context: FormatContext): string {
    const path = headers.get(PATH) ?? "";
    return withRest(this.formatter.format(context), path, barePath(path));
  }
}

class PolicyRewrite implements PathRewrite {
  private readonly template: TemplateRewrite;

  constructor(template: TemplateRewrite) {
    this.template = template;
  }

  rewrite(headers: HeaderBlock): string {
    const path = headers.get(PATH) ?? "";
    const bare = barePath(path);
    return withRest(this.template.rewrite(bare), path, bare);
  }
}

/** Puts query and fragment behind a new bare path; nothing becomes nothing. */
function withRest(newBare: string, path: string, bare: string): string {
  return newBare === "" ? "" : newBare + path.slice(bare.length);
}

export function compileRegexRewrite(config: RegexMatchAndSubstitute, diagnostics: Diagnostics): RegexRewrite | undefined {
  const regex = regexAt(config.pattern?.regex ?? "", config.pattern ?? config, "regex", diagnostics);
  return regex === undefined ? undefined : new RegexRewrite(regex, toWire(config.substitution ?? ""));
}

/** The prefix and regex rewrites that redirects share with route actions. */
export function compilePlainRewrite(
  config: { readonly prefix_rewrite?: string; readonly regex_rewrite?: RegexMatchAndSubstitute }, path: PathCondition, diagnostics: Diagnostics,
): PathRewrite | undefined {
  if (config.prefix_rewrite !== undefined && config.prefix_rewrite !== "") return new PrefixRewrite(toWire(config.prefix_rewrite), path);
  return config.regex_rewrite === undefined ? undefined : compileRegexRewrite(config.regex_rewrite, diagnostics);
}

/** Compiles the path rewrite of a route action; errors are reported. */
export function compilePathRewrite(action: RouteAction, path: PathCondition, diagnostics: Diagnostics): PathRewrite | undefined {
  if (action.prefix_rewrite === undefined && action.path_rewrite === undefined && action.regex_rewrite === undefined && action.path_rewrite_policy === undefined) return undefined;
  const set = ([["prefix_rewrite", action.prefix_rewrite], ["path_rewrite", action.path_rewrite], ["regex_rewrite", action.regex_rewrite],
    ["path_rewrite_policy", action.path_rewrite_policy]] as const).filter(([, value]) => value !== undefined && value !== "");
  const [first, second] = set;
  if (first !== undefined && second !== undefined) {
    diagnostics.report({
      code: "LGT0543", at: action, key: second[0], message: "specify only one of prefix_rewrite, regex_rewrite, path_rewrite or path_rewrite_policy",
      related: [{ at: action, key: first[0], message: "the other rewrite" }],
    });
  } else if (first?.[0] === "prefix_rewrite" && path.kind === "path_match_policy") {
    diagnostics.report({ code: "LGT0544", at: action, key: "prefix_rewrite", message: "cannot use prefix_rewrite with matcher extension" });
  }
  if (action.path_rewrite !== undefined && action.path_rewrite !== "") {
    const formatter = compileFormat(action.path_rewrite, true, { at: action, key: "path_rewrite", diagnostics });
    return formatter === undefined ? undefined : new FormatRewrite(formatter);
  }
  if (action.path_rewrite_policy !== undefined) return compilePolicy(action, path, diagnostics);
  return compilePlainRewrite(action, path, diagnostics);
}

function compilePolicy(action: RouteAction, path: PathCondition, diagnostics: Diagnostics): PathRewrite | undefined {
  const config = action.path_rewrite_policy?.typed_config;
  if (config?.["@type"].endsWith(`/${URI_TEMPLATE_REWRITE}`) !== true) {
    diagnostics.report({ code: "LGT0540", at: action, key: "path_rewrite_policy", message: "the only path rewrite policy is envoy.path.rewrite.uri_template.uri_template_rewriter" });
    return undefined;
  }
  const template = String(config["path_template_rewrite"] ?? "");
  try {
    readRewrite(template);
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    diagnostics.report({ code: "LGT0541", at: config, key: "path_template_rewrite", message: `path_rewrite_policy.path_template_rewrite ${template} is invalid: ${error.message}` });
    return undefined;
  }
  if (path.kind !== "path_match_policy" || path.regex === undefined) {
    const message = "unable to use envoy.path.rewrite.uri_template.uri_template_rewriter extension without envoy.path.match.uri_template.uri_template_matcher extension";
    if (path.kind !== "none") diagnostics.report({ code: "LGT0542", at: action, key: "path_rewrite_policy", message });
    return undefined;
  }
  try {
    return new PolicyRewrite(compileRewrite(template, path.regex));
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    diagnostics.report({ code: "LGT0542", at: config, key: "path_template_rewrite", message: `mismatch between variables in path_match_policy ${path.text} and path_rewrite_policy ${template}` });
    return undefined;
  }
}
