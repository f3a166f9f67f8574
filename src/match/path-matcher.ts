/**
 * The path specifiers of a route (source/common/common/matchers.cc PathMatcher, config_impl.cc). What is compared is the bare
 * path: `:path` up to the first `?` or `#`; with `ignore_path_parameters_in_path_matching` each segment is cut at its `;`
 * (not for templates; per segment since 1.40). Nothing is decoded.
 */
import { asciiLower, toWire } from "../base/wire-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { METHOD, nameId, PATH } from "../http/names.ts";
import type { RouteMatch } from "../schema/generated/envoy/config/route/v3.ts";
import { shown } from "./condition.ts";
import type { Condition } from "./condition.ts";
import type { Regex } from "./regex.ts";
import type { RequestView } from "../contract/request-view.ts";
import { compileRegexMatcher } from "./string-matcher.ts";
import { compileTemplate, TemplateError } from "./uri-template.ts";

export const honours = {
  "envoy.config.route.v3.RouteMatch": ["prefix", "path", "safe_regex", "path_separated_prefix", "connect_matcher", "path_match_policy", "case_sensitive"],
  "envoy.config.route.v3.RouteMatch.ConnectMatcher": [],
  "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig": ["path_template"],
} as const;

const UPGRADE = nameId("upgrade");
export const URI_TEMPLATE_MATCH = "envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig";

/** `:path` without query and fragment. */
export function barePath(path: string): string {
  for (let i = 0; i < path.length; i++) {
    const c = path.charCodeAt(i);
    if (c === 0x3f || c === 0x23) return path.slice(0, i);
  }
  return path;
}

/** The path that specifiers compare: bare, and if the table says so without the parameters of its segments (`;` up to the next `/`). */
export function comparedPath(path: string, ignoreParameters: boolean): string {
  const bare = barePath(path);
  return ignoreParameters && bare.includes(";") ? bare.replace(/;[^/]*/g, "") : bare;
}

/** The condition on the path of a route. `pathless`: it may match a request without `:path`. */
export interface PathCondition extends Condition {
  readonly kind: "prefix" | "path" | "safe_regex" | "path_separated_prefix" | "connect_matcher" | "path_match_policy" | "none";
  /** What the index looks up: the configured text, lower-cased if `fold`. */
  readonly text: string;
  readonly fold: boolean;
  readonly regex: Regex | undefined;
  /** Asks about a path that was cut already: `compared` by {@link comparedPath}, `bare` by {@link barePath}. */
  test(compared: string, bare: string, request: RequestView): boolean;
}

abstract class OnPath implements PathCondition {
  readonly at: object;
  abstract readonly kind: PathCondition["kind"];
  readonly text: string;
  readonly fold: boolean;
  readonly regex: Regex | undefined;
  private readonly ignoreParameters: boolean;

  constructor(at: object, text: string, fold: boolean, ignoreParameters: boolean, regex?: Regex) {
    this.at = at;
    this.text = fold ? asciiLower(text) : text;
    this.fold = fold;
    this.ignoreParameters = ignoreParameters;
    this.regex = regex;
  }

  get key(): string {
    return this.kind;
  }

  matches(request: RequestView): boolean {
    const path = request.headers.get(PATH);
    return path !== null && this.test(comparedPath(path, this.ignoreParameters), barePath(path), request);
  }

  whyNot(request: RequestView): string {
    const path = request.headers.get(PATH);
    return path === null ? "the request has no :path" : `the path is ${shown(comparedPath(path, this.ignoreParameters))}`;
  }

  protected folded(path: string): string {
    return this.fold ? asciiLower(path) : path;
  }

  protected get caseNote(): string {
    return this.fold ? " (case ignored)" : "";
  }

  abstract test(compared: string, bare: string, request: RequestView): boolean;
  abstract describe(): string;
}

class Prefix extends OnPath {
  readonly kind = "prefix";

  test(compared: string): boolean {
    return this.folded(compared).startsWith(this.text);
  }

  describe(): string {
    return `path starts with ${shown(this.text)}${this.caseNote}`;
  }
}

class Whole extends OnPath {
  readonly kind = "path";

  test(compared: string): boolean {
    return this.folded(compared) === this.text;
  }

  describe(): string {
    return `path is exactly ${shown(this.text)}${this.caseNote}`;
  }
}

class SeparatedPrefix extends OnPath {
  readonly kind = "path_separated_prefix";

  test(compared: string): boolean {
    const path = this.folded(compared);
    return path.startsWith(this.text) && (path.length === this.text.length || path.charCodeAt(this.text.length) === 0x2f);
  }

  describe(): string {
    return `path is ${shown(this.text)} or continues with /${this.caseNote}`;
  }
}

class ByRegex extends OnPath {
  readonly kind = "safe_regex";

  test(compared: string): boolean {
    return this.regex?.fullMatch(compared) === true;
  }

  describe(): string {
    return `path matches the regex ${shown(this.text)}`;
  }
}

class ByTemplate extends OnPath {
  readonly kind = "path_match_policy";

  test(_compared: string, bare: string): boolean {
    return this.regex?.fullMatch(bare) === true;
  }

  describe(): string {
    return `path matches the template ${shown(this.text)}`;
  }
}

class Connect extends OnPath {
  readonly kind = "connect_matcher";

  test(_compared: string, _bare: string, request: RequestView): boolean {
    return this.matches(request);
  }

  override matches(request: RequestView): boolean {
    return request.headers.get(METHOD) === "CONNECT" || request.headers.get(UPGRADE)?.toLowerCase() === "connect-udp";
  }

  describe(): string {
    return "the method is CONNECT";
  }

  override whyNot(request: RequestView): string {
    return `the method is ${request.headers.get(METHOD) ?? "absent"}`;
  }
}

/** Stands for a specifier that could not be compiled. */
class Never extends OnPath {
  readonly kind = "none";

  test(): boolean {
    return false;
  }

  describe(): string {
    return "a path condition that is not available";
  }
}

/** Compiles the path specifier of a match. What cannot be compiled is reported and never matches. */
export function compilePathMatcher(match: RouteMatch, ignoreParameters: boolean, diagnostics: Diagnostics): PathCondition {
  const fold = match.case_sensitive === false;
  if (match.prefix !== undefined) return new Prefix(match, toWire(match.prefix), fold, ignoreParameters);
  if (match.path !== undefined) return new Whole(match, toWire(match.path), fold, ignoreParameters);
  if (match.path_separated_prefix !== undefined) return new SeparatedPrefix(match, toWire(match.path_separated_prefix), fold, ignoreParameters);
  if (match.connect_matcher !== undefined) return new Connect(match, "", false, false);
  if (match.safe_regex !== undefined) {
    const regex = compileRegexMatcher(match.safe_regex, diagnostics);
    if (regex !== undefined) return new ByRegex(match, match.safe_regex.regex ?? "", false, ignoreParameters, regex);
  } else if (match.path_match_policy !== undefined) {
    const config = match.path_match_policy.typed_config;
    if (config?.["@type"].endsWith(`/${URI_TEMPLATE_MATCH}`) === true) return compileTemplateMatcher(match, String(config["path_template"] ?? ""), config, diagnostics);
    diagnostics.report({ code: "LGT0540", at: match, key: "path_match_policy", message: "the only path match policy is envoy.path.match.uri_template.uri_template_matcher" });
  } else {
    diagnostics.report({ code: "LGT0523", at: match, message: "the route's match has no path specifier" });
  }
  return new Never(match, "", false, false);
}

function compileTemplateMatcher(match: RouteMatch, template: string, config: object, diagnostics: Diagnostics): PathCondition {
  try {
    return new ByTemplate(match, template, false, false, compileTemplate(template));
  } catch (error) {
    if (!(error instanceof TemplateError)) throw error;
    diagnostics.report({ code: "LGT0541", at: config, key: "path_template", message: `path_match_policy.path_template ${template} is invalid: ${error.message}` });
    return new Never(match, "", false, false);
  }
}
