import { ask, get, head, request, response } from "../case.ts";
import type { Group } from "../case.ts";

/** A GET for a path on a host; the answer's body names the route. */
const at = (host: string, path = "/", ...headers: string[]): string => head(`GET ${path} HTTP/1.1`, `host: ${host}`, ...headers);
const say = (match: string, body: string): string => `- { match: ${match}, direct_response: { status: 200, body: { inline_string: "${body}" } } }`;
const host = (name: string, domains: string): string => `- { name: ${name}, domains: ${domains}, routes: [{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: ${name} } } }] }`;

const all = (...routes: string[]): string => `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    ${routes.join("\n    ")}`;

const header = (fields: string, body: string): string => say(`{ prefix: /, headers: [{ name: x-a, ${fields} }] }`, body);
const query = (fields: string, body: string): string => say(`{ prefix: /, query_parameters: [{ name: q, ${fields} }] }`, body);
/** A scope with a table of one route that says its name. */
const scope = (name: string, ...keys: string[]): string => `
    - name: ${name}
      key: { fragments: [${keys.map((key) => `{ string_key: ${key} }`).join(", ")}] }
      route_configuration: { name: ${name}, virtual_hosts: [${host(name, '["*"]').slice(2)}] }`;
const other = say("{ prefix: / }", "other");

/** Which route a request takes. Most answers are direct responses whose body is the route's name. */
const FAILING = { connections: [Array.from({ length: 5 }, () => [{ await: "request" } as const, response("503 No", "x")]).flat()] };

const FACTS = [
  "ACCESS_LOG_TYPE", "DOWNSTREAM_DETECTED_CLOSE_TYPE", "UPSTREAM_DETECTED_CLOSE_TYPE", "UPSTREAM_LOCAL_CLOSE_REASON",
  "UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT", "UPSTREAM_HOST_NAMES_ATTEMPTED_WITHOUT_PORT", "UPSTREAM_HOST_NAME_WITHOUT_PORT",
  "UPSTREAM_PROTOCOL", "UPSTREAM_REQUEST_ATTEMPT_COUNT", "UPSTREAM_CLUSTER",
  "UPSTREAM_CLUSTER_RAW", "UPSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(24)", "DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT(9)",
  "DOWNSTREAM_DIRECT_LOCAL_ADDRESS_WITHOUT_PORT(31)", "REQUESTED_SERVER_NAME(HOST_FIRST)", "REQUESTED_SERVER_NAME(SNI_FIRST:ORIG)",
  "REQUESTED_SERVER_NAME(HOST_FIRST:HOST)", "CLUSTER_METADATA(a:b)", "METADATA(CLUSTER:a)",
  "METADATA(ROUTE:a:b)", "METADATA(VIRTUAL_HOST:a:b)", "UPSTREAM_REMOTE_ADDRESS_ENDPOINT_ID",
  "BYTES_RETRANSMITTED", "ROUNDTRIP_DURATION", "UPSTREAM_FILTER_STATE(a)",
  "FILTER_CHAIN_NAME", "ROUTE_NAME", "VIRTUAL_CLUSTER_NAME",
];
const TOLD = FACTS.map((fact, i) => `{ header: { key: x-${i}, value: "%${fact}%" }, keep_empty_value: true }`).join(", ");

export const routing: Group = {
  name: "routing",
  upstreams: ["b"],
  clusters: {
    other: `alt_stat_name: another
metadata: { filter_metadata: { a: { b: of the cluster } } }
load_assignment: { cluster_name: other, endpoints: [{ lb_endpoints: [{ endpoint: { hostname: "one.test:99", address: { socket_address: { address: 127.0.0.1, port_value: <upstream:u> } } } }] }] }`,
  },
  listeners: {
    main: `
route_config:
  virtual_hosts:
  ${[
    host("exact", "[exact.test, Second.TEST]"), host("withport", '["exact.test:8080"]'), host("suffix", '["*.suffix.test"]'), host("longsuffix", '["*.long.suffix.test"]'),
    host("prefix", '["prefix.*"]'), host("longprefix", '["prefix.long.*"]'), host("dashsuffix", '["*-bar.test"]'), host("rest", '["*"]'),
  ].join("\n  ")}
  - { name: noroute, domains: [noroute.test], routes: [{ match: { path: /only }, direct_response: { status: 200 } }] }`,
    nofallback: `route_config: { virtual_hosts: [{ name: one, domains: [one.test], routes: [{ match: { prefix: / }, direct_response: { status: 200 } }] }] }`,
    ignoreport: `route_config: { ignore_port_in_host_matching: true, virtual_hosts: [{ name: one, domains: [one.test], routes: [{ match: { prefix: / }, direct_response: { status: 200 } }] }] }`,
    vhostheader: `
route_config:
  vhost_header: x-host
  virtual_hosts:
  ${host("a", "[a.test]")}
  ${host("b", "[b.test]")}`,
    tls: `
route_config:
  virtual_hosts:
  - { name: all, domains: [all.test], require_tls: ALL, routes: [{ match: { prefix: / }, direct_response: { status: 200 } }] }
  - { name: external, domains: [external.test], require_tls: EXTERNAL_ONLY, routes: [{ match: { prefix: / }, direct_response: { status: 200 } }] }`,
    paths: all(
      say("{ path: /exact }", "path"), say("{ path: /Case, case_sensitive: false }", "path no case"), say("{ prefix: /prefix/ }", "prefix"), say("{ prefix: /PREFIX2, case_sensitive: false }", "prefix no case"),
      say(`{ safe_regex: { regex: "/re/[a-z]+" } }`, "regex"), say("{ path_separated_prefix: /sep }", "separated"),
      say(`{ path_match_policy: { name: t, typed_config: { "@type": type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: "/t/{a}/x/{b}.jpg" } } }`, "template"),
      say("{ prefix: /first }", "first"), say("{ prefix: /first/longer }", "never"),
    ),
    semicolon: `${all(say("{ path: /p }", "path"), say("{ prefix: /pre }", "prefix"))}\n  ignore_path_parameters_in_path_matching: true`,
    exact: all(header("string_match: { exact: one }", "exact"), header("string_match: { prefix: pre }", "prefix"), header("string_match: { suffix: post }", "suffix"), header("string_match: { contains: mid }", "contains"), header("string_match: { exact: CaSe, ignore_case: true }", "no case"), other),
    regex: all(header(`string_match: { safe_regex: { regex: "a+b" } }`, "regex"), header("range_match: { start: 5, end: 10 }", "range"), other),
    inverted: all(header("string_match: { exact: one }, invert_match: true", "not one"), other),
    invertedempty: all(header("string_match: { exact: one }, invert_match: true, treat_missing_header_as_empty: true", "not one"), other),
    present: all(header("present_match: true", "present"), other),
    absent: all(header("present_match: false", "absent"), other),
    presentinverted: all(header("present_match: true, invert_match: true", "absent"), other),
    empty: all(header(`string_match: { exact: "" }, treat_missing_header_as_empty: true`, "empty"), other),
    pseudo: all(say("{ prefix: /, headers: [{ name: ':method', string_match: { exact: POST } }] }", "post"), say("{ prefix: /, headers: [{ name: ':path', string_match: { contains: 'q=1' } }] }", "path"), say("{ prefix: /, headers: [{ name: ':authority', string_match: { prefix: special } }] }", "authority"), say("{ prefix: /, headers: [{ name: host, string_match: { suffix: hosty } }] }", "host"), other),
    queries: all(query("string_match: { exact: one }", "exact"), query("string_match: { prefix: pre }", "prefix"), query(`string_match: { safe_regex: { regex: "[0-9]+" } }`, "digits"), query("string_match: { exact: '' }", "empty"), query("present_match: true", "present"), say("{ prefix: /, query_parameters: [{ name: a%20b }] }", "escaped name"), query("present_match: false", "absent"), other),
    cookies: all(say("{ prefix: /, cookies: [{ name: c, string_match: { exact: one } }] }", "one"), say("{ prefix: /, cookies: [{ name: d, string_match: { exact: one }, invert_match: true }] }", "d is not one"), other),
    grpc: all(say("{ prefix: /, grpc: {} }", "grpc"), other),
    fraction: all(say("{ prefix: /, runtime_fraction: { default_value: { numerator: 0 } } }", "never"), say("{ prefix: /, runtime_fraction: { default_value: { numerator: 100 } } }", "always"), other),
    weighted: `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { path: /half }, route: { weighted_clusters: { clusters: [{ name: u, weight: 50, response_headers_to_add: [{ header: { key: x-took, value: u } }] }, { name: b, weight: 50, response_headers_to_add: [{ header: { key: x-took, value: b } }] }] } } }
    - { match: { path: /zero }, route: { weighted_clusters: { clusters: [{ name: u, weight: 0 }, { name: b, weight: 1, host_rewrite_literal: b.host, request_headers_to_add: [{ header: { key: x-w, value: "%UPSTREAM_METADATA(a:b)%x" } }] }] } } }
    - { match: { prefix: /chosen }, route: { weighted_clusters: { header_name: x-random, clusters: [{ name: u, weight: 30, response_headers_to_add: [{ header: { key: x-took, value: u } }] }, { name: b, weight: 70, response_headers_to_add: [{ header: { key: x-took, value: b } }] }] } } }`,
    scoped: `
scoped_routes:
  name: scopes
  scope_key_builder:
    fragments:
    - { header_value_extractor: { name: x-scope, element_separator: ";", element: { separator: "=", key: k } } }
    - { header_value_extractor: { name: x-zone, element_separator: ",", index: 1 } }
  scoped_route_configurations_list:
    scoped_route_configurations:${scope("one", "a", "z")}${scope("two", "b", "z")}${scope("empty", '""', "z")}`,
    told: `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    metadata: { filter_metadata: { a: { b: of the host } } }
    virtual_clusters: [{ name: vc, headers: [{ name: ":path", string_match: { prefix: / } }] }]
    response_headers_to_add: [${TOLD}]
    routes:
    - { name: told-route, match: { prefix: / }, metadata: { filter_metadata: { a: { b: of the route } } }, route: { cluster: other, host_rewrite_literal: new.test, retry_policy: { retry_on: 5xx, num_retries: 2 } } }`,
    anew: `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    include_request_attempt_count: true
    retry_policy: { retry_on: 5xx, num_retries: 4, retry_back_off: { base_interval: 0.001s }, refresh_cluster_on_retry: true }
    routes:
    - { match: { prefix: /weighted }, route: { weighted_clusters: { header_name: x-random, clusters: [{ name: u, weight: 1, request_headers_to_add: [{ header: { key: x-first, value: u } }], response_headers_to_add: [{ header: { key: x-last, value: u } }] }, { name: b, weight: 1, response_headers_to_add: [{ header: { key: x-last, value: b } }] }] } } }
    - { match: { prefix: /groups }, route: { inline_cluster_specifier_plugin: { extension: { name: g, typed_config: { "@type": type.googleapis.com/envoy.extensions.router.cluster_specifiers.priority_group.v3.PriorityGroupClusterSpecifier, priority_groups: [{ name: one, clusters: [{ cluster_name: u, weight: 1 }] }, { name: two, clusters: [{ cluster_name: b, weight: 1 }] }] } } } } }
    - { match: { prefix: /hedged }, route: { hedge_policy: { hedge_on_per_try_timeout: true }, weighted_clusters: { header_name: x-random, clusters: [{ name: u, weight: 1 }, { name: b, weight: 1 }] } } }
    - { match: { prefix: /gone }, route: { weighted_clusters: { header_name: x-random, clusters: [{ name: u, weight: 1 }, { cluster_header: x-gone, weight: 1 }] } } }`,
    names: `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    virtual_clusters: [{ name: vc, headers: [{ name: ":path", string_match: { prefix: /named } }] }]
    routes:
    - { name: named-route, match: { prefix: /named }, route: { cluster: u } }
    - { name: direct-route, match: { prefix: /direct }, direct_response: { status: 200 } }
    - { name: redirect-route, match: { prefix: /redirect }, redirect: { path_redirect: /x } }
    - { name: with-prefix, stat_prefix: rp, match: { prefix: /stat }, route: { cluster: u } }`,
  },
  cases: [
    { title: "exact domains, in any case", ...ask(at("exact.test"), at("EXACT.test"), at("second.test"), at("exact.test:8080"), at("exact.test:81"), at("sub.exact.test")) },
    { title: "suffix wildcards, longest first, at least one character", ...ask(at("a.suffix.test"), at("a.b.suffix.test"), at("a.long.suffix.test"), at(".suffix.test"), at("suffix.test"), at("foo-bar.test"), at("-bar.test")) },
    { title: "prefix wildcards, longest first", ...ask(at("prefix.a"), at("prefix.long.a"), at("prefix."), at("prefix.long.")) },
    { title: "the catch-all host", ...ask(at("what.ever"), at("1.2.3.4:99"), at("[::1]")) },
    { title: "no fallback to another virtual host", ...ask(at("noroute.test", "/only"), at("noroute.test", "/other")) },
    { title: "no virtual host", to: "nofallback", ...ask(at("one.test"), at("two.test"), at("one.test:80")) },
    { title: "ignore_port_in_host_matching", to: "ignoreport", ...ask(at("one.test:80"), at("one.test:x"), at("one.test"), at("two.test:80")) },
    { title: "vhost_header", to: "vhostheader", ...ask(at("b.test", "/", "x-host: a.test"), at("a.test", "/", "x-host: B.test"), at("a.test"), at("a.test", "/", "x-host: c.test")) },
    { title: "require_tls redirects", to: "tls", ...ask(at("all.test", "/p?q=1"), at("all.test:81", "/"), at("external.test", "/"), at("all.test", "/", "x-forwarded-proto: https"), at("all.test", "/", "x-forwarded-proto: HTTPS"), at("external.test", "/", "x-envoy-internal: true")) },
    { title: "path matches", to: "paths", ...ask(get("/exact"), get("/exact?q"), get("/exact/"), get("/EXACT"), get("/case"), get("/CASE?x")) },
    { title: "prefix matches", to: "paths", ...ask(get("/prefix/"), get("/prefix/a/b?c"), get("/prefix"), get("/Prefix/a"), get("/prefix2more"), get("/prefix%2Fa")) },
    { title: "regex matches the whole path", to: "paths", ...ask(get("/re/abc"), get("/re/abc?x=1"), get("/re/abc1"), get("/x/re/abc"), get("/re/")) },
    { title: "path_separated_prefix matches", to: "paths", ...ask(get("/sep"), get("/sep/"), get("/sep/a"), get("/sep?x"), get("/separate")) },
    { title: "uri_template matches", to: "paths", ...ask(get("/t/one/x/two.jpg"), get("/t/one/x/two.jpg?q"), get("/t/one/x/two.png"), get("/t//x/two.jpg"), get("/t/a/b/x/c.jpg")) },
    { title: "the first match wins", to: "paths", ...ask(get("/first/longer")) },
    { title: "ignore_path_parameters_in_path_matching", to: "semicolon", ...ask(get("/p;a=b"), get("/p;a=b?c"), get("/pre;x/y"), get("/q;a")) },
    { title: "header string matches", to: "exact", ...ask(get("/", "x-a: one"), get("/", "x-a: One"), get("/", "x-a: prefix"), get("/", "x-a: xpost"), get("/", "x-a: amidb"), get("/", "X-A: cAsE"), get("/")) },
    { title: "a repeated header is matched line by line", to: "exact", ...ask(get("/", "x-a: zero", "x-a: one"), get("/", "x-a: zero,one"), get("/", "x-a: one", "x-a: pre")) },
    { title: "header regex and range", to: "regex", ...ask(get("/", "x-a: aab"), get("/", "x-a: xaab"), get("/", "x-a: 5"), get("/", "x-a: 9"), get("/", "x-a: 10"), get("/", "x-a: 5x"), get("/", "x-a: -5")) },
    { title: "invert_match does not match a missing header", to: "inverted", ...ask(get("/"), get("/", "x-a: one"), get("/", "x-a: two"), get("/", "x-a: one", "x-a: two")) },
    { title: "invert_match with treat_missing_header_as_empty", to: "invertedempty", ...ask(get("/"), get("/", "x-a: one")) },
    { title: "present_match", to: "present", ...ask(get("/"), get("/", "x-a: x"), get("/", "x-a:")) },
    { title: "present_match false", to: "absent", ...ask(get("/"), get("/", "x-a: x")) },
    { title: "present_match inverted", to: "presentinverted", ...ask(get("/"), get("/", "x-a: x")) },
    { title: "an empty exact match", to: "empty", ...ask(get("/"), get("/", "x-a:"), get("/", "x-a: x")) },
    { title: "pseudo-headers in header matches", to: "pseudo", ...ask(request("POST", "/", "content-length: 0"), get("/?q=1"), at("special.test"), at("a.hosty"), get("/")) },
    { title: "query matches", to: "queries", ...ask(get("/?q=one"), get("/?a=b&q=one"), get("/?q=two&q=one"), get("/?q=prefix"), get("/?q=12"), get("/?q="), get("/?q"), get("/?q=x"), get("/?Q=x"), get("/?q=%6fne"), get("/?a%20b=1"), get("/"), get("/?q=one#frag")) },
    { title: "cookie matches", to: "cookies", ...ask(get("/", "cookie: c=one"), get("/", "cookie: a=b; c=one"), get("/", "cookie: a=b", "cookie: c=one"), get("/", 'cookie: c="one"'), get("/", "cookie: c=two; c=one; d=one"), get("/", "cookie: d=one"), get("/")) },
    { title: "grpc matches", to: "grpc", ...ask(request("POST", "/", "content-type: application/grpc", "content-length: 0"), request("POST", "/", "content-type: application/grpc+proto", "content-length: 0"), request("POST", "/", "content-type: application/grpc-web", "content-length: 0")) },
    { title: "runtime_fraction of nothing and everything", to: "fraction", ...ask(get("/"), get("/")) },
    { title: "weighted clusters both get requests", to: "weighted", asSet: true, ...ask(...Array.from({ length: 40 }, () => get("/half"))) },
    { title: "a weight of zero, and a weighted entry's own mutations", to: "weighted", ...ask(get("/zero"), get("/zero"), get("/zero")) },
    { title: "weighted clusters by header value", to: "weighted", ...ask(get("/chosen", "x-random: 0"), get("/chosen", "x-random: 29"), get("/chosen", "x-random: 30"), get("/chosen", "x-random: 99"), get("/chosen", "x-random: 100"), get("/chosen", "x-random: 129")) },
    { title: "scoped routes by a key of two fragments", to: "scoped", ...ask(get("/", "x-scope: j=1;k=a", "x-zone: q,z"), get("/", "x-scope: k=b", "x-zone: q,z,y"), get("/", "x-scope: k;k=a", "x-zone: q,z"), get("/", "x-scope: k=a", "x-scope: k=b", "x-zone: q,z")) },
    { title: "no scope for the key of a request, or no key", to: "scoped", ...ask(get("/", "x-scope: k=c", "x-zone: q,z"), get("/", "x-scope: k=a", "x-zone: z"), get("/", "x-scope: k=a"), get("/")) },
    {
      title: "what is known of an upstream, after attempts that failed", to: "told", client: [get("/a"), { responses: 1 }],
      upstreams: { u: { connections: [[{ await: "request" }, response("503 No", "1"), { await: "request" }, response("500 No", "2"), { await: "request" }, response("200 OK", "3")]] } },
    },
    ...["/weighted", "/groups", "/hedged", "/gone"].map((path) => ({
      title: `retries that may choose another cluster: ${path}`, to: "anew", client: [get(path, "x-random: 0"), { responses: 1 }], upstreams: { u: FAILING, b: FAILING },
      counters: [/^cluster\.[ub]\.(upstream_rq_(total|retry|503)|retry\.upstream_rq_503)/],
    })),
    { title: "route names and virtual clusters in the log", to: "names", ...ask(get("/named"), get("/direct"), get("/redirect"), get("/stat"), get("/x")), counters: [/^vhost\.(?!.*(upstream_rq_time))/] },
  ],
};
