/** Where in a request tokens may be: headers, query parameters, cookies, each for the issuers that name it. */
import { toWire } from "../../base/wire-text.ts";
import { requestCookie } from "../../http/cookies.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { AUTHORIZATION, nameId } from "../../http/names.ts";
import { queryParameters } from "../../http/query.ts";
import type { JwtProvider } from "../../schema/generated/envoy/extensions/filters/http/jwt_authn/v3.ts";

/** Issuers; "" stands for all. */
type Issuers = Set<string>;

/** A token as found. */
export interface FoundToken {
  readonly text: string;
  isIssuerAllowed(issuer: string): boolean;
  /** Takes it out of the request, where that is done. */
  remove(headers: HeaderBlock): void;
}

interface HeaderPlace {
  readonly id: number;
  readonly prefix: string;
  readonly issuers: Issuers;
}

const NOTHING = (): void => undefined;
const DEFAULT_PARAMETER = "access_token";
const FIRST_LETTER = /[A-Za-z0-9_.-]/g;

function byKey<T>(map: ReadonlyMap<string, T>): readonly (readonly [string, T])[] {
  return [...map].sort(([a], [b]) => (a < b ? -1 : 1));
}

function decoded(text: string): string {
  return text.replace(/%([0-9A-Fa-f]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
}

/** What stands behind the prefix, from the first letter that a token may have. */
function behind(value: string, prefix: string): string | null {
  if (prefix === "") return value;
  const at = value.indexOf(prefix);
  if (at < 0) return null;
  FIRST_LETTER.lastIndex = at + prefix.length;
  const found = FIRST_LETTER.exec(value);
  return found === null ? value : value.slice(found.index);
}

/** The path without a parameter. As in Envoy, those that stay come in the order of their names; unlike there, they stay encoded. */
function without(path: string, parameter: string): string {
  const at = path.indexOf("?");
  const kept = new Map<string, string[]>();
  for (const part of path.slice(at + 1).split("&")) {
    const name = decoded(part.split("=", 1)[0] ?? "");
    if (part !== "" && name !== parameter) kept.set(name, [...(kept.get(name) ?? []), part.includes("=") ? part : `${part}=`]);
  }
  const rest = byKey(kept).flatMap(([, parts]) => parts);
  return rest.length === 0 ? path.slice(0, at) : `${path.slice(0, at)}?${rest.join("&")}`;
}

export class TokenLocations {
  private readonly headers: readonly HeaderPlace[];
  private readonly parameters: readonly (readonly [string, Issuers])[];
  private readonly cookies: readonly (readonly [string, Issuers])[];

  /** Headers that only the filter may set. */
  readonly reserved: readonly number[];

  constructor(providers: readonly JwtProvider[]) {
    const [headers, parameters, cookies] = [new Map<string, HeaderPlace>(), new Map<string, Issuers>(), new Map<string, Issuers>()];
    for (const provider of providers) {
      const { issuer = "" } = provider;
      const inHeader = (name: string, id: number, prefix: string): void => {
        const key = name.toLowerCase() + prefix;
        const place = headers.get(key) ?? { id, prefix, issuers: new Set() };
        headers.set(key, place);
        place.issuers.add(issuer);
      };
      const named = (map: Map<string, Issuers>, name: string): unknown => map.set(name, (map.get(name) ?? new Set()).add(issuer));
      const { from_headers: fromHeaders = [], from_params: fromParams = [], from_cookies: fromCookies = [] } = provider;
      for (const { name = "", value_prefix: prefix = "" } of fromHeaders) inHeader(name, nameId(name), toWire(prefix));
      for (const name of fromParams) named(parameters, toWire(name));
      for (const name of fromCookies) named(cookies, toWire(name));
      if (fromHeaders.length + fromParams.length + fromCookies.length === 0) {
        inHeader("authorization", AUTHORIZATION, "Bearer ");
        named(parameters, DEFAULT_PARAMETER);
      }
    }
    this.reserved = providers.flatMap(({ forward_payload_header: header, claim_to_headers: claims = [] }) => [...(header ? [header] : []), ...claims.map(({ header_name: name = "" }) => name)]).map(nameId);
    this.headers = byKey(headers).map(([, place]) => place);
    this.parameters = byKey(parameters);
    this.cookies = byKey(cookies);
  }

  /** Headers first, then parameters, then cookies. */
  find(headers: HeaderBlock): FoundToken[] {
    const found: FoundToken[] = [];
    const add = (text: string, issuers: Issuers, remove: (headers: HeaderBlock) => void): void => {
      found.push({ text, isIssuerAllowed: (issuer) => issuers.has("") || issuers.has(issuer), remove });
    };
    for (const { id, prefix, issuers } of this.headers) {
      if (!headers.has(id)) continue;
      for (const line of headers.getAll(id)) {
        const text = behind(line, prefix);
        if (text !== null) add(text, issuers, (from) => from.remove(id));
      }
    }
    const path = this.parameters.length === 0 ? "" : (headers.path ?? "");
    if (path.includes("?")) {
      const present = new Map([...queryParameters(path)].reverse().map(([name, [first = ""]]) => [decoded(name), decoded(first)] as const));
      for (const [name, issuers] of this.parameters) {
        const text = present.get(name);
        if (text !== undefined) add(text, issuers, (from) => (from.path = without(from.path ?? "", name)));
      }
    }
    for (const [name, issuers] of this.cookies) {
      const text = requestCookie(headers, name);
      if (text !== null) add(text, issuers, NOTHING);
    }
    return found;
  }
}
