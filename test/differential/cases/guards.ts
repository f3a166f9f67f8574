import { createHash } from "node:crypto";
import { ask, askApart, get, request } from "../case.ts";
import type { Group } from "../case.ts";
import { chain, filter, table, to, typed } from "../filter-config.ts";

const ON = "filter_enabled: { default_value: { numerator: 100 } }";
const OFF = "filter_enabled: { default_value: { numerator: 0 } }";
const csrf = (fields: string): string => typed("csrf.v3.CsrfPolicy", fields);
/** password `secret`; alice's is `wonder:land` */
const USERS = `users: { inline_string: "# people\\nbob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\\n\\nalice:{SHA}${createHash("sha1").update("wonder:land").digest("base64")}\\n" }`;
const basic = (pair: string): string => `authorization: Basic ${Buffer.from(pair).toString("base64")}`;
const KEYS = "credentials: [{ key: k1, client: one }, { key: k2, client: two }, { key: 'k 3', client: three }]";
const SOURCES = "key_sources: [{ header: x-key }, { query: key }, { cookie: key }]";
const apiKey = (fields: string): string => filter("keys", "api_key_auth.v3.ApiKeyAuth", fields);
const keys = (fields: string): string => typed("api_key_auth.v3.ApiKeyAuthPerRoute", fields);

/** Filters that refuse requests by what they carry. */
export const guards: Group = {
  name: "guards",
  listeners: {
    main: chain(filter("csrf", "csrf.v3.CsrfPolicy", `${ON}, additional_origins: [{ exact: friend.test }, { suffix: ".ok.test" }]`))
      + table([to("/off", { csrf: csrf(OFF) }), to("/shadow", { csrf: csrf(`${OFF}, shadow_enabled: { default_value: { numerator: 100 } }`) }), to("/")]),
    basic: chain(filter("ba", "basic_auth.v3.BasicAuth", `${USERS}, forward_username_header: x-user, emit_dynamic_metadata: true`))
      + table([to("/route", { ba: typed("basic_auth.v3.BasicAuthPerRoute", `users: { inline_string: "carol:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=" }`) }), to("/")], ["%DYNAMIC_METADATA(ba:username)%"]),
    lax: chain(filter("ba", "basic_auth.v3.BasicAuth", `${USERS}, authentication_header: x-auth, allow_missing: true, realm: "the realm"`)),
    keys: chain(apiKey(`${KEYS}, ${SOURCES}, forwarding: { header: x-client, hide_credentials: true }`))
      + table([
        to("/two", { keys: keys("allowed_clients: [two]") }), to("/own", { keys: keys("credentials: [{ key: own, client: mine }], key_sources: [{ header: x-own }], forwarding: { header: x-mine }") }), to("/"),
      ]),
    nokeys: chain(apiKey("")) + table([to("/sources", { keys: keys(SOURCES) }), to("/")]),
    loop: chain(filter("cdn", "cdn_loop.v3.CdnLoopConfig", "cdn_id: me, max_allowed_occurrences: 1")),
    demand: chain(filter("od", "on_demand.v3.OnDemand", "")) + table([to("/there"), "{ match: { prefix: /gone }, route: { cluster: u }, typed_per_filter_config: { od: " + typed("on_demand.v3.PerRouteConfig", "") + " } }"]),
  },
  cases: [
    ...["/", "/off", "/shadow"].map((path) => ({
      title: `csrf at ${path}`,
      ...ask(
        request("POST", path, "origin: http://case.test", "content-length: 0"), request("POST", path, "origin: https://case.test:8443/x", "content-length: 0"), request("POST", path, "origin: http://evil.test"),
        request("PUT", path, "referer: http://case.test/page?x"), request("DELETE", path), request("PATCH", path, "origin: null"), request("POST", path, "origin: http://friend.test"),
        request("POST", path, "origin: https://a.ok.test"), request("POST", path, "origin: garbage", "referer: http://case.test/"), get(path, "origin: http://evil.test"), request("POST", path, "origin:", "referer: case.test"),
      ),
      counters: [/csrf\./],
    })),
    {
      title: "basic_auth", to: "basic",
      ...ask(get("/"), get("/", basic("bob:secret")), get("/", basic("bob:wrong")), get("/", basic("nobody:secret")), get("/", basic("alice:wonder:land")), get("/", "authorization: Bearer x"), get("/", "authorization: Basic !!!"),
        get("/", "authorization: Basic Ym9i"), get("/", basic("bob:secret").replace("=", "")), get("/", "authorization: basic Ym9iOnNlY3JldA=="), get(`/${"x".repeat(300)}`), get("/route", basic("carol:secret")), get("/route", basic("bob:secret"))),
      counters: [/basic_auth/],
    },
    { title: "basic_auth with a header of its own, and a realm", to: "lax", ...ask(get("/"), get("/", "x-auth: Digest x"), get("/", "x-auth: Basic Ym9iOnNlY3JldA=="), get("/", "x-auth: Basic Ym9iOndyb25n"), get("/", basic("bob:wrong"))), counters: [/basic_auth/] },
    {
      title: "api_key_auth", to: "keys",
      ...ask(get("/"), get("/", "x-key: k1"), get("/", "x-key: Bearer k2"), get("/", "x-key: no"), get("/?b=2&key=k1&a=1"), get("/?key=k%203&a=x%2Fy"), get("/?key"), get("/", "cookie: a=b; key=k2; c=\"d\""), get("/", "cookie: a=b", "cookie: key=k1"),
        get("/?key=k1", "x-key: bad"), get("/?key=k1", "x-key:"), get("/two", "x-key: k2"), get("/two", "x-key: k1"), get("/own", "x-key: k1"), get("/own", "x-own: own")),
      counters: [/api_key_auth/],
    },
    { title: "api_key_auth without sources or keys", to: "nokeys", ...ask(get("/"), get("/sources", "x-key: k1")), counters: [/api_key_auth/] },
    {
      title: "cdn_loop",
      ...askApart("loop", get("/"), get("/", "cdn-loop: other"), get("/", "cdn-loop: me"), get("/", "cdn-loop: me, me"), get("/", "cdn-loop: me", "cdn-loop: me;a=b"), get("/", "cdn-loop: me; x=\"a,b\\\"c\" ;y=z, , other:80"), get("/", "cdn-loop: me;x"),
        get("/", "cdn-loop: [::1]:80, [x"), get("/", "cdn-loop: a b"), get("/", "cdn-loop:"), get("/", "cdn-loop: me:1, me:"), get("/", "cdn-loop: ,,"), get("/", "cdn-loop: a;b=\"c"), get("/", "cdn-loop: a;b=c;")),
    },
    { title: "on_demand: routes and clusters that are there", to: "demand", ...ask(get("/there"), get("/gone"), request("POST", "/there", "content-length: 2") + "ab") },
    { title: "on_demand: no route", to: "demand", ...ask(get("/nowhere"), request("POST", "/nowhere", "content-length: 2") + "ab"), patience: 500 },
    { title: "on_demand: no such host", to: "demand", ...ask("GET / HTTP/1.1\r\nhost: elsewhere\r\n\r\n"), patience: 500 },
  ],
};
