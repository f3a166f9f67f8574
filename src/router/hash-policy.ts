/** The hash of a request for consistent load balancing (source/common/http/hash_policy.cc). */
import { wholeMs } from "../base/duration.ts";
import { toWire } from "../base/wire-text.ts";
import { rotateLeft64, xxHash64 } from "../base/xxhash64.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { nameId, PATH } from "../http/names.ts";
import { cookieValue } from "../match/cookie-matcher.ts";
import { firstQueryValue } from "../match/query-matcher.ts";
import type { RequestView } from "../contract/request-view.ts";
import { regexAt } from "../match/string-matcher.ts";
import type { RouteAction_HashPolicy, RouteAction_HashPolicy_Cookie, RouteAction_HashPolicy_Header } from "../schema/generated/envoy/config/route/v3.ts";

/** In force where a load balancer asks {@link hashOf}. */
export const honours = {
  "envoy.config.route.v3.RouteAction.HashPolicy": ["header", "cookie", "connection_properties", "query_parameter", "filter_state", "terminal"],
  "envoy.config.route.v3.RouteAction.HashPolicy.Header": ["header_name", "regex_rewrite"],
  "envoy.config.route.v3.RouteAction.HashPolicy.Cookie": ["name", "ttl", "path", "attributes"],
  "envoy.config.route.v3.RouteAction.HashPolicy.CookieAttribute": ["name", "value"],
  "envoy.config.route.v3.RouteAction.HashPolicy.ConnectionProperties": ["source_ip"],
  "envoy.config.route.v3.RouteAction.HashPolicy.QueryParameter": ["name"],
  "envoy.config.route.v3.RouteAction.HashPolicy.FilterState": ["key"],
} as const;

/** A cookie that a response must set because the request had none. */
export interface NewCookie {
  readonly name: string;
  readonly path: string;
  /** Seconds; 0 makes a session cookie. */
  readonly ttl: number;
  readonly attributes: readonly (readonly [string, string])[];
}

/** Makes the value of a new cookie and sees to it that the response sets it; `""` makes none. */
export type AddCookie = (cookie: NewCookie) => string;

interface HashMethod {
  readonly terminal: boolean;
  hash(request: RequestView, addCookie: AddCookie | undefined): bigint | undefined;
}

export type HashPolicy = readonly HashMethod[];

/** The hash of a request, `undefined` if no method gives one. */
export function hashOf(policy: HashPolicy, request: RequestView, addCookie?: AddCookie): bigint | undefined {
  let hash: bigint | undefined;
  for (const method of policy) {
    const next = method.hash(request, addCookie);
    if (next !== undefined) hash = (hash === undefined ? 0n : rotateLeft64(hash, 1n)) ^ next;
    if (hash !== undefined && method.terminal) break;
  }
  return hash;
}

function headerHash(config: RouteAction_HashPolicy_Header, diagnostics: Diagnostics): HashMethod["hash"] {
  const id = nameId(config.header_name ?? "");
  const { pattern, substitution } = config.regex_rewrite ?? {};
  const regex = pattern === undefined ? undefined : regexAt(pattern.regex ?? "", pattern, "regex", diagnostics);
  const by = toWire(substitution ?? "");
  return ({ headers }) => {
    const lines = headers.getAll(id);
    if (lines.length === 0) return undefined;
    const values = regex === undefined ? lines : lines.map((line) => regex.replaceAll(line, by));
    return values.sort().reduce((seed, value) => xxHash64(value, seed), 0n); // a value's hash is the seed of the next
  };
}

function cookieHash(config: RouteAction_HashPolicy_Cookie): HashMethod["hash"] {
  const { name = "", path = "", ttl, attributes = [] } = config;
  const cookie = ttl && {
    name, path, ttl: Math.trunc(wholeMs(ttl, 0) / 1000), attributes: attributes.map((a) => [a.name ?? "", a.value ?? ""] as const),
  };
  return ({ headers }, addCookie) => {
    const value = cookieValue(headers, toWire(name)) || (cookie === undefined ? "" : (addCookie?.(cookie) ?? ""));
    return value === "" ? undefined : xxHash64(value);
  };
}

function compileMethod(config: RouteAction_HashPolicy, diagnostics: Diagnostics): HashMethod["hash"] {
  if (config.header !== undefined) return headerHash(config.header, diagnostics);
  if (config.cookie !== undefined) return cookieHash(config.cookie);
  if (config.connection_properties?.source_ip === true) return ({ remoteIp }) => (remoteIp === undefined ? undefined : xxHash64(remoteIp));
  if (config.query_parameter !== undefined) {
    const name = toWire(config.query_parameter.name ?? "");
    return ({ headers }) => {
      const value = firstQueryValue(headers.get(PATH) ?? "", name);
      return value === null ? undefined : xxHash64(value);
    };
  }
  const key = config.filter_state?.key ?? "";
  return ({ filterState }) => {
    const value = Object.hasOwn(filterState, key) ? filterState[key] : undefined;
    return value === undefined ? undefined : xxHash64(toWire(value));
  };
}

export function compileHashPolicy(configs: readonly RouteAction_HashPolicy[] | undefined, diagnostics: Diagnostics): HashPolicy | undefined {
  if (configs === undefined || configs.length === 0) return undefined;
  return configs.map((config) => ({ terminal: config.terminal === true, hash: compileMethod(config, diagnostics) }));
}
