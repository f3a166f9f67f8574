import { answering } from "../../support/scripted-upstream.ts";
import { ask, get, request, response } from "../case.ts";
import type { Case, Group } from "../case.ts";
import { chain, filter, table, to, typed } from "../filter-config.ts";

const uri = (timeout = "0.3s"): string => `server_uri: { uri: http://authz.test, cluster: authz, timeout: ${timeout} }`;
const authz = (fields: string): string => filter("az", "ext_authz.v3.ExtAuthz", fields);
const perRoute = (fields: string): Readonly<Record<string, string>> => ({ az: typed("ext_authz.v3.ExtAuthzPerRoute", fields) });
const names = (...patterns: string[]): string => `{ patterns: [${patterns.map((pattern) => `{ ${pattern} }`).join(", ")}] }`;
const post = (path: string, body: string, ...headers: string[]): string => `${request("POST", path, `content-length: ${body.length}`, ...headers)}${body}`;
const counters = [/ext_authz/, /^cluster\.u\.upstream_rq_4/];
const SHOWN = ["%DYNAMIC_METADATA(envoy.filters.http.ext_authz:x-m)%"];
const answer = (text: string, ...lines: string[]): Record<string, ReturnType<typeof answering>> => ({ authz: answering(response(text, "", ...lines)) });
const ORDER = { upstream: "Envoy sends these headers in the order of a hash map" };
const about = (title: string, upstreams: NonNullable<Case["upstreams"]>, listener = "main", ...requests: string[]): Case => ({ title, to: listener, ...ask(...(requests.length === 0 ? [get("/p?q=1", "authorization: me", "x-a: 1", "x-a: 2", "x-b: 3", "cookie: c")] : requests)), upstreams, counters, ...(listener === "rich" && { varies: ORDER }) });
const raw = (text: string): NonNullable<Case["upstreams"]> => ({ authz: { connections: [[{ await: "request" }, text, { act: "end" }]] } });

/** Authorization by another service. */
export const authorization: Group = {
  name: "authorization",
  upstreams: ["authz"],
  listeners: {
    main: chain(authz(`http_service: { ${uri()} }`)),
    rich: chain(authz(`http_service: { ${uri()}, path_prefix: /check, authorization_request: { headers_to_add: [{ key: x-added, value: yes }, { key: x-path, value: "%REQ(:path)%" }] }, authorization_response: { allowed_upstream_headers: ${names("prefix: x-up")}, allowed_upstream_headers_to_append: ${names("exact: x-app")}, allowed_client_headers: ${names("exact: x-no")}, allowed_client_headers_on_success: ${names("prefix: x-ok")}, dynamic_metadata_from_headers: ${names("exact: x-m")} } }, allowed_headers: ${names("prefix: x-", "exact: cookie")}, disallowed_headers: ${names("exact: x-b")}, clear_route_cache: true, stat_prefix: waf`))
      + table(["{ match: { prefix: /, headers: [{ name: x-up, present_match: true }] }, route: { cluster: u, prefix_rewrite: /changed } }", to("/")], SHOWN),
    raw: chain(authz(`http_service: { ${uri()}, path_override: /fixed }, encode_raw_headers: true, allowed_headers: ${names("prefix: x-")}, max_denied_response_body_bytes: 3`)),
    open: chain(authz(`http_service: { ${uri()} }, failure_mode_allow: true, failure_mode_allow_header_add: true`)),
    status: chain(authz(`http_service: { ${uri()} }, status_on_error: { code: ServiceUnavailable }`)),
    body: chain(authz(`http_service: { ${uri()} }, with_request_body: { max_request_bytes: 8 }`)) + table([to("/off", perRoute("check_settings: { disable_request_body_buffering: true }")), to("/more", perRoute("check_settings: { with_request_body: { max_request_bytes: 20 } }")), to("/none", perRoute("disabled: true")), to("/")]),
    partial: chain(authz(`http_service: { ${uri()} }, with_request_body: { max_request_bytes: 8, allow_partial_message: true }`)),
    disabled: chain(authz(`http_service: { ${uri()} }, filter_enabled: { default_value: { numerator: 0 } }`)), denies: chain(authz(`http_service: { ${uri()} }, filter_enabled: { default_value: { numerator: 0 } }, deny_at_disable: { runtime_key: d, default_value: true }`)),
    nowhere: chain(authz("http_service: { server_uri: { uri: http://x, cluster: nowhere, timeout: 1s } }")),
    retries: chain(authz(`http_service: { ${uri("1s")}, retry_policy: { num_retries: 2, retry_on: "5xx", retry_back_off: { base_interval: 0.01s, max_interval: 0.5s } } }`)),
    routes: chain(authz(`http_service: { ${uri()} }`)) + table([to("/other", perRoute(`check_settings: { http_service: { ${uri()}, path_prefix: /route } }`)), to("/")]),
    silent: chain(authz(`http_service: { ${uri()}, authorization_response: { dynamic_metadata_from_headers: ${names("exact: x-m")} } }, enable_dynamic_metadata_ingestion: false, charge_cluster_response_stats: false`)) + table([to("/")], SHOWN),
  },
  cases: [
    about("allowed", answer("200 OK", "x-up: 1")),
    about("refused", { authz: answering(response("401 No", "go away", "www-authenticate: Basic", "x-any: 1", "set-cookie: a=1", "set-cookie: b=2", "server: me", "date: never")) }),
    about("refused without a body", answer("403 No", "location: /login")), about("sent elsewhere", answer("302 Found", "location: /login", "x-no: 1", "x-yes: 2"), "rich"),
    about("refused in pieces", raw("HTTP/1.1 403 No\r\ntransfer-encoding: chunked\r\nx-t: 1\r\n\r\n3\r\nabc\r\n3\r\ndef\r\n0\r\n\r\n")),
    about("refused with the body cut", { authz: answering(response("403 No", "abcdef")) }, "raw"),
    about("allowed with changes", answer("200 OK", "x-up: 1", "x-up2: 2", "x-up2: 3", "x-app: 4", "x-ok: 5", "x-ok: 6", "x-m: hello", "x-other: 1", "x-envoy-auth-headers-to-remove: x-b, cookie ,:path,host"), "rich"),
    about("refused, with metadata", answer("403 No", "x-m: hello", "x-no: 1", "x-up: 2"), "rich"),
    about("metadata not wanted", answer("200 OK", "x-m: hello"), "silent"), about("not charged", answer("403 No"), "silent"),
    about("headers as they are", answer("200 OK"), "raw", get("/p", "x-a: 1", "x-a: \xff", "x-envoy-auth-partial-body: true")), about("headers as text", answer("200 OK"), "rich", get("/p", "x-a: 1", "x-a: \xff\xc3\xa9\xc3", "x-envoy-auth-partial-body: true")),
    ...["main", "open", "status"].flatMap((listener) => [
      about(`broken, ${listener}`, answer("500 X"), listener), about(`reset, ${listener}`, { authz: { connections: [[{ await: "request" }, { act: "reset" }]] } }, listener), about(`silent, ${listener}`, { authz: { connections: [[{ await: "request" }, { wait: 600 }]] } }, listener),
      about(`no HTTP, ${listener}`, raw("garbage\r\n\r\n"), listener), about(`half an answer, ${listener}`, raw("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nabc"), listener),
    ]),
    about("other successes are refusals", answer("201 Created")), about("no content", { authz: answering("HTTP/1.1 204 X\r\n\r\n") }), about("no such cluster", {}, "nowhere"),
    about("a small body", answer("200 OK"), "body", post("/", "12345678"), post("/", ""), post("/more", "123456789")), { ...about("too large a body", answer("200 OK"), "body", post("/", "123456789")), differs: { answer: "legate has read the whole request when it refuses it, so the connection stays", counters: "so" } }, about("a body that is not asked about", answer("200 OK"), "body", post("/off", "123456789"), post("/none", "123456789")),
    about("part of a body", answer("200 OK"), "partial", post("/", "123456789"), post("/", "12345678"), post("/", "123"), `${request("POST", "/", "transfer-encoding: chunked")}3\r\nabc\r\n9\r\ndefghijkl\r\n0\r\n\r\n`),
    ...["partial", "main", "body", "raw"].map((listener) => about(`nothing passes before the answer, ${listener}`, { authz: { connections: [[{ await: "request" }, { wait: 100 }, response("403 No", "")]] } }, listener, `${request("POST", "/", "transfer-encoding: chunked")}3\r\nabc\r\n4\r\ndefg\r\n1\r\nh\r\n0\r\nx-t: 1\r\n\r\n`)),
    ...["partial", "main", "body"].map((listener) => about(`all of it passes after the answer, ${listener}`, { authz: { connections: [[{ await: "request" }, { wait: 100 }, response("200 OK", "")]] } }, listener, `${request("POST", "/", "transfer-encoding: chunked")}3\r\nabc\r\n4\r\ndefg\r\n1\r\nh\r\n0\r\nx-t: 1\r\n\r\n`)),
    about("a body refused", answer("403 No"), "partial", post("/", "123")), about("a body in pieces, with trailers", answer("200 OK"), "body", `${request("POST", "/", "transfer-encoding: chunked")}3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n`),
    about("disabled", answer("403 No"), "disabled"), about("disabled, and refused", answer("200 OK"), "denies"),
    about("asked again", { authz: { connections: [[{ await: "request" }, response("503 X", ""), { await: "request" }, response("200 OK", "")]] } }, "retries"),
    about("another service for a route", answer("403 No"), "routes", get("/other/x")),
  ],
};
