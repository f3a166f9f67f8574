/** Which messages may be compressed at all. */
import { asciiLower, toWire } from "../base/wire-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { CACHE_CONTROL, CONNECTION, CONTENT_TYPE, TRANSFER_ENCODING, UPGRADE } from "../http/names.ts";
import { hasToken, withoutParameters } from "../http/tokens.ts";
import type { StringMatcher as StringMatcherConfig } from "../schema/generated/envoy/type/matcher/v3.ts";
import { compileStringMatcher, type StringMatcher } from "./string-matcher.ts";

const DEFAULT_TYPES = [
  "text/html", "text/plain", "text/css", "application/javascript", "application/x-javascript", "text/javascript", "text/x-javascript", "text/ecmascript", "text/js", "text/jscript", "text/x-js",
  "application/ecmascript", "application/x-json", "application/xml", "application/json", "image/svg+xml", "text/xml", "application/xhtml+xml", "application/grpc-web", "application/grpc-web+proto",
];
const CODINGS = ["gzip", "br", "deflate", "compress", "zstd"];

export class CompressibleTypes {
  private readonly types: ReadonlySet<string>;
  private readonly matchers: readonly StringMatcher[];

  constructor(types: readonly string[] | undefined, matchers: readonly StringMatcherConfig[] | undefined, diagnostics: Diagnostics) {
    this.matchers = (matchers ?? []).map((matcher) => compileStringMatcher(matcher, diagnostics));
    this.types = new Set((types ?? []).length > 0 || this.matchers.length > 0 ? (types ?? []).map((type) => asciiLower(toWire(type))) : DEFAULT_TYPES);
  }

  /** A message without a type may be compressed. */
  allow(headers: HeaderBlock): boolean {
    const type = headers.get(CONTENT_TYPE);
    return type === null || this.has(withoutParameters(type));
  }

  has(type: string): boolean {
    return this.types.has(asciiLower(type)) || this.matchers.some((matcher) => matcher.test(type));
  }
}

export function isUpgrade(headers: HeaderBlock): boolean {
  return headers.has(UPGRADE) && hasToken(headers.get(CONNECTION), "upgrade");
}

export function noTransform(headers: HeaderBlock): boolean {
  return hasToken(headers.get(CACHE_CONTROL), "no-transform");
}

/** Compressed already, as `transfer-encoding` says. */
export function alreadyCoded(headers: HeaderBlock, coding: string): boolean {
  const value = headers.get(TRANSFER_ENCODING);
  return value !== null && [...CODINGS, coding].some((known) => hasToken(value, known));
}
