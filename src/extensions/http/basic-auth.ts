/** Lets requests pass that carry the name and password of a user (RFC 7617). */
import { decodeBase64 } from "../../base/base64.ts";
import { fromWire, toWire } from "../../base/wire-text.ts";
import { honours as dataSource, readTextSource } from "../../contract/data-source.ts";
import type { Env } from "../../contract/env.ts";
import { defineExtension } from "../../contract/extension.ts";
import { Continue, type HttpFilter, StopIteration, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { AUTHORIZATION, nameId, X_ENVOY_ORIGINAL_PATH } from "../../http/names.ts";
import { sameSecret, sha1Base64 } from "../../platform/digest.ts";
import type { DataSource } from "../../schema/generated/envoy/config/core/v3.ts";
import type { BasicAuth, BasicAuthPerRoute } from "../../schema/generated/envoy/extensions/filters/http/basic_auth/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const PACKAGE = "envoy.extensions.filters.http.basic_auth.v3";
const WWW_AUTHENTICATE = nameId("www-authenticate");
const SHAPE = statLayout({ counters: ["allowed", "denied"] });
const ALLOWED = placeIn(SHAPE, "allowed");
const DENIED = placeIn(SHAPE, "denied");
/** Characters of the path that a realm may have. */
const LONGEST_PATH = 256;

/** Name to the base64 of the password's SHA-1, in wire form. */
type Users = ReadonlyMap<string, string>;

function usersOf(source: DataSource | undefined, env: Env): Users {
  const text = readTextSource(source, env) ?? "";
  const users = new Map<string, string>();
  for (const line of text.split("\n")) {
    const colon = line.indexOf(":");
    if (colon > 0 && !line.startsWith("#")) users.set(line.slice(0, colon), line.slice(colon + 1).replace(/^\{SHA\}/, ""));
  }
  return users;
}

interface AuthPlan {
  readonly header: number;
  /** 0: none. */
  readonly userHeader: number;
  readonly mayBeMissing: boolean;
  readonly emits: boolean;
  readonly realm: string;
}

/** What the filters of one configuration share in a worker. */
class Shared {
  readonly plan: AuthPlan;
  readonly stats: StatBlock;
  readonly users: Users;
  private readonly env: Env;
  private readonly ofRoutes = new WeakMap<RouteUsers, Users>();

  constructor(plan: AuthPlan, users: DataSource | undefined, env: Env, stats: StatBlock) {
    this.plan = plan;
    this.stats = stats;
    this.env = env;
    this.users = usersOf(users, env);
  }

  usersFor(route: RouteUsers | null): Users {
    if (route === null) return this.users;
    const users = this.ofRoutes.get(route) ?? usersOf(route.source, this.env);
    this.ofRoutes.set(route, users);
    return users;
  }
}

class BasicAuthFilter implements HttpFilter {
  private readonly shared: Shared;
  private readonly plan: AuthPlan;
  private readonly stats: StatBlock;
  private readonly handle: StreamHandle;

  constructor(shared: Shared, handle: StreamHandle) {
    this.shared = shared;
    this.plan = shared.plan;
    this.stats = shared.stats;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock): Verdict {
    const { plan } = this;
    const value = headers.get(plan.header);
    if (value === null || !value.startsWith("Basic ")) {
      if (plan.mayBeMissing) return Continue;
      return value === null ? this.deny(headers, "Missing username and password.", "no_credential_for_basic_auth") : this.deny(headers, "Expected 'Basic' authentication scheme.", "invalid_scheme_for_basic_auth");
    }
    const pair = decodeBase64(value.slice(6)) ?? "";
    const colon = pair.indexOf(":");
    if (colon < 0) return this.deny(headers, "Invalid basic credential format.", "invalid_format_for_basic_auth");
    const name = pair.slice(0, colon);
    const users = this.shared.usersFor(this.handle.routeConfig() as RouteUsers | null);
    if (!sameSecret(users.get(name) ?? "", sha1Base64(pair.slice(colon + 1)))) return this.deny(headers, "Invalid username/password combination.", "invalid_credential_for_basic_auth");
    if (plan.userHeader !== 0) headers.replace(plan.userHeader, name);
    if (plan.emits) this.handle.info.mergeMetadata(this.handle.name, { username: fromWire(name) });
    this.stats.inc(ALLOWED);
    return Continue;
  }

  private deny(headers: HeaderBlock, reason: string, details: string): Verdict {
    this.stats.inc(DENIED);
    const realm = (this.handle.routeConfig() as RouteUsers | null)?.realm || this.plan.realm || uriOf(headers);
    this.handle.localReply({ status: 401, body: `User authentication failed. ${reason}`, details, modify: (reply) => reply.set(WWW_AUTHENTICATE, `Basic realm="${realm}"`) });
    return StopIteration;
  }
}

function uriOf(headers: HeaderBlock): string {
  const path = headers.get(X_ENVOY_ORIGINAL_PATH) ?? headers.path;
  return path === null ? "" : `${headers.scheme ?? ""}://${headers.authority ?? ""}${path.slice(0, LONGEST_PATH)}`;
}

interface RouteUsers {
  readonly source: DataSource | undefined;
  readonly realm: string;
}

export const basicAuth = defineExtension<"envoy.filters.http", BasicAuth, BasicAuthPerRoute>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.basic_auth",
  config: `${PACKAGE}.BasicAuth`,
  offline: ({ users }) => users?.filename === undefined && users?.environment_variable === undefined,
  honours: {
    [`${PACKAGE}.BasicAuth`]: ["users", "forward_username_header", "authentication_header", "allow_missing", "emit_dynamic_metadata", "realm"],
    [`${PACKAGE}.BasicAuthPerRoute`]: ["users", "realm"],
    ...dataSource,
  },
  compile(config, { statPrefix }) {
    const named = (name: string | undefined): number => ((name ?? "") === "" ? 0 : nameId(name ?? ""));
    const plan: AuthPlan = {
      header: named(config.authentication_header) || AUTHORIZATION, userHeader: named(config.forward_username_header),
      mayBeMissing: config.allow_missing === true, emits: config.emit_dynamic_metadata === true, realm: toWire(config.realm ?? ""),
    };
    return {
      open(env) {
        const stats = env.stats.block(`${statPrefix}basic_auth.`, SHAPE);
        const shared = new Shared(plan, config.users, env, stats);
        return (handle) => new BasicAuthFilter(shared, handle);
      },
    };
  },
  routeType: `${PACKAGE}.BasicAuthPerRoute`,
  compileRoute: (config): RouteUsers => ({ source: config.users, realm: toWire(config.realm ?? "") }),
});
