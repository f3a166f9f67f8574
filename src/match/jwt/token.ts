/** A JSON Web Token (RFC 7519) read as Envoy reads it: its parts, the claims that are looked at, and the time in which it holds. */
import { Buffer } from "node:buffer";
import * as is from "./status.ts";
import type { JwtStatus } from "./status.ts";

/** An object of JSON. */
export type Claims = Readonly<Record<string, unknown>>;

export interface Jwt {
  readonly header: Claims;
  readonly payload: Claims;
  /** As they stand in the token. */
  readonly headerText: string;
  readonly payloadText: string;
  readonly signature: Buffer;
  readonly alg: string;
  /** "": none. */
  readonly kid: string;
  readonly iss: string;
  readonly sub: string;
  /** Seconds since the epoch; 0: none. */
  readonly nbf: number;
  readonly exp: number;
  readonly audiences: readonly string[];
}

const ALGORITHMS: ReadonlySet<string> = new Set(["ES256", "ES384", "ES512", "HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "EdDSA"]);
/** protobuf's limit of nesting in JSON. */
const DEEPEST = 100;
const [QUOTE, BACKSLASH, OPEN_LIST, CLOSE_LIST, OPEN_MAP, CLOSE_MAP] = [0x22, 0x5c, 0x5b, 0x5d, 0x7b, 0x7d];
const LAST = /^[ \t\n\r]*[\]}]/;
const UTF8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Bytes of base64url text as Envoy takes it: blanks do not count, padding may be there (`=` or `.`). Null: it is none. */
export function decodeBase64Url(text: string): Buffer | null {
  const letters = text.replace(/[ \t\n\v\f\r]+/g, "");
  const bare = letters.replace(/[=.]+$/, "");
  const padding = letters.length - bare.length;
  if (!/^[A-Za-z0-9_-]*$/.test(bare) || bare.length % 4 === 1 || (padding !== 0 && padding !== (4 - (bare.length % 4)) % 4)) return null;
  return Buffer.from(bare, "base64url");
}

/** Brackets that are open at once, at most; strings do not count. */
function depthOf(text: string): number {
  let [depth, most, inString] = [0, 0, false];
  for (let i = 0; i < text.length; i++) {
    const c = text.charCodeAt(i);
    if (inString && c === BACKSLASH) i++;
    else if (c === QUOTE) inString = !inString;
    else if (!inString && (c === OPEN_LIST || c === OPEN_MAP)) most = Math.max(most, ++depth);
    else if (!inString && (c === CLOSE_LIST || c === CLOSE_MAP)) depth--;
  }
  return most;
}

/** What protobuf takes as JSON beyond the standard, in its place: control characters in strings, a comma behind the last member. */
function strict(text: string): string {
  let [written, inString] = ["", false];
  for (let i = 0; i < text.length; i++) {
    const c = text.charAt(i);
    if (c === '"') inString = !inString;
    if (inString && c === "\\") written += c + text.charAt(++i);
    else if (inString && c < " ") written += `\\u${text.charCodeAt(i).toString(16).padStart(4, "0")}`;
    else if (inString || c !== "," || !LAST.test(text.slice(i + 1, i + 100))) written += c;
  }
  return written;
}

/** Throws SyntaxError. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return JSON.parse(strict(text));
  }
}

/** An object of JSON in these bytes; null if there is none. */
export function readClaims(bytes: Uint8Array): Claims | null {
  try {
    const text = UTF8.decode(bytes);
    if (text.length > DEEPEST && depthOf(text) > DEEPEST) return null;
    const value: unknown = parsed(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? (value as Claims) : null;
  } catch {
    return null;
  }
}

/** The claim at a path of keys; undefined if it is not there. */
export function claimAt(claims: Claims, path: readonly string[]): unknown {
  let value: unknown = claims;
  for (const key of path) {
    if (typeof value !== "object" || value === null || Array.isArray(value) || !Object.hasOwn(value, key)) return undefined;
    value = (value as Claims)[key];
  }
  return value;
}

function own(claims: Claims, key: string): unknown {
  return Object.hasOwn(claims, key) ? claims[key] : undefined;
}

function badTime(value: unknown, kind: JwtStatus, range: JwtStatus): JwtStatus | null {
  if (value === undefined) return null;
  if (typeof value !== "number") return kind;
  return value < 0 || value >= 2 ** 64 ? range : null;
}

function isText(value: unknown): boolean {
  return value === undefined || typeof value === "string";
}

/** What is wrong with the registered claims; null: nothing. */
function badClaim(payload: Claims): JwtStatus | null {
  if (!isText(own(payload, "iss"))) return is.BAD_ISS;
  if (!isText(own(payload, "sub"))) return is.BAD_SUB;
  const time = badTime(own(payload, "iat"), is.BAD_IAT, is.IAT_RANGE) ?? badTime(own(payload, "nbf"), is.BAD_NBF, is.NBF_RANGE) ?? badTime(own(payload, "exp"), is.BAD_EXP, is.EXP_RANGE);
  if (time !== null) return time;
  if (!isText(own(payload, "jti"))) return is.BAD_JTI;
  const aud = own(payload, "aud");
  return isText(aud) || (Array.isArray(aud) && aud.every((one) => typeof one === "string")) ? null : is.BAD_AUD;
}

function audiencesOf(aud: unknown): readonly string[] {
  if (aud === undefined) return [];
  return typeof aud === "string" ? [aud] : (aud as readonly string[]);
}

/** The token in this text, or what is wrong with it. */
export function readJwt(text: string): Jwt | JwtStatus {
  const parts = text.split(".").filter((part) => part !== "");
  const [headerText, payloadText, signatureText] = parts;
  if (headerText === undefined || payloadText === undefined || signatureText === undefined || parts.length !== 3) return is.BAD_FORMAT;
  const headerBytes = decodeBase64Url(headerText);
  if (headerBytes === null) return is.HEADER_BAD_BASE64;
  const header = readClaims(headerBytes);
  if (header === null) return is.HEADER_BAD_JSON;
  const [alg, kid] = [own(header, "alg"), own(header, "kid")];
  if (typeof alg !== "string") return is.BAD_ALG;
  if (!ALGORITHMS.has(alg)) return is.UNKNOWN_ALG;
  if (!isText(kid)) return is.BAD_KID;
  const payloadBytes = decodeBase64Url(payloadText);
  if (payloadBytes === null) return is.PAYLOAD_BAD_BASE64;
  const payload = readClaims(payloadBytes);
  if (payload === null) return is.PAYLOAD_BAD_JSON;
  const wrong = badClaim(payload);
  if (wrong !== null) return wrong;
  const signature = decodeBase64Url(signatureText);
  if (signature === null) return is.SIGNATURE_BAD_BASE64;
  const seconds = (name: string): number => Math.trunc((own(payload, name) as number | undefined) ?? 0);
  return {
    header, payload, headerText, payloadText, signature, alg, kid: (kid as string | undefined) ?? "", iss: (own(payload, "iss") as string | undefined) ?? "",
    sub: (own(payload, "sub") as string | undefined) ?? "", nbf: seconds("nbf"), exp: seconds("exp"), audiences: audiencesOf(own(payload, "aud")),
  };
}

/** Whether the token holds at this time; both in seconds. */
export function checkTime({ nbf, exp }: Jwt, now: number, skew: number): JwtStatus {
  if (now + skew < nbf) return is.NOT_YET_VALID;
  return exp !== 0 && now > exp + skew ? is.EXPIRED : is.OK;
}

/** An audience as it is compared: without scheme and without a slash at its end. */
function bareAudience(audience: string): string {
  return audience.replace(/^https?:\/\//, "").replace(/\/$/, "");
}

/** Those that may be meant; empty: all. */
export type Audiences = ReadonlySet<string>;

export function audienceSet(names: readonly string[] = []): Audiences {
  return new Set(names.map(bareAudience));
}

export function audienceAllowed(allowed: Audiences, audiences: readonly string[]): boolean {
  return allowed.size === 0 || audiences.some((audience) => allowed.has(bareAudience(audience)));
}
