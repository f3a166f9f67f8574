/** Lets requests pass that carry JSON Web Tokens as rules require them. */
import { toWire } from "../../base/wire-text.ts";
import { honours as dataSource } from "../../contract/data-source.ts";
import type { Env } from "../../contract/env.ts";
import { type CompileContext, defineExtension } from "../../contract/extension.ts";
import { Continue, type HttpFilter, StopAll, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { ACCESS_CONTROL_REQUEST_METHOD, nameId, ORIGIN, WWW_AUTHENTICATE, X_ENVOY_ORIGINAL_PATH } from "../../http/names.ts";
import { type KeySet } from "../../match/jwt/key-set.ts";
import { type FoundToken, TokenLocations } from "../../match/jwt/locations.ts";
import { type Check, type Checks, compileRequirement } from "../../match/jwt/requirement.ts";
import { AUDIENCE, FETCH_FAILED, type JwtStatus, MISSED, NO_VALID_KEYS, OK, UNKNOWN_ISSUER } from "../../match/jwt/status.ts";
import { type Audiences, audienceSet, claimAt, type Claims, type Jwt, readJwt } from "../../match/jwt/token.ts";
import { barePath } from "../../match/path-matcher.ts";
import { compileRouteConditions, type RouteConditions } from "../../router/route-conditions.ts";
import type { JwtAuthentication, JwtRequirement, PerRouteConfig } from "../../schema/generated/envoy/extensions/filters/http/jwt_authn/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

import { SHAPE, ALLOWED, BYPASSED, DENIED, CACHE_HIT, CACHE_MISS, verify, type ProviderPlan, compileProvider, headerText, Provider } from "./jwt-provider.ts";

const PACKAGE = "envoy.extensions.filters.http.jwt_authn.v3";
const NAMESPACE = "envoy.filters.http.jwt_authn";
/** Characters of a path in a realm. */
const LONGEST_PATH = 256;

/** What one request is asked about. */
interface Run {
  readonly headers: HeaderBlock;
  readonly handle: StreamHandle;
  /** For the metadata, by key. */
  readonly told: Record<string, unknown>;
  /** End what still runs. */
  readonly cancels: (() => void)[];
}

/** How tokens are looked at. */
interface Manner {
  /** Null: whichever has the token's issuer. */
  readonly provider: Provider | null;
  readonly audiences: Audiences | null;
  readonly allowsFailed: boolean;
  readonly allowsMissing: boolean;
}

/** Looks at the tokens of one request, one after another, the last first (authenticator.cc). */
class Authenticator {
  private readonly world: World;
  private readonly manner: Manner;
  private readonly run: Run;
  private readonly tokens: FoundToken[];
  private readonly done: (status: JwtStatus) => void;
  private provider: Provider | null = null;
  private clears = false;

  constructor(world: World, manner: Manner, run: Run, tokens: FoundToken[], done: (status: JwtStatus) => void) {
    this.world = world;
    this.manner = manner;
    this.run = run;
    this.tokens = tokens;
    this.done = done;
  }

  next(): void {
    const token = this.tokens.pop();
    if (token === undefined) return this.end(MISSED);
    const { provider } = this.manner;
    const now = this.world.env.clock.wall();
    if (provider !== null) this.provider = provider;
    const cached = provider?.cache?.find(token.text, Math.floor(now / 1000));
    if (provider !== null) this.world.stats.inc(cached === undefined ? CACHE_MISS : CACHE_HIT);
    const jwt = cached ?? readJwt(token.text);
    if ("code" in jwt) return this.end(jwt);
    if (!token.isIssuerAllowed(jwt.iss)) return this.end(UNKNOWN_ISSUER);
    this.provider = provider ?? this.world.byIssuer(jwt.iss);
    if (this.provider === null) return this.end(UNKNOWN_ISSUER);
    const status = this.provider.check(jwt, this.manner.audiences, now);
    if (status !== OK) return this.end(status);
    if (cached !== undefined) return this.accept(token, jwt, this.provider);
    this.withKeys(token, jwt, this.provider);
  }

  private withKeys(token: FoundToken, jwt: Jwt, provider: Provider): void {
    const { keys, remote } = provider;
    const use = (set: KeySet): void => {
      const status = verify(jwt, set);
      if (status !== OK) return this.end(status);
      if (this.manner.provider !== null) provider.cache?.add(token.text, jwt);
      this.accept(token, jwt, provider);
    };
    if (keys !== null) return use(keys);
    if (remote === null) return this.end(NO_VALID_KEYS);
    this.run.cancels.push(remote.obtain((fetched) => (fetched === null ? this.end(FETCH_FAILED) : use(fetched))));
  }

  private accept(token: FoundToken, jwt: Jwt, { plan }: Provider): void {
    const { headers, told } = this.run;
    const { config } = plan;
    if (plan.payloadHeader !== 0) {
      const padding = config.pad_forward_payload_header === true ? "=".repeat((4 - (jwt.payloadText.length % 4)) % 4) : "";
      headers.add(plan.payloadHeader, jwt.payloadText + padding);
    }
    let added = false;
    for (const { id, path } of plan.claims) {
      const text = headerText(claimAt(jwt.payload, path));
      if (text === "") continue;
      headers.add(id, text);
      added = true;
    }
    if (config.clear_route_cache === true && (added || config.payload_in_metadata)) this.clears = true;
    if (config.forward !== true) token.remove(headers);
    if (config.header_in_metadata) told[config.header_in_metadata] = jwt.header;
    if (config.payload_in_metadata) told[config.payload_in_metadata] = normalised(jwt.payload, config.normalize_payload_in_metadata?.space_delimited_claims);
    this.end(OK);
  }

  private end(status: JwtStatus): void {
    const { allowsFailed, allowsMissing } = this.manner;
    const key = status === OK ? "" : ((this.provider ?? this.world.single)?.plan.config.failed_status_in_metadata ?? "");
    if (key !== "") this.run.told[key] = { code: status.code, message: status.text };
    if (this.tokens.length > 0 && (status === OK || allowsFailed || allowsMissing)) return this.next();
    if (this.clears) this.run.handle.clearRouteCache();
    this.done(allowsFailed || (allowsMissing && status === MISSED) ? OK : status);
  }
}

/** With these claims as lists of words. */
function normalised(payload: Claims, names: readonly string[] = []): Claims {
  const listed = names.flatMap((name) => {
    const value = Object.hasOwn(payload, name) ? payload[name] : undefined;
    const words = typeof value === "string" ? value.split(" ").filter((word) => word !== "") : [];
    return words.length === 0 ? [] : [[name, words]];
  });
  return listed.length === 0 ? payload : { ...payload, ...(Object.fromEntries(listed) as Claims) };
}

interface Rule {
  readonly conditions: RouteConditions;
  readonly requirement: JwtRequirement | null;
}

interface AuthPlan {
  readonly providers: ReadonlyMap<string, ProviderPlan>;
  readonly rules: readonly Rule[];
  readonly config: JwtAuthentication;
}

function compileAuth(config: JwtAuthentication, diagnostics: Diagnostics): AuthPlan {
  const map = config.requirement_map ?? {};
  return {
    config, providers: new Map(Object.entries(config.providers ?? {}).map(([name, provider]) => [name, compileProvider(provider, diagnostics)])),
    rules: (config.rules ?? []).map(({ match = {}, requires, requirement_name: name }) => ({
      conditions: compileRouteConditions(match, false, diagnostics), requirement: requires ?? (name === undefined ? null : (map[name] ?? null)),
    })),
  };
}

/** The filter in a worker. */
class World implements Checks<Run> {
  readonly env: Env;
  readonly stats: StatBlock;
  /** Of a configuration with one provider. */
  readonly single: Provider | null;
  readonly config: JwtAuthentication;
  private readonly providers = new Map<string, Provider>();
  private readonly issuers = new Map<string, Provider>();
  private readonly named: ReadonlyMap<string, Check<Run>>;
  private readonly rules: readonly { readonly conditions: RouteConditions; readonly check: Check<Run> | null }[];
  private readonly byState: ReadonlyMap<string, Check<Run>>;
  private readonly wrongName: string;
  private readonly reserved: readonly number[];

  constructor(plan: AuthPlan, context: CompileContext, env: Env, stats: StatBlock) {
    this.env = env;
    this.stats = stats;
    this.config = plan.config;
    for (const [name, provider] of plan.providers) {
      const opened = new Provider(provider, context, env, stats);
      this.providers.set(name, opened);
      const { issuer = "" } = provider.config;
      if (!this.issuers.has(issuer)) this.issuers.set(issuer, opened);
    }
    this.reserved = this.allLocations().reserved;
    this.single = this.providers.size === 1 ? ([...this.providers.values()][0] as Provider) : null;
    const compiled = (requirements: Readonly<Record<string, JwtRequirement>> = {}): Map<string, Check<Run>> =>
      new Map(Object.entries(requirements).map(([name, requirement]) => [name, compileRequirement(requirement, this)]));
    this.named = compiled(plan.config.requirement_map);
    this.byState = compiled(plan.config.filter_state_rules?.requires);
    this.rules = plan.rules.map(({ conditions, requirement }) => ({ conditions, check: requirement === null ? null : compileRequirement(requirement, this) }));
    this.wrongName = `. It should be one of [${[...this.named.keys()].sort().join(",")}]`;
  }

  byIssuer(issuer: string): Provider | null {
    return this.issuers.get(issuer) ?? this.issuers.get("") ?? null;
  }

  /** What is asked of a request; null: nothing; a text: that its route is wrong. */
  checkFor(handle: StreamHandle): Check<Run> | null | string {
    const route = handle.routeConfig() as PerRouteConfig | null;
    if (route !== null) {
      if (route.disabled === true) return null;
      const { requirement_name: name = "" } = route;
      return this.named.get(name) ?? `Wrong requirement_name: ${name}${this.wrongName}`;
    }
    const { view } = handle;
    const path = view.headers.path === null ? null : barePath(view.headers.path);
    const rule = this.rules.find(({ conditions }) => conditions.match(view, path, path));
    if (rule !== undefined) return rule.check;
    const state = this.byState.size === 0 ? undefined : handle.info.filterState?.get(this.config.filter_state_rules?.name ?? "");
    return typeof state === "string" ? (this.byState.get(state) ?? null) : null;
  }

  provider(name: string, audiences: readonly string[]): Check<Run> {
    const provider = this.providers.get(name) ?? null;
    if (provider === null) return (_, done) => done(UNKNOWN_ISSUER);
    const manner = { provider, audiences: audiences.length === 0 ? null : audienceSet(audiences), allowsFailed: false, allowsMissing: false };
    return this.check(manner, new TokenLocations([provider.plan.config]));
  }

  missingAllowed(): Check<Run> {
    return this.check({ provider: null, audiences: null, allowsFailed: false, allowsMissing: true }, this.allLocations());
  }

  failedAllowed(): Check<Run> {
    return this.check({ provider: null, audiences: null, allowsFailed: true, allowsMissing: true }, this.allLocations());
  }

  extractOnly(header: string): Check<Run> {
    const check = this.missingAllowed();
    const id = nameId(header);
    return (run, done) =>
      check(run, (status) => {
        if (status !== OK) run.headers.replace(id, "false");
        done(OK);
      });
  }

  private allLocations(): TokenLocations {
    return new TokenLocations([...this.providers.values()].map(({ plan }) => plan.config));
  }

  /** Takes away what only this filter may say. */
  sanitise(headers: HeaderBlock): void {
    for (const id of this.reserved) headers.remove(id);
  }

  private check(manner: Manner, locations: TokenLocations): Check<Run> {
    const reserved = locations.reserved;
    return (run, done) => {
      for (const id of reserved) run.headers.remove(id);
      new Authenticator(this, manner, run, locations.find(run.headers), done).next();
    };
  }
}

function isPreflight(headers: HeaderBlock): boolean {
  return headers.method === "OPTIONS" && (headers.get(ORIGIN) ?? "") !== "" && (headers.get(ACCESS_CONTROL_REQUEST_METHOD) ?? "") !== "";
}

function uriOf(headers: HeaderBlock): string {
  const path = headers.get(X_ENVOY_ORIGINAL_PATH) ?? headers.path;
  return path === null ? "" : `${headers.scheme ?? ""}://${headers.authority ?? ""}${path.slice(0, LONGEST_PATH)}`;
}

function detailsOf(text: string): string {
  return `jwt_authn_access_denied{${text.replace(/[ \t\n\v\f\r]/g, "_")}}`;
}

class JwtFilter implements HttpFilter {
  private readonly world: World;
  private readonly handle: StreamHandle;
  private run: Run | null = null;
  private answered = false;
  private stopped = false;

  constructor(world: World, handle: StreamHandle) {
    this.world = world;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock): Verdict {
    const { stats, config } = this.world;
    this.world.sanitise(headers);
    if (config.bypass_cors_preflight === true && isPreflight(headers)) {
      stats.inc(BYPASSED);
      stats.inc(ALLOWED);
      return Continue;
    }
    const check = this.world.checkFor(this.handle);
    if (check === null) {
      stats.inc(ALLOWED);
      return Continue;
    }
    if (typeof check === "string") {
      const text = toWire(check);
      stats.inc(DENIED);
      this.handle.localReply({ status: 403, body: config.strip_failure_response === true ? "" : `Failed JWT authentication: ${text}`, details: detailsOf(text) });
      return StopAll;
    }
    const uri = uriOf(headers);
    const run: Run = (this.run = { headers, handle: this.handle, told: {}, cancels: [] });
    check(run, (status) => this.end(status, run, uri));
    if (this.answered && this.run === null) return Continue;
    this.stopped = true;
    return StopAll;
  }

  onDestroy(): void {
    this.cancel();
    this.answered = true;
  }

  private cancel(): void {
    for (const cancel of this.run?.cancels ?? []) cancel();
  }

  private end(status: JwtStatus, run: Run, uri: string): void {
    if (this.answered) return;
    this.answered = true;
    const { stats } = this.world;
    for (const _ in run.told) {
      this.handle.info.mergeMetadata(NAMESPACE, run.told);
      break;
    }
    this.cancel();
    if (status !== OK) {
      stats.inc(DENIED);
      return this.deny(status, uri);
    }
    this.run = null;
    stats.inc(ALLOWED);
    if (this.stopped) this.handle.resumeDecoding();
  }

  private deny(status: JwtStatus, uri: string): void {
    const bare = this.world.config.strip_failure_response === true;
    this.handle.localReply({
      status: status === AUDIENCE ? 403 : 401, body: bare ? "" : status.text, details: detailsOf(status.text),
      modify: (headers) => {
        if (!bare) headers.replace(WWW_AUTHENTICATE, `Bearer realm="${uri}"${status === MISSED ? "" : ', error="invalid_token"'}`);
      },
    });
  }
}

export const jwtAuthn = defineExtension<"envoy.filters.http", JwtAuthentication, PerRouteConfig>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.jwt_authn",
  config: `${PACKAGE}.JwtAuthentication`,
  honours: {
    [`${PACKAGE}.JwtAuthentication`]: ["providers", "rules", "filter_state_rules", "bypass_cors_preflight", "requirement_map", "strip_failure_response", "stat_prefix"],
    [`${PACKAGE}.JwtProvider`]: [
      "issuer", "audiences", "subjects", "require_expiration", "max_lifetime", "remote_jwks", "local_jwks", "forward", "from_headers", "from_params", "from_cookies",
      "forward_payload_header", "pad_forward_payload_header", "payload_in_metadata", "normalize_payload_in_metadata", "header_in_metadata", "failed_status_in_metadata",
      "clock_skew_seconds", "jwt_cache_config", "claim_to_headers", "clear_route_cache",
    ],
    [`${PACKAGE}.JwtProvider.NormalizePayload`]: ["space_delimited_claims"], [`${PACKAGE}.JwtCacheConfig`]: ["jwt_cache_size", "jwt_max_token_size"],
    [`${PACKAGE}.RemoteJwks`]: ["http_uri", "cache_duration", "async_fetch", "retry_policy"], [`${PACKAGE}.JwksAsyncFetch`]: ["fast_listener", "failed_refetch_duration"],
    [`${PACKAGE}.JwtHeader`]: ["name", "value_prefix"], [`${PACKAGE}.ProviderWithAudiences`]: ["provider_name", "audiences"],
    [`${PACKAGE}.JwtRequirement`]: ["provider_name", "provider_and_audiences", "requires_any", "requires_all", "allow_missing_or_failed", "allow_missing", "extract_only_without_validation"],
    [`${PACKAGE}.ExtractOnlyWithoutValidation`]: ["verification_status_header"], [`${PACKAGE}.JwtRequirementOrList`]: ["requirements"], [`${PACKAGE}.JwtRequirementAndList`]: ["requirements"],
    [`${PACKAGE}.RequirementRule`]: ["match", "requires", "requirement_name"], [`${PACKAGE}.FilterStateRule`]: ["name", "requires"],
    [`${PACKAGE}.PerRouteConfig`]: ["disabled", "requirement_name"], [`${PACKAGE}.JwtClaimToHeader`]: ["header_name", "claim_name", "claim_path"],
    [`${PACKAGE}.JwtClaimToHeader.PathSegment`]: ["key"], "envoy.config.core.v3.HttpUri": ["uri", "cluster", "timeout"],
    "envoy.config.core.v3.RetryPolicy": ["retry_back_off", "num_retries"], "envoy.config.core.v3.BackoffStrategy": ["base_interval", "max_interval"], ...dataSource,
  },
  compile(config, context) {
    const plan = compileAuth(config, context.diagnostics);
    return {
      open(env) {
        const { stat_prefix: name = "" } = config;
        const stats = env.stats.block(`${context.statPrefix}jwt_authn.${name === "" || name.endsWith(".") ? name : `${name}.`}`, SHAPE);
        const world = new World(plan, context, env, stats);
        return (handle) => new JwtFilter(world, handle);
      },
    };
  },
  routeType: `${PACKAGE}.PerRouteConfig`,
  compileRoute: (config): PerRouteConfig => config,
});
