/** envoy.config.route.v3.CookieMatcher. Unlike a header matcher, an inverted one matches a missing cookie. */
import { toWire } from "../base/wire-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { nameId } from "../http/names.ts";
import type { CookieMatcher } from "../schema/generated/envoy/config/route/v3.ts";
import { shown } from "./condition.ts";
import type { Condition } from "./condition.ts";
import type { RequestView } from "../contract/request-view.ts";
import { compileStringMatcher } from "./string-matcher.ts";
import type { StringMatcher } from "./string-matcher.ts";

export const honours = {
  "envoy.config.route.v3.CookieMatcher": ["name", "string_match", "invert_match"],
} as const;

const COOKIE = nameId("cookie");

/** The first value of a cookie over all `cookie` headers, one pair of quotes taken off; `null` if it is not there. */
export function cookieValue(headers: HeaderBlock, name: string): string | null {
  for (const line of headers.getAll(COOKIE)) {
    for (const item of line.split(";")) {
      const equals = item.indexOf("=");
      if (equals < 0 || item.slice(0, equals).replace(/^ +/, "") !== name) continue;
      const value = item.slice(equals + 1);
      return value.length >= 2 && value.startsWith('"') && value.endsWith('"') ? value.slice(1, -1) : value;
    }
  }
  return null;
}

export class CookieCondition implements Condition {
  readonly at: object;
  readonly key = "name";
  private readonly name: string;
  private readonly matcher: StringMatcher;
  private readonly invert: boolean;

  constructor(config: CookieMatcher, diagnostics: Diagnostics) {
    this.at = config;
    this.name = toWire(config.name ?? "");
    this.matcher = compileStringMatcher(config.string_match ?? {}, diagnostics);
    this.invert = config.invert_match === true;
  }

  matches(request: RequestView): boolean {
    const value = cookieValue(request.headers, this.name);
    return (value !== null && this.matcher.test(value)) !== this.invert;
  }

  describe(): string {
    return `${this.invert ? "not: " : ""}cookie ${this.name} ${this.matcher.describe()}`;
  }

  whyNot(request: RequestView): string {
    const value = cookieValue(request.headers, this.name);
    return value === null ? `cookie ${this.name} is absent` : `cookie ${this.name} is ${shown(value)}`;
  }
}
