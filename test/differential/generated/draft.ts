import type { Dice } from "../../support/random.ts";

/** A request in the making. A generated matcher comes with a way to make a draft that satisfies it. */
export interface Draft {
  method: string;
  host: string;
  /** Without a query. */
  path: string;
  query: string[];
  readonly headers: [string, string][];
  readonly cookies: string[];
}

/** A piece of configuration, and what a request needs to fit it (as far as it can be made to). */
export interface Generated<T> {
  readonly config: T;
  satisfy(draft: Draft): void;
}

export const SEGMENTS = ["a", "b", "ab", "aB", "A", "x-y", "api", "v1", "1", "42", "%2F", "%41", "a;p=1", "i.j", "%C3%A9", "~u", "a+b", "x@y", "a,b"] as const;
export const HOSTS = ["a.test", "B.test", "a.b.test", "x.a.b.test", "svc.local", "svc.local:8080", "10.0.0.1", "[::1]:80", "api-v1.test", "test"] as const;
export const HEADER_NAMES = ["x-env", "X-Team", "x-num", "x-list", "user-agent", "accept", "x-forwarded-host", "referer"] as const;
export const VALUES = ["1", "2", "42", "-7", "prod", "Prod", "prod-eu", "a,b", "", "x y", "p%20q", "007", "Mozilla/5.0", "é"] as const;
export const CLUSTERS = ["ca", "cb", "cc", "cd"] as const;

export function somePath(dice: Dice, most = 4): string {
  const segments = Array.from({ length: dice.below(most + 1) }, () => dice.pick(SEGMENTS));
  return `/${segments.join("/")}${segments.length > 0 && dice.below(6) === 0 ? "/" : ""}`;
}

/** True in `percent` of 100 cases. */
export function chance(dice: Dice, percent: number): boolean {
  return dice.below(100) < percent;
}

/** `fields` in `percent` of 100 cases, else nothing. */
export function maybe<T extends object>(dice: Dice, percent: number, fields: () => T): T | Record<string, never> {
  return chance(dice, percent) ? fields() : {};
}

export function several<T>(dice: Dice, most: number, make: () => T): T[] {
  return Array.from({ length: 1 + dice.below(most) }, make);
}

export function asType(type: string, fields: object): { readonly "@type": string } {
  return { "@type": `type.googleapis.com/${type}`, ...fields };
}
