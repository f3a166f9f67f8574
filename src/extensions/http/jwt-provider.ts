/** A provider of tokens for jwt_authn: its keys, what it asks of a token, the tokens that were good, the filter's numbers. */
import { Buffer } from "node:buffer";
import { toWire } from "../../base/wire-text.ts";
import { readDataSource } from "../../contract/data-source.ts";
import type { Env } from "../../contract/env.ts";
import type { CompileContext } from "../../contract/extension.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import { RemoteKeys, routeRetries } from "../../forward/remote-keys.ts";
import { openAsyncClient } from "../../forward/router-filter.ts";
import { nameId } from "../../http/names.ts";
import { type KeySet, readKeys } from "../../match/jwt/key-set.ts";
import { AUDIENCE, ED25519_LENGTH, FAILED, type JwtStatus, NO_SUCH_KEY, OK } from "../../match/jwt/status.ts";
import { audienceAllowed, type Audiences, audienceSet, checkTime, type Jwt } from "../../match/jwt/token.ts";
import { compileStringMatcher, type StringMatcher } from "../../match/string-matcher.ts";
import { EDWARDS_SIGNATURE, isSignedBy } from "../../platform/jwt-keys.ts";
import type { JwtProvider } from "../../schema/generated/envoy/extensions/filters/http/jwt_authn/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

export const SHAPE = statLayout({ counters: ["allowed", "cors_preflight_bypassed", "denied", "jwks_fetch_success", "jwks_fetch_failed", "jwt_cache_hit", "jwt_cache_miss"] });
export const ALLOWED = placeIn(SHAPE, "allowed");
export const BYPASSED = placeIn(SHAPE, "cors_preflight_bypassed");
export const DENIED = placeIn(SHAPE, "denied");
const FETCHED = placeIn(SHAPE, "jwks_fetch_success");
const NOT_FETCHED = placeIn(SHAPE, "jwks_fetch_failed");
export const CACHE_HIT = placeIn(SHAPE, "jwt_cache_hit");
export const CACHE_MISS = placeIn(SHAPE, "jwt_cache_miss");
const DEFAULT_SKEW = 60;
const DEFAULT_CACHED = 100;
const LONGEST_CACHED = 4096;

/** The first key of the set that fits and has signed the token. */
export function verify(jwt: Jwt, keys: KeySet): JwtStatus {
  const signed = { alg: jwt.alg, text: `${jwt.headerText}.${jwt.payloadText}`, signature: jwt.signature };
  let fits = false;
  for (const key of keys) {
    if ((jwt.kid !== "" && key.kid !== "" && key.kid !== jwt.kid) || (key.alg !== "" && key.alg !== jwt.alg)) continue;
    fits = true;
    if (key.kind === "OKP" && jwt.signature.length !== EDWARDS_SIGNATURE) return ED25519_LENGTH;
    if (isSignedBy(key, signed)) return OK;
  }
  return fits ? FAILED : NO_SUCH_KEY;
}

/** Tokens that were good, the most recently used last. */
class TokenCache {
  private readonly tokens = new Map<string, Jwt>();
  private readonly most: number;
  private readonly longest: number;

  constructor(most: number, longest: number) {
    this.most = most;
    this.longest = longest;
  }

  find(text: string, now: number): Jwt | undefined {
    const jwt = this.tokens.get(text);
    if (jwt === undefined) return undefined;
    this.tokens.delete(text);
    if (jwt.exp !== 0 && now > jwt.exp + DEFAULT_SKEW) return undefined;
    this.tokens.set(text, jwt);
    return jwt;
  }

  add(text: string, jwt: Jwt): void {
    if (text.length > this.longest) return;
    this.tokens.delete(text);
    this.tokens.set(text, jwt);
    if (this.tokens.size > this.most) for (const [oldest] of this.tokens) return void this.tokens.delete(oldest);
  }
}

interface ClaimHeader {
  readonly id: number;
  readonly path: readonly string[];
}

export interface ProviderPlan {
  readonly config: JwtProvider;
  readonly audiences: Audiences;
  readonly subjects: StringMatcher | null;
  /** ms; null: any. */
  readonly longestLife: number | null;
  /** Seconds. */
  readonly skew: number;
  /** 0: none. */
  readonly payloadHeader: number;
  readonly claims: readonly ClaimHeader[];
}

export function compileProvider(config: JwtProvider, diagnostics: Diagnostics): ProviderPlan {
  const { max_lifetime: life, forward_payload_header: header } = config;
  return {
    config, audiences: audienceSet(config.audiences), subjects: config.subjects === undefined ? null : compileStringMatcher(config.subjects, diagnostics),
    longestLife: life === undefined ? (config.require_expiration === true ? Infinity : null) : life.seconds * 1000 + life.nanos / 1e6,
    skew: config.clock_skew_seconds || DEFAULT_SKEW, payloadHeader: header ? nameId(header) : 0,
    claims: (config.claim_to_headers ?? []).map(({ header_name: name = "", claim_name: claim = "", claim_path: path = [] }) => ({
      id: nameId(name), path: path.length === 0 ? claim.split(".") : path.map(({ key = "" }) => key),
    })),
  };
}

/** What a claim is in a header; "": it cannot stand there. */
export function headerText(value: unknown): string {
  if (typeof value === "string") return /[\0\r\n]/.test(value) ? "" : toWire(value);
  if (typeof value === "boolean") return String(value);
  if (typeof value === "number") return value < 0 || value >= 2 ** 64 || !Number.isInteger(value) ? value.toFixed(6) : BigInt(value).toString();
  return typeof value === "object" && value !== null ? Buffer.from(JSON.stringify(value), "utf8").toString("base64") : "";
}

/** A provider in a worker. */
export class Provider {
  readonly plan: ProviderPlan;
  readonly remote: RemoteKeys<KeySet> | null;
  readonly cache: TokenCache | null;
  private readonly local: KeySet | null;

  constructor(plan: ProviderPlan, context: CompileContext, env: Env, stats: StatBlock) {
    const { local_jwks: local, remote_jwks: remote, jwt_cache_config: cache } = plan.config;
    this.plan = plan;
    const bytes = readDataSource(local, env);
    this.local = bytes === undefined || bytes.length === 0 ? null : readKeys(bytes);
    const counts = { succeeded: () => stats.inc(FETCHED), failed: () => stats.inc(NOT_FETCHED) };
    this.remote = remote === undefined ? null : new RemoteKeys(remote, openAsyncClient(context, env, routeRetries(remote.retry_policy)), env, counts, readKeys);
    this.cache = cache === undefined ? null : new TokenCache(cache.jwt_cache_size || DEFAULT_CACHED, cache.jwt_max_token_size || LONGEST_CACHED);
  }

  get keys(): KeySet | null {
    return this.local ?? this.remote?.current ?? null;
  }

  /** All but the signature. `now`: ms. */
  check(jwt: Jwt, audiences: Audiences | null, now: number): JwtStatus {
    const { plan } = this;
    const time = checkTime(jwt, Math.floor(now / 1000), plan.skew);
    if (time !== OK) return time;
    if (!audienceAllowed(audiences ?? plan.audiences, jwt.audiences)) return AUDIENCE;
    if (plan.subjects?.test(toWire(jwt.sub)) === false) return FAILED;
    return plan.longestLife === null || (jwt.exp !== 0 && jwt.exp * 1000 - now < plan.longestLife) ? OK : FAILED;
  }
}

