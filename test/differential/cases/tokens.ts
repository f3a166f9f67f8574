import { KEY_SET, token, url } from "../../support/jwt.ts";
import { answering } from "../../support/scripted-upstream.ts";
import { ask, get, request, response } from "../case.ts";
import type { Case, Group } from "../case.ts";
import { chain, filter, table, to, typed } from "../filter-config.ts";

const LATER = 4_000_000_000;
const CLAIMS = { iss: "https://a.test", sub: "bob", aud: ["https://x.test/", "y"], exp: LATER, nbf: 1, iat: 1, n: 7, f: 1.5, yes: true, no: null, deep: { er: { x: "z" } }, list: ["a", 1], scope: "read  write", big: 2 ** 53 };
const local = (set = KEY_SET): string => `local_jwks: { inline_string: '${set}' }`;
const provider = (name: string, fields: string, keys = local()): string => `${name}: { issuer: "https://${name}.test", ${keys}${fields === "" ? "" : `, ${fields}`} }`;
const auth = (fields: string): string => filter("jwt", "jwt_authn.v3.JwtAuthentication", fields);
const perRoute = (fields: string): Readonly<Record<string, string>> => ({ jwt: typed("jwt_authn.v3.PerRouteConfig", fields) });
const rule = (prefix: string, requires: string): string => `{ match: { prefix: "${prefix}" }${requires === "" ? "" : `, requires: { ${requires} }`} }`;
const shown = (...keys: string[]): string[] => keys.map((key) => `%DYNAMIC_METADATA(envoy.filters.http.jwt_authn:${key})%`);
const counters = [/jwt_authn/];

const bearer = (text: string): string => `authorization: Bearer ${text}`;
const good = (payload: object = {}, alg = "HS256", header: object = {}): string => token(alg, header, { ...CLAIMS, ...payload });
const about = (title: string, tokens: readonly string[], listener = "main", path = "/"): Case => ({ title, to: listener, ...ask(...tokens.map((one) => get(path, bearer(one)))), counters });
const parts = good().split(".");
const H = parts[0] ?? "";
const P = parts[1] ?? "";
const S = parts[2] ?? "";

const REQUIREMENTS: Readonly<Record<string, string>> = {
  "/any": "requires_any: { requirements: [{ provider_name: a }, { provider_name: b }] }",
  "/all": "requires_all: { requirements: [{ provider_name: a }, { provider_name: b }] }",
  "/missing": "allow_missing: {}", "/failed": "allow_missing_or_failed: {}", "/none": "",
  "/anymissing": "requires_any: { requirements: [{ provider_name: b }, { allow_missing: {} }] }", "/anyfailed": "requires_any: { requirements: [{ provider_name: b }, { allow_missing_or_failed: {} }] }",
  "/audiences": "provider_and_audiences: { provider_name: a, audiences: [z] }", "/nested": "requires_any: { requirements: [{ requires_all: { requirements: [{ provider_name: a }, { provider_name: b }] } }, { provider_name: c }] }",
  "/extract": "extract_only_without_validation: {}",
};
const B = `from_headers: [{ name: x-b, value_prefix: "T " }, { name: x-b2 }], from_params: [tok], from_cookies: [tok]`;

/** JSON Web Tokens. */
export const tokens: Group = {
  name: "tokens",
  upstreams: ["keys"],
  listeners: {
    main: chain(auth(`providers: { ${provider("a", `audiences: [x.test], forward: true, forward_payload_header: x-payload, payload_in_metadata: p, header_in_metadata: h, failed_status_in_metadata: f, claim_to_headers: [{ header_name: x-sub, claim_name: sub }, { header_name: x-n, claim_name: n }, { header_name: x-f, claim_name: f }, { header_name: x-yes, claim_name: 'yes' }, { header_name: x-no, claim_name: 'no' }, { header_name: x-deep, claim_name: deep.er.x }, { header_name: x-list, claim_name: list }, { header_name: x-er, claim_name: deep.er }]`)} }, rules: [${rule("/open", "")}, ${rule("/", "provider_name: a")}], bypass_cors_preflight: true`))
      + table([to("/")], shown("p:sub", "p:list", "h:alg", "f:code", "f:message")),
    many: chain(auth(`providers: { ${provider("a", "claim_to_headers: [{ header_name: x-as, claim_name: sub }]")}, ${provider("b", `${B}, claim_to_headers: [{ header_name: x-bs, claim_name: sub }, { header_name: x-as, claim_name: iss }]`)}, ${provider("c", "from_headers: [{ name: x-c }]")} }, rules: [${Object.entries(REQUIREMENTS).map(([path, requires]) => rule(path, requires)).join(", ")}]`)) + table([to("/")]),
    routes: chain(auth(`bypass_cors_preflight: true, providers: { ${provider("a", "claim_to_headers: [{ header_name: x-as, claim_name: sub }]")} }, requirement_map: { r: { provider_name: a }, q: { allow_missing: {} } }, rules: [{ match: { path: /x, headers: [{ name: x-h, present_match: true }] }, requirement_name: r }, { match: { safe_regex: { regex: "/y[0-9]" }, query_parameters: [{ name: q, present_match: true }] }, requirement_name: r }], stat_prefix: pre`))
      + table([to("/off", perRoute("disabled: true")), to("/r", perRoute("requirement_name: r")), to("/q", perRoute("requirement_name: q")), to("/wrong", perRoute("requirement_name: w")), to("/")]),
    strip: chain(auth(`providers: { ${provider("a", "pad_forward_payload_header: true, forward_payload_header: x-p, normalize_payload_in_metadata: { space_delimited_claims: [scope] }, payload_in_metadata: p, require_expiration: true, subjects: { prefix: b }, clock_skew_seconds: 5, jwt_cache_config: { jwt_cache_size: 2 }")} }, rules: [${rule("/", "provider_name: a")}], strip_failure_response: true`)) + table([to("/")], shown("p:scope")),
    life: chain(auth(`providers: { ${provider("a", "max_lifetime: 60s")} }, rules: [${rule("/", "provider_name: a")}]`)),
    remote: chain(auth(`providers: { ${provider("a", "", "remote_jwks: { http_uri: { uri: 'https://keys.test/certs?x=1', cluster: keys, timeout: 0.3s }, cache_duration: 300s }")} }, rules: [${rule("/", "provider_name: a")}]`)),
    cold: chain(auth(`providers: { ${provider("a", "", "remote_jwks: { http_uri: { uri: 'http://keys.test', cluster: keys, timeout: 0.3s }, cache_duration: 300s }")} }, rules: [${rule("/", "provider_name: a")}]`)),
    retrying: chain(auth(`providers: { ${provider("a", "", "remote_jwks: { http_uri: { uri: 'http://keys.test/k', cluster: keys, timeout: 1s }, retry_policy: { num_retries: 1, retry_back_off: { base_interval: 0.01s, max_interval: 0.02s } } }")} }, rules: [${rule("/", "provider_name: a")}]`)),
    nocluster: chain(auth(`providers: { ${provider("a", "", "remote_jwks: { http_uri: { uri: 'http://keys.test/k', cluster: nowhere, timeout: 1s } }")} }, rules: [${rule("/", "provider_name: a")}]`)),
  },
  cases: [
    about("good, by every algorithm", ["HS256", "HS384", "HS512", "RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512", "EdDSA"].map((alg) => good({}, alg))),
    about("good, by key id", [["rsa", "RS256"], ["es256", "ES256"], ["ed", "EdDSA"], ["hs", "HS256"], ["hs", "RS256"], ["nobody", "RS256"]].map(([kid = "", alg = ""]) => good({}, alg, { kid }))),
    about("signed by nobody", [`${H}.${P}.${url("x")}`, `${H}.${P}.${S}x`, `${good({}, "EdDSA").replace(/[^.]*$/, url("short"))}`, good({}, "ES256").replace(/[^.]*$/, url("x".repeat(64))), good({}, "RS256").replace(/[^.]*$/, url("x".repeat(256))), `${H}.${url(JSON.stringify({ ...CLAIMS, sub: "eve" }))}.${S}`]),
    { title: "no token", ...ask(get("/"), get("/open"), get("/", "authorization: Basic x"), get("/", "authorization: Bearer"), get("/", "authorization: Bearer "), get(`/${"l".repeat(300)}`)), counters },
    about("not of the form", ["x", "a.b", "a.b.c.d", "...", `${H}..${P}.${S}`, `${H}.${P}.`, `é.${P}.${S}`]),
    about("a bad head", [`!.${P}.${S}`, `a.${P}.${S}`, ...["x", "[]", "{}", '{"alg":1}', '{"alg":"none"}', '{"alg":"HS256","kid":1}', '{"alg":"HS256",}', '{"alg":"HS256","x":"a\nb" , }', '{"alg":"HS256",,}', '{,"alg":"HS256"}', '\u{feff}{"alg":"HS256"}'].map((text) => `${url(text)}.${P}.${S}`), `${H}=.${P}.${S}`, `${H}==.${P}.${S}`]),
    about("a bad payload", [`${H}.!.${S}`, ...["x", "[1]", "{}", '{"iss":1}', '{"iss":"https://a.test","sub":1}', '{"iat":"1"}', '{"iat":-1}', '{"nbf":"x"}', '{"nbf":1e30}', '{"exp":[]}', '{"exp":-5}', '{"jti":1}', '{"aud":1}', '{"aud":[1]}'].map((text) => `${H}.${url(text)}.${S}`), `${H}.${P}.!`]),
    about("deep and long", [`${H}.${url(`{"a":${"[".repeat(98)}${"]".repeat(98)}}`)}.${S}`, `${H}.${url(`{"a":${"[".repeat(1000)}${"]".repeat(1000)}}`)}.${S}`, "x".repeat(30_000), `${H}.${"A".repeat(30_000)}.${S}`]),
    about("another issuer, other audiences, another time", [good({ iss: "https://z.test" }), good({ iss: undefined }), good({ aud: "no" }), good({ aud: undefined }), good({ aud: "http://x.test" }), good({ exp: 1000 }), good({ nbf: LATER }), good({ exp: 1.5 }), good({ exp: 0 }), good({ nbf: 1.5 })]),
    about("claims that cannot be headers", [good({ n: -1, sub: "", f: 1e20, deep: { er: "x" } }), good({ n: 1e15, sub: "é", deep: 5 })]),
    { title: "headers that only the filter sets", ...ask(get("/", bearer(good()), "x-sub: eve", "x-payload: eve"), get("/open", "x-sub: eve")), counters },
    { title: "headers that only the filter sets, without tokens", to: "many", ...ask(get("/none", "x-bs: 1", "x-as: 1"), get("/elsewhere", "x-bs: 1", "x-as: 1"), get("/missing", "x-bs: 1", "x-as: 1"), get("/any", "x-bs: 1", "x-as: 1", `x-b: T ${good({ iss: "https://b.test" })}`)), counters },
    { title: "headers that only the filter sets, where routes say otherwise", to: "routes", ...ask(get("/off", "x-as: 1"), get("/q", "x-as: 1"), request("OPTIONS", "/q", "x-as: 1", "origin: http://o", "access-control-request-method: GET")), counters },
    { title: "preflights", ...ask(request("OPTIONS", "/", "origin: http://o", "access-control-request-method: GET"), request("OPTIONS", "/", "origin: http://o")), counters },
    { title: "several tokens", ...ask(get(`/?access_token=${good()}`), get(`/?b=1&access_token=${good()}&a=2&c`, bearer(good())), get("/?access_token=x", bearer(good())), get("/", bearer(good()), bearer("x")), get("/", bearer("x"), bearer(good()))), counters },
    { title: "prefixes", ...ask(get("/", `authorization: bearer ${good()}`), get("/", `authorization: Basic x, Bearer ${good()}`), get("/", `authorization: Bearer "${good()}"`), get("/", `authorization: Bearer  ${good()}`)), counters },
    ...Object.keys(REQUIREMENTS).map((path): Case => ({
      title: `requirement ${path}`, to: "many", counters,
      ...ask(get(path), get(path, bearer(good())), get(path, bearer("x")), get(path, `x-b: T ${good({ iss: "https://b.test" })}`), get(path, bearer(good()), `x-b: T ${good({ iss: "https://b.test" })}`), get(path, `x-b: T ${good()}`), get(path, `x-c: ${good({ iss: "https://c.test" })}`), get(path, bearer(good({ exp: 5 }))), get(path, bearer(good({ aud: "z" })))),
    })),
    { title: "places of tokens", to: "many", ...ask(...[`x-b2: ${good({ iss: "https://b.test" })}`, `cookie: tok=${good({ iss: "https://b.test" })}; x=y`, "x-b: Q", "x-b: T"].map((line) => get("/any", line)), get(`/any?z=1&tok=${good({ iss: "https://b.test" })}&a=1`), get(`/any?t%6fk=${good({ iss: "https://b.test" }).replace(".", "%2e")}`), get("/any?tok")), counters },
    { title: "rules, and routes instead of them", to: "routes", ...ask(get("/x"), get("/x", "x-h: 1"), get("/x?y", "x-h: 1"), get("/y1"), get("/y1?q=1"), get("/off"), get("/r"), get("/r", bearer(good())), get("/q"), get("/wrong")), counters },
    { title: "no reasons", to: "strip", ...ask(get("/"), get("/", bearer(good())), get("/", bearer(good())), get("/", bearer(good({ exp: undefined }))), get("/", bearer(good({ sub: "x" }))), get("/", bearer(good({ scope: "" }))), get("/", bearer("x"))), counters },
    about("too long a life", [good(), good({ exp: undefined }), good({ exp: Math.floor(Date.now() / 1000) + 30 })], "life"),
    about("no cluster", [good(), good()], "nocluster"),
    { title: "keys are fetched once", to: "remote", ...ask(get("/", bearer(good())), get("/", bearer(good())), get("/", bearer(good({}, "RS256")))), upstreams: { keys: answering(response("200 OK", KEY_SET)) }, counters },
    ...([["not found", response("404 X", KEY_SET)], ["without a body", response("200 OK", "")], ["no JSON", response("200 OK", "x")], ["without keys", response("200 OK", "{\"keys\":[{}]}")]] as const).map(([title, answer]): Case => ({
      title: `keys ${title}`, to: "cold", ...ask(get("/", bearer(good()))), upstreams: { keys: answering(answer) }, counters,
    })),
    { title: "keys that never come", to: "cold", ...ask(get("/", bearer(good()))), upstreams: { keys: { connections: [[{ await: "request" }, { wait: 700 }]] } }, counters },
    { title: "keys that break off", to: "cold", ...ask(get("/", bearer(good()))), upstreams: { keys: { connections: [[{ await: "request" }, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{", { act: "end" }]] } }, counters },
    { title: "keys at the second try", to: "retrying", ...ask(get("/", bearer(good()))), upstreams: { keys: { connections: [[{ await: "request" }, { act: "reset" }], [{ await: "request" }, response("200 OK", KEY_SET)]] } }, counters, differs: { upstream: "Envoy gives a repeated request without a body an empty chunked one" } },
  ],
};
