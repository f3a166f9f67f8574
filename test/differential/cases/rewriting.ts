import { answering } from "../../support/scripted-upstream.ts";
import { ask, get, head, request, response } from "../case.ts";
import type { Group } from "../case.ts";

const at = (host: string, path = "/", ...headers: string[]): string => head(`GET ${path} HTTP/1.1`, `host: ${host}`, ...headers);
const add = (key: string, value: string, action = ""): string => `{ header: { key: ${key}, value: "${value}" }${action === "" ? "" : `, append_action: ${action}`} }`;
const ACTIONS = ["APPEND_IF_EXISTS_OR_ADD", "ADD_IF_ABSENT", "OVERWRITE_IF_EXISTS_OR_ADD", "OVERWRITE_IF_EXISTS"];
const short = (action: string): string => action.toLowerCase().replaceAll("_", "-");

/** Every append action, for a header that is there (`x-there`), one that is not, and an inline one (`accept`). */
const everyAction = (level: string): string => ACTIONS.flatMap((a) => [add(`x-there-${short(a)}`, `${level}`, a), add(`x-new-${short(a)}`, `${level}`, a)]).join(", ");
const THERE = ACTIONS.flatMap((a) => [`x-there-${short(a)}: mine`, `x-there-${short(a)}: again`]);

const levels = (most: boolean): string => `
route_config:
  most_specific_header_mutations_wins: ${most}
  request_headers_to_add: [${add("x-over", "config", ACTIONS[2])}, ${add("x-list", "config")}, ${add("x-absent", "config", ACTIONS[1])}]
  response_headers_to_add: [${add("x-over", "config", ACTIONS[2])}, ${add("x-list", "config")}, ${add("x-absent", "config", ACTIONS[1])}]
  request_headers_to_remove: [x-gone-config]
  response_headers_to_remove: [x-gone-config]
  virtual_hosts:
  - name: all
    domains: ["*"]
    request_headers_to_add: [${add("x-over", "vhost", ACTIONS[2])}, ${add("x-list", "vhost")}, ${add("x-absent", "vhost", ACTIONS[1])}]
    response_headers_to_add: [${add("x-over", "vhost", ACTIONS[2])}, ${add("x-list", "vhost")}, ${add("x-absent", "vhost", ACTIONS[1])}]
    request_headers_to_remove: [x-gone-vhost]
    response_headers_to_remove: [x-gone-vhost]
    routes:
    - match: { path: /direct }
      direct_response: { status: 200, body: { inline_string: direct } }
      response_headers_to_add: [${add("x-over", "route", ACTIONS[2])}, ${add("content-type", "application/x-own", ACTIONS[2])}]
    - match: { path: /redirect }
      redirect: { path_redirect: /elsewhere }
      response_headers_to_add: [${add("x-over", "route", ACTIONS[2])}]
    - match: { path: /refused }
      route: { cluster: refused }
      response_headers_to_add: [${add("x-over", "route", ACTIONS[2])}]
    - match: { prefix: / }
      request_headers_to_add: [${add("x-over", "route", ACTIONS[2])}, ${add("x-list", "route")}, ${add("x-absent", "route", ACTIONS[1])}]
      response_headers_to_add: [${add("x-over", "route", ACTIONS[2])}, ${add("x-list", "route")}, ${add("x-absent", "route", ACTIONS[1])}]
      request_headers_to_remove: [x-gone-route]
      response_headers_to_remove: [x-gone-route]
      route:
        weighted_clusters:
          clusters:
          - name: u
            weight: 1
            request_headers_to_add: [${add("x-over", "cluster", ACTIONS[2])}, ${add("x-list", "cluster")}, ${add("x-absent", "cluster", ACTIONS[1])}]
            response_headers_to_add: [${add("x-over", "cluster", ACTIONS[2])}, ${add("x-list", "cluster")}, ${add("x-absent", "cluster", ACTIONS[1])}]
            request_headers_to_remove: [x-gone-cluster]
            response_headers_to_remove: [x-gone-cluster]`;

/** What becomes of path, host and headers on the way, and where redirects point. */
export const rewriting: Group = {
  name: "rewriting",
  listeners: {
    redirects: `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { path: /path }, redirect: { path_redirect: /new } }
    - { match: { path: /pathquery }, redirect: { path_redirect: "/new?own=1" } }
    - { match: { path: /host }, redirect: { host_redirect: other.test } }
    - { match: { path: /hostport }, redirect: { host_redirect: "other.test:99", port_redirect: 8443 } }
    - { match: { path: /port }, redirect: { port_redirect: 8443 } }
    - { match: { path: /https }, redirect: { https_redirect: true } }
    - { match: { path: /scheme }, redirect: { scheme_redirect: FTP } }
    - { match: { path: /strip }, redirect: { strip_query: true, host_redirect: other.test } }
    - { match: { path: /stripown }, redirect: { strip_query: true, path_redirect: "/new?own=1" } }
    - { match: { prefix: /prefix/ }, redirect: { prefix_rewrite: /short/ } }
    - { match: { prefix: /regex/ }, redirect: { regex_rewrite: { pattern: { regex: "/regex/([a-z]+)/([a-z]+)" }, substitution: '/\\2/\\1' } } }
    - { match: { path: /empty }, redirect: {} }
    - { match: { path: /301 }, redirect: { path_redirect: /n, response_code: MOVED_PERMANENTLY } }
    - { match: { path: /302 }, redirect: { path_redirect: /n, response_code: FOUND } }
    - { match: { path: /303 }, redirect: { path_redirect: /n, response_code: SEE_OTHER } }
    - { match: { path: /307 }, redirect: { path_redirect: /n, response_code: TEMPORARY_REDIRECT } }
    - { match: { path: /308 }, redirect: { path_redirect: /n, response_code: PERMANENT_REDIRECT } }`,
    direct: `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { path: /empty }, direct_response: { status: 200 } }
    - { match: { path: /body }, direct_response: { status: 200, body: { inline_string: "a body" } } }
    - { match: { path: /bytes }, direct_response: { status: 200, body: { inline_bytes: "AAH/" } } }
    - { match: { path: /201 }, direct_response: { status: 201, body: { inline_string: made } } }
    - { match: { path: /204 }, direct_response: { status: 204 } }
    - { match: { path: /204body }, direct_response: { status: 204, body: { inline_string: none } } }
    - { match: { path: /302 }, direct_response: { status: 302 } }
    - { match: { path: /304 }, direct_response: { status: 304, body: { inline_string: none } } }
    - { match: { path: /404 }, direct_response: { status: 404, body: { inline_string: gone } } }
    - { match: { path: /503 }, direct_response: { status: 503 } }
    - { match: { path: /599 }, direct_response: { status: 599 } }
    - { match: { path: /format }, direct_response: { status: 200, body: { inline_string: inner }, body_format: { text_format_source: { inline_string: "[%LOCAL_REPLY_BODY% %RESPONSE_CODE% %REQ(:path)%]" } } } }`,
    paths: `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { prefix: /api/ }, route: { cluster: u, prefix_rewrite: / } }
    - { match: { prefix: /double }, route: { cluster: u, prefix_rewrite: / } }
    - { match: { path: /exact }, route: { cluster: u, prefix_rewrite: /other } }
    - { match: { path_separated_prefix: /sep }, route: { cluster: u, prefix_rewrite: /new } }
    - { match: { safe_regex: { regex: "/re/.*" } }, route: { cluster: u, prefix_rewrite: /whole } }
    - { match: { prefix: /NOCASE, case_sensitive: false }, route: { cluster: u, prefix_rewrite: /x } }
    - { match: { prefix: /swap }, route: { cluster: u, regex_rewrite: { pattern: { regex: "^/swap/([^/]+)/([^/]+)" }, substitution: '/\\2/\\1' } } }
    - { match: { prefix: /every }, route: { cluster: u, regex_rewrite: { pattern: { regex: "e" }, substitution: "E" } } }
    - { match: { prefix: /same }, route: { cluster: u, prefix_rewrite: /same } }
    - match: { path_match_policy: { name: t, typed_config: { "@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "/tpl/{a}/{b=**}" } } }
      route: { cluster: u, path_rewrite_policy: { name: r, typed_config: { "@type": type.googleapis.com/envoy.extensions.path.rewrite.uri_template.v3.UriTemplateRewriteConfig, path_template_rewrite: "/{b}/{a}" } } }`,
    hosts: `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { path: /literal }, route: { cluster: u, host_rewrite_literal: new.host } }
    - { match: { path: /header }, route: { cluster: u, host_rewrite_header: x-to } }
    - { match: { prefix: /regex/ }, route: { cluster: u, host_rewrite_path_regex: { pattern: { regex: "^/regex/([a-z]+)/.*$" }, substitution: '\\1.host' } } }
    - { match: { path: /auto }, route: { cluster: named, auto_host_rewrite: true } }
    - { match: { path: /forwarded }, route: { cluster: u, host_rewrite_literal: new.host, append_x_forwarded_host: true } }
    - { match: { path: /same }, route: { cluster: u, host_rewrite_literal: old.host } }`,
    suppressed: `
http_filters: [{ name: router, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router, suppress_envoy_headers: true } }]
route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: /a }, route: { cluster: u, prefix_rewrite: /b, host_rewrite_literal: new.host } }, { match: { prefix: / }, route: { cluster: refused } }] }] }`,
    least: levels(false),
    most: levels(true),
    actions: `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    request_headers_to_add: [${everyAction("new")}, ${add("accept", "b/b")}, ${add("cookie", "z=1")}]
    response_headers_to_add: [${everyAction("new")}, ${add("cache-control", "b")}, ${add("set-cookie", "z=1")}, ${add("server", "mine")}, ${add("date", "mine")}]
    routes: [{ match: { prefix: / }, route: { cluster: u } }]`,
    formats: `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    request_headers_to_add:
    - ${add("x-path", "%REQ(:path)% %REQ(:method)% %REQ(:authority)% %REQ(:scheme)%")}
    - ${add("x-missing", "%REQ(x-nope)%")}
    - ${add("x-kept", "%REQ(x-nope)%").replace(" }", ' }, keep_empty_value: true')}
    - ${add("x-alt", "%REQ(x-nope?x-yes)%|%REQ(x-yes):2%")}
    - ${add("x-percent", "100%%")}
    - ${add("x-protocol", "%PROTOCOL% %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% %DOWNSTREAM_LOCAL_ADDRESS_WITHOUT_PORT%")}
    - ${add("x-route", "%ROUTE_NAME% %UPSTREAM_CLUSTER%")}
    response_headers_to_add:
    - ${add("x-code", "%RESPONSE_CODE% %RESPONSE_FLAGS% %RESPONSE_CODE_DETAILS%")}
    - ${add("x-up", "%UPSTREAM_CLUSTER% %RESP(x-from)% %REQ(x-yes)%")}
    request_headers_to_remove: [x-drop, accept]
    response_headers_to_remove: [x-from, server, content-length]
    routes: [{ name: r, match: { prefix: /deep }, route: { cluster: u, prefix_rewrite: /shallow, host_rewrite_literal: new.host } }, { match: { prefix: /refused }, route: { cluster: refused } }, { match: { prefix: / }, route: { cluster: u } }]`,
  },
  clusters: {
    refused: "load_assignment: { cluster_name: refused, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <refused> } } } }] }] }",
    named: "type: STRICT_DNS\ndns_lookup_family: V4_ONLY\nload_assignment: { cluster_name: named, endpoints: [{ lb_endpoints: [{ endpoint: { hostname: host.name, address: { socket_address: { address: localhost, port_value: <upstream:u> } } } }] }] }",
  },
  cases: [
    { title: "path redirects", to: "redirects", ...ask(get("/path?q=1"), get("/pathquery?q=1"), get("/path"), get("/empty?q=1")) },
    { title: "host and port redirects", to: "redirects", ...ask(get("/host?q"), get("/hostport"), get("/port"), at("case.test:80", "/host"), at("case.test:80", "/port"), at("case.test:81", "/path"), at("case.test:80", "/path")) },
    { title: "scheme redirects", to: "redirects", ...ask(get("/https?q"), get("/scheme"), at("case.test:80", "/https"), at("case.test:81", "/https"), at("[::1]:80", "/https"), at("case.test:443", "/https", "x-forwarded-proto: https")) },
    { title: "redirects that strip the query", to: "redirects", ...ask(get("/strip?q=1"), get("/stripown?q=1"), get("/strip")) },
    { title: "redirects that rewrite prefix or pattern", to: "redirects", ...ask(get("/prefix/a/b?q"), get("/regex/one/two?q"), get("/regex/1")) },
    { title: "redirect codes", to: "redirects", ...ask(get("/301"), get("/302"), get("/303"), get("/307"), get("/308")) },
    { title: "HEAD and POST for a redirect", to: "redirects", ...ask(request("HEAD", "/path"), request("POST", "/path", "content-length: 0")) },
    { title: "a redirect with a body still to come", to: "redirects", client: [request("POST", "/path", "content-length: 4")] },
    { title: "direct responses", to: "direct", ...ask(get("/empty"), get("/body"), get("/bytes"), get("/404"), get("/503"), get("/599")) },
    { title: "direct responses 201, 302 have a location", to: "direct", ...ask(get("/201?q"), get("/302?q"), at("case.test:81", "/201")) },
    { title: "direct responses 204 and 304", to: "direct", ...ask(get("/204"), get("/204body"), get("/304")) },
    { title: "a direct response with a body_format", to: "direct", ...ask(get("/format")) },
    { title: "a direct response to gRPC", to: "direct", ...ask(request("POST", "/404", "content-type: application/grpc", "content-length: 0")) },
    { title: "prefix rewrites", to: "paths", ...ask(get("/api/x?q=1"), get("/double/x"), get("/double"), get("/exact?q"), get("/sep"), get("/sep/a"), get("/re/a/b?q"), get("/nocase/a"), get("/same/x")) },
    { title: "regex rewrites", to: "paths", ...ask(get("/swap/one/two?q=/swap/x/y"), get("/swap/one"), get("/every/e?e=e")) },
    { title: "uri_template rewrites", to: "paths", ...ask(get("/tpl/one/two/three?q")) },
    { title: "host rewrites", to: "hosts", ...ask(at("old.host", "/literal"), at("old.host", "/header", "x-to: to.host"), at("old.host", "/header"), at("old.host", "/regex/name/x?q"), at("old.host", "/regex/1/x"), at("old.host", "/auto"), at("old.host", "/same")) },
    { title: "append_x_forwarded_host", to: "hosts", ...ask(at("old.host", "/forwarded"), at("old.host", "/forwarded", "x-forwarded-host: first.host"), at("old.host", "/forwarded", "x-forwarded-host: old.host")) },
    { title: "suppress_envoy_headers", to: "suppressed", ...ask(get("/a"), get("/refused")) },
    { title: "mutations at four levels, the least specific last", to: "least", client: [get("/", "x-over: mine", "x-list: mine", "x-gone-route: 1", "x-gone-vhost: 1", "x-gone-config: 1", "x-gone-cluster: 1")], upstreams: { u: answering(response("200 OK", "ok", "x-over: up", "x-list: up", "x-gone-route: 1", "x-gone-vhost: 1", "x-gone-config: 1", "x-gone-cluster: 1")) } },
    { title: "mutations at four levels, the most specific last", to: "most", client: [get("/", "x-over: mine", "x-list: mine")], upstreams: { u: answering(response("200 OK", "ok", "x-over: up", "x-list: up")) } },
    { title: "response mutations of local replies", to: "least", ...ask(get("/direct"), get("/redirect"), get("/refused")) },
    { title: "append actions", to: "actions", client: [get("/", ...THERE, "accept: a/a", "cookie: a=1")], upstreams: { u: answering(response("200 OK", "ok", ...THERE, "cache-control: a", "set-cookie: a=1", "server: up", "date: then")) } },
    { title: "formats in header values, removals", to: "formats", client: [get("/deep/a?q", "x-yes: value", "x-drop: 1", "x-drop: 2", "accept: x")], upstreams: { u: answering(response("200 OK", "ok", "x-from: up")) } },
    { title: "formats in the headers of a local reply", to: "formats", client: [get("/refused", "x-yes: value")] },
  ],
};
