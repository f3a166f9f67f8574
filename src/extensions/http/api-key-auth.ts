/** Lets requests pass that carry a known API key, and tells the upstream whose it is. */
import { toWire } from "../../base/wire-text.ts";
import { defineExtension } from "../../contract/extension.ts";
import { Continue, type HttpFilter, StopIteration, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import { requestCookie } from "../../http/cookies.ts";
import { decodedParameter, removeCookie, withoutParameter } from "../../http/credentials.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { nameId } from "../../http/names.ts";
import type { ApiKeyAuth, ApiKeyAuthPerRoute, KeySource } from "../../schema/generated/envoy/extensions/filters/http/api_key_auth/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const PACKAGE = "envoy.extensions.filters.http.api_key_auth.v3";
const SHAPE = statLayout({ counters: ["allowed", "unauthorized", "forbidden"] });
const ALLOWED = placeIn(SHAPE, "allowed");
const UNAUTHORIZED = placeIn(SHAPE, "unauthorized");
const FORBIDDEN = placeIn(SHAPE, "forbidden");

interface Source {
  /** The key; "" or null without one. */
  read(headers: HeaderBlock): string | null;
  remove(headers: HeaderBlock): void;
}

function compileSource({ header = "", query = "", cookie = "" }: KeySource): Source {
  if (header !== "") {
    const id = nameId(header);
    return {
      read: (headers) => headers.get(id)?.replace(/^Bearer /, "") ?? null,
      remove: (headers) => void headers.remove(id),
    };
  }
  const name = toWire(query === "" ? cookie : query);
  if (query === "") return { read: (headers) => requestCookie(headers, name), remove: (headers) => removeCookie(headers, name) };
  return {
    read: (headers) => decodedParameter(headers.path ?? "", name),
    remove: (headers) => void (headers.path = withoutParameter(headers.path ?? "", name)),
  };
}

/** Null: this level does not say. */
interface Keys {
  readonly credentials: ReadonlyMap<string, string> | null;
  readonly sources: readonly Source[] | null;
  readonly forwarding: { readonly header: number; readonly hides: boolean } | null;
}

interface RouteKeys extends Keys {
  readonly clients: ReadonlySet<string>;
}

function compileKeys(config: ApiKeyAuth, diagnostics: Diagnostics): Keys {
  const credentials = new Map<string, string>();
  for (const credential of config.credentials ?? []) {
    const key = toWire(credential.key ?? "");
    if (credentials.has(key)) diagnostics.report({ code: "LGT0406", at: credential, key: "key", message: `the key '${credential.key ?? ""}' stands twice` });
    credentials.set(key, toWire(credential.client ?? ""));
  }
  const sources = (config.key_sources ?? []).map(compileSource);
  const { forwarding } = config;
  return {
    credentials: credentials.size === 0 ? null : credentials, sources: sources.length === 0 ? null : sources,
    forwarding: forwarding === undefined ? null : { header: (forwarding.header ?? "") === "" ? 0 : nameId(forwarding.header ?? ""), hides: forwarding.hide_credentials === true },
  };
}

class ApiKeyAuthFilter implements HttpFilter {
  private readonly keys: Keys;
  private readonly stats: StatBlock;
  private readonly handle: StreamHandle;

  constructor(keys: Keys, stats: StatBlock, handle: StreamHandle) {
    this.keys = keys;
    this.stats = stats;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock): Verdict {
    const route = this.handle.routeConfig() as RouteKeys | null;
    const sources = route?.sources ?? this.keys.sources;
    const credentials = route?.credentials ?? this.keys.credentials;
    if (sources === null) return this.refuse("missing_key_sources");
    if (credentials === null) return this.refuse("missing_credentials");
    const key = firstKey(sources, headers);
    if (key === "") return this.refuse("missing_api_key");
    const client = credentials.get(key);
    if (client === undefined) return this.refuse("unknown_api_key");
    if (route !== null && route.clients.size > 0 && !route.clients.has(client)) return this.refuse("client_not_allowed", 403);
    // As in Envoy, a route's configuration replaces the forwarding even where it says nothing of it.
    const { forwarding } = route ?? this.keys;
    if (forwarding !== null && forwarding.header !== 0) headers.set(forwarding.header, client);
    if (forwarding?.hides === true) for (const source of sources) source.remove(headers);
    this.stats.inc(ALLOWED);
    return Continue;
  }

  private refuse(details: string, status: 401 | 403 = 401): Verdict {
    this.stats.inc(status === 401 ? UNAUTHORIZED : FORBIDDEN);
    this.handle.localReply({ status, body: status === 401 ? "Client authentication failed." : "Client is forbidden.", details });
    return StopIteration;
  }
}

function firstKey(sources: readonly Source[], headers: HeaderBlock): string {
  for (const source of sources) {
    const key = source.read(headers);
    if (key !== null && key !== "") return key;
  }
  return "";
}

export const apiKeyAuth = defineExtension<"envoy.filters.http", ApiKeyAuth, ApiKeyAuthPerRoute>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.api_key_auth",
  config: `${PACKAGE}.ApiKeyAuth`,
  offline: true,
  honours: {
    [`${PACKAGE}.ApiKeyAuth`]: ["credentials", "key_sources", "forwarding"],
    [`${PACKAGE}.ApiKeyAuthPerRoute`]: ["credentials", "key_sources", "forwarding", "allowed_clients"],
    [`${PACKAGE}.Credential`]: ["key", "client"], [`${PACKAGE}.KeySource`]: ["header", "query", "cookie"], [`${PACKAGE}.Forwarding`]: ["header", "hide_credentials"],
  },
  compile(config, { diagnostics, statPrefix }) {
    const keys = compileKeys(config, diagnostics);
    return {
      open(env) {
        const stats = env.stats.block(`${statPrefix}api_key_auth.`, SHAPE);
        return (handle) => new ApiKeyAuthFilter(keys, stats, handle);
      },
    };
  },
  routeType: `${PACKAGE}.ApiKeyAuthPerRoute`,
  compileRoute: (config, { diagnostics }): RouteKeys => ({ ...compileKeys(config, diagnostics), clients: new Set((config.allowed_clients ?? []).map(toWire)) }),
});
