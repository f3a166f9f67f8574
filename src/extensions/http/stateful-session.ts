/** Keeps the requests of a session on one upstream host, which a cookie or a header names. */
import { Buffer } from "node:buffer";
import { toWire } from "../../base/wire-text.ts";
import { defineExtension } from "../../contract/extension.ts";
import type { Env } from "../../contract/env.ts";
import { Continue, type HttpFilter, type StreamHandle, type Verdict } from "../../contract/http-filter.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import { requestCookie } from "../../http/cookies.ts";
import type { HeaderBlock } from "../../http/header-block.ts";
import { nameId, SET_COOKIE } from "../../http/names.ts";
import { typeNameOf } from "../../match/inputs/inputs.ts";
import { addressInCookie, addressInHeader, cookieFor } from "../../match/session-cookie.ts";
import { formatAddress } from "../../platform/address.ts";
import type { Cookie } from "../../schema/generated/envoy/type/http/v3.ts";
import type { StatefulSession, StatefulSessionPerRoute } from "../../schema/generated/envoy/extensions/filters/http/stateful_session/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const PACKAGE = "envoy.extensions.filters.http.stateful_session.v3";
const COOKIE = "envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState";
const HEADER = "envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState";
const SHAPE = statLayout({ counters: ["routed", "failed_open", "failed_closed", "no_session"] });
const ROUTED = placeIn(SHAPE, "routed");
const FAILED_OPEN = placeIn(SHAPE, "failed_open");
const FAILED_CLOSED = placeIn(SHAPE, "failed_closed");
const NO_SESSION = placeIn(SHAPE, "no_session");

/** Where a session's host is written. `now`: seconds since the epoch. */
interface SessionState {
  concerns(path: string): boolean;
  read(headers: HeaderBlock, now: number): string | null;
  write(address: string, headers: HeaderBlock, now: number): void;
}

function pathTest(cookiePath: string): (path: string) => boolean {
  if (cookiePath === "" || cookiePath === "/") return () => true;
  if (cookiePath.endsWith("/")) return (path) => path.startsWith(cookiePath);
  return (path) => path.startsWith(cookiePath) && (path.length === cookiePath.length || "/?#".includes(path[cookiePath.length] ?? ""));
}

function cookieState({ name = "", ttl, path = "", attributes = [] }: Cookie): SessionState {
  const seconds = ttl?.seconds ?? 0;
  const rest = attributes.map((attribute) => `; ${toWire(attribute.name ?? "")}${(attribute.value ?? "") === "" ? "" : `=${toWire(attribute.value ?? "")}`}`).join("");
  const behind = `"${seconds === 0 ? "" : `; Max-Age=${seconds}`}${path === "" ? "" : `; Path=${toWire(path)}`}${rest}; HttpOnly`;
  const wireName = toWire(name);
  return {
    concerns: pathTest(toWire(path)),
    read(headers, now) {
      const value = requestCookie(headers, wireName) ?? "";
      return value === "" ? null : addressInCookie(value, now) || null;
    },
    write: (address, headers, now) => headers.add(SET_COOKIE, `${wireName}="${cookieFor(address, seconds === 0 ? 0 : now + seconds)}${behind}`),
  };
}

function headerState(name: string): SessionState {
  const id = nameId(name);
  return {
    concerns: () => true, read: (headers) => addressInHeader(headers.get(id) ?? "") || null,
    write: (address, headers) => headers.replace(id, Buffer.from(address, "latin1").toString("base64")),
  };
}

interface SessionPlan {
  /** Null: there are no sessions. */
  readonly state: SessionState | null;
  readonly strict: boolean;
  readonly status: number;
  readonly statPrefix: string;
}

function compileSession(config: StatefulSession, diagnostics: Diagnostics): SessionPlan {
  const { strict = false, stat_prefix: statPrefix = "", status_on_strict_destination_not_found: status = 0 } = config;
  return { state: compileState(config, diagnostics), strict, statPrefix, status: strict && status !== 0 ? status : 503 };
}

function compileState({ session_state: state }: StatefulSession, diagnostics: Diagnostics): SessionState | null {
  if (state === undefined) return null;
  const type = typeNameOf(state.typed_config);
  if (type === COOKIE) return cookieState((state.typed_config?.["cookie"] as Cookie | undefined) ?? {});
  if (type === HEADER) return headerState(String(state.typed_config?.["name"] ?? ""));
  diagnostics.report({ code: "LGT0901", at: state, key: "typed_config", message: `the session state ${type} is known to Envoy and not done here` });
  return null;
}

/** `"disabled"`: the route has none of it. */
type RoutePlan = SessionPlan | "disabled";

class StatefulSessionFilter implements HttpFilter {
  private readonly own: SessionPlan;
  private readonly env: Env;
  /** Null: nothing is counted. */
  private readonly stats: StatBlock | null;
  private readonly handle: StreamHandle;
  private plan: SessionPlan | null = null;
  private concerned = false;
  private address: string | null = null;

  constructor(own: SessionPlan, env: Env, stats: StatBlock | null, handle: StreamHandle) {
    this.own = own;
    this.env = env;
    this.stats = stats;
    this.handle = handle;
  }

  decodeHeaders(headers: HeaderBlock): Verdict {
    const route = this.handle.routeConfig() as RoutePlan | null;
    if (route === "disabled") return Continue;
    const { state, strict, status } = (this.plan = route ?? this.own);
    this.concerned = state?.concerns(headers.path ?? "") === true;
    this.address = this.concerned ? (state?.read(headers, this.seconds()) ?? null) : null;
    if (this.address !== null) this.handle.info.overrideHost = { address: this.address, strict, status, missing: false };
    return Continue;
  }

  encodeHeaders(headers: HeaderBlock): Verdict {
    const { plan, handle: { info } } = this;
    if (plan === null) return Continue;
    if (info.upstreamHost === null) {
      if (this.concerned && plan.strict && info.hasFlag("UH")) this.count(FAILED_CLOSED);
    } else if (!this.concerned) this.count(NO_SESSION);
    else this.tell(plan, formatAddress(info.upstreamHost), headers);
    return Continue;
  }

  private tell(plan: SessionPlan, host: string, headers: HeaderBlock): void {
    if (host === this.address) return this.count(ROUTED);
    plan.state?.write(host, headers, this.seconds());
    if (!plan.strict) this.count(FAILED_OPEN);
  }

  private count(place: number): void {
    if (this.plan === this.own) this.stats?.inc(place);
  }

  private seconds(): number {
    return Math.floor(this.env.clock.wall() / 1000);
  }
}

export const statefulSession = defineExtension<"envoy.filters.http", StatefulSession, StatefulSessionPerRoute>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.stateful_session",
  config: `${PACKAGE}.StatefulSession`,
  honours: {
    [`${PACKAGE}.StatefulSession`]: ["session_state", "strict", "stat_prefix", "status_on_strict_destination_not_found"], [`${PACKAGE}.StatefulSessionPerRoute`]: ["disabled", "stateful_session"],
    [COOKIE]: ["cookie"], [HEADER]: ["name"], "envoy.type.http.v3.Cookie": ["name", "ttl", "path", "attributes"], "envoy.type.http.v3.CookieAttribute": ["name", "value"],
  },
  compile(config, { diagnostics, statPrefix }) {
    const plan = compileSession(config, diagnostics);
    return {
      open(env) {
        const stats = plan.statPrefix === "" ? null : env.stats.block(`${statPrefix}stateful_session.${plan.statPrefix}.`, SHAPE);
        return (handle) => new StatefulSessionFilter(plan, env, stats, handle);
      },
    };
  },
  routeType: `${PACKAGE}.StatefulSessionPerRoute`,
  compileRoute: ({ disabled, stateful_session: session }, { diagnostics }): RoutePlan => (disabled === true ? "disabled" : compileSession(session ?? {}, diagnostics)),
});
