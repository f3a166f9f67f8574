/**
 * envoy.config.route.v3.QueryParameterMatcher: the first value of the parameter, as it stands in `:path` (nothing is decoded).
 */
import { toWire } from "../base/wire-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { PATH } from "../http/names.ts";
import type { QueryParameterMatcher } from "../schema/generated/envoy/config/route/v3.ts";
import { shown } from "./condition.ts";
import type { Condition } from "./condition.ts";
import type { RequestView } from "../contract/request-view.ts";
import { compileStringMatcher } from "./string-matcher.ts";
import type { StringMatcher } from "./string-matcher.ts";

export const honours = {
  "envoy.config.route.v3.QueryParameterMatcher": ["name", "string_match", "present_match"],
} as const;

/** The first value of a query parameter of a path, `""` for one without `=`; `null` if it is not there. */
export function firstQueryValue(path: string, name: string): string | null {
  let at = path.indexOf("?") + 1;
  if (at === 0) return null;
  while (at < path.length) {
    let end = path.indexOf("&", at);
    if (end < 0) end = path.length;
    const equals = path.indexOf("=", at);
    const nameEnd = equals < 0 || equals > end ? end : equals;
    if (nameEnd - at === name.length && path.startsWith(name, at)) return nameEnd === end ? "" : path.slice(nameEnd + 1, end);
    at = end + 1;
  }
  return null;
}

export class QueryCondition implements Condition {
  readonly at: object;
  readonly key = "name";
  private readonly name: string;
  private readonly present: boolean | undefined;
  private readonly matcher: StringMatcher | undefined;

  constructor(config: QueryParameterMatcher, diagnostics: Diagnostics) {
    this.at = config;
    this.name = toWire(config.name ?? "");
    this.present = config.present_match;
    this.matcher = config.string_match === undefined ? undefined : compileStringMatcher(config.string_match, diagnostics);
  }

  matches(request: RequestView): boolean {
    const value = this.valueIn(request);
    if (this.present !== undefined) return (value !== null) === this.present;
    if (value === null) return false;
    return this.matcher === undefined || this.matcher.test(value);
  }

  describe(): string {
    if (this.matcher !== undefined) return `query parameter ${this.name} ${this.matcher.describe()}`;
    return `query parameter ${this.name} is ${this.present === false ? "absent" : "present"}`;
  }

  whyNot(request: RequestView): string {
    const value = this.valueIn(request);
    return value === null ? `query parameter ${this.name} is absent` : `query parameter ${this.name} is ${shown(value)}`;
  }

  private valueIn(request: RequestView): string | null {
    return firstQueryValue(request.headers.get(PATH) ?? "", this.name);
  }
}
