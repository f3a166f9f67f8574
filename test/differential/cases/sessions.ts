import { answering } from "../../support/scripted-upstream.ts";
import { ask, get, response } from "../case.ts";
import type { Group } from "../case.ts";
import { chain, filter, table, to, typed } from "../filter-config.ts";

const COOKIE = (more = ""): string => `session_state: { name: envoy.http.stateful_session.cookie, typed_config: { "@type": type.googleapis.com/envoy.extensions.http.stateful_session.cookie.v3.CookieBasedSessionState, cookie: { name: session ${more} } } }`;
const HEADER = `session_state: { name: envoy.http.stateful_session.header, typed_config: { "@type": type.googleapis.com/envoy.extensions.http.stateful_session.header.v3.HeaderBasedSessionState, name: x-session } }`;
const session = (fields: string): string => chain(filter("ss", "stateful_session.v3.StatefulSession", fields));
const perRoute = (fields: string): Readonly<Record<string, string>> => ({ ss: typed("stateful_session.v3.StatefulSessionPerRoute", fields) });
const base64 = (text: string): string => Buffer.from(text).toString("base64");
const NOWHERE = base64("10.0.0.1:80");
const counters = [/stateful_session/];
/** Which of the two hosts is asked must not depend on the balancer: only one takes new sessions. */
const OTHER = base64("127.0.0.1:1");

/** Sessions that stay on one host. Ports differ between the two programs' upstreams, so what names a port is not compared. */
export const sessions: Group = {
  name: "sessions",
  listeners: {
    main: session(`${COOKIE(", ttl: 60s, path: /shop, attributes: [{ name: SameSite, value: Lax }, { name: Secure }]")}, stat_prefix: st`) + table([to("/shop/off", perRoute("disabled: true")), to("/shop/head", perRoute(`stateful_session: { ${HEADER} }`)), to("/")]),
    header: session(`${HEADER}, stat_prefix: st`), strict: session(`${HEADER}, strict: true, stat_prefix: st`), status: session(`${HEADER}, strict: true, status_on_strict_destination_not_found: 410`), none: session(""),
  },
  cases: [
    { title: "no session, and none asked for", ...ask(get("/other"), get("/shopping"), get("/shop/off")), counters },
    { title: "a header begins a session", to: "header", ...ask(get("/")), counters, varies: { answer: "the header names a port" } },
    { title: "a host that is not there: another", to: "header", ...ask(get("/", `x-session: ${NOWHERE}`), get("/", "x-session: !!!"), get("/", `x-session: ${OTHER}`)), counters, varies: { answer: "the header names a port" } },
    { title: "strict: no other", to: "strict", ...ask(get("/", `x-session: ${NOWHERE}`)), counters },
    { title: "strict, without a session yet", to: "strict", ...ask(get("/")), counters, varies: { answer: "the header names a port" } },
    { title: "strict: a status of its own", to: "status", ...ask(get("/", `x-session: ${NOWHERE}`)), counters },
    { title: "an answer of the proxy", to: "none", ...ask(get("/")), upstreams: { u: answering(response("503 X", "no")) }, counters },
    { title: "a cookie for a path", ...ask(get("/shop"), get("/shop?x"), get("/shop/a", `cookie: session="${NOWHERE}"`), get("/shop/head")), counters, varies: { answer: "the cookie names a port and a time" } },
  ],
};
