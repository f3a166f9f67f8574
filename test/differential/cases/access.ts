import { ask, get, request } from "../case.ts";
import type { Group } from "../case.ts";
import { chain, filter, table, to, typed } from "../filter-config.ts";

type Pair = readonly [permission: string, principal: string];

const policy = (name: string, permission: string, principal = "any: true", more = ""): string => `${name}: { permissions: [{ ${permission} }], principals: [{ ${principal} }]${more} }`;
const rules = (action: string, ...policies: string[]): string => `{ action: ${action}, policies: { ${policies.join(", ")} } }`;
const rbac = (fields: string): string => filter("rbac", "rbac.v3.RBAC", fields);
const perRoute = (fields: string): Readonly<Record<string, string>> => ({ rbac: typed("rbac.v3.RBACPerRoute", fields) });
const only = (permission: string, principal?: string, more?: string): Readonly<Record<string, string>> => perRoute(`rbac: { rules: ${rules("ALLOW", policy("p", permission, principal, more))} }`);
const META = ["engine_result", "effective_policy_id"].flatMap((key) => [`%DYNAMIC_METADATA(envoy.filters.http.rbac:enforced_${key})%`, `%DYNAMIC_METADATA(envoy.filters.http.rbac:shadow_${key})%`]);
const metadata = filter("sm", "set_metadata.v3.Config", "metadata: [{ metadata_namespace: ns, value: { role: admin, list: [a, b], n: 5 } }]");
const state = filter("fs", "set_filter_state.v3.Config", `on_request_headers: [{ object_key: who, factory_key: envoy.string, format_string: { text_format_source: { inline_string: "%REQ(x-who)%" } } }]`);

/** Path of a route to the one permission and principal that let its requests pass. */
const KINDS: Readonly<Record<string, Pair>> = {
  "/any": ["any: true", "any: true"],
  "/header": ["header: { name: x-a, string_match: { prefix: a } }", "any: true"],
  "/method": ["header: { name: ':method', string_match: { exact: POST } }", "any: true"],
  "/path": ["url_path: { path: { exact: /path } }", "any: true"],
  "/template": ["uri_template: { name: t, typed_config: { '@type': type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig, path_template: '/template/{x}' } }", "any: true"],
  "/port": ["destination_port: <port:kinds>", "any: true"],
  "/noport": ["destination_port: 1", "any: true"],
  "/range": ["destination_port_range: { start: 1024, end: 65536 }", "any: true"],
  "/ip": ["destination_ip: { address_prefix: 127.0.0.0, prefix_len: 8 }", "any: true"],
  "/noip": ["destination_ip: { address_prefix: 10.0.0.0, prefix_len: 8 }", "any: true"],
  "/and": ["and_rules: { rules: [{ any: true }, { header: { name: x-a, present_match: true } }] }", "any: true"],
  "/or": ["or_rules: { rules: [{ header: { name: x-a, present_match: true } }, { header: { name: x-b, present_match: true } }] }", "any: true"],
  "/not": ["not_rule: { header: { name: x-a, present_match: true } }", "any: true"],
  "/meta": ["metadata: { filter: ns, path: [{ key: role }], value: { string_match: { exact: admin } } }", "any: true"],
  "/sourced": ["sourced_metadata: { metadata_matcher: { filter: ns, path: [{ key: list }], value: { list_match: { one_of: { string_match: { exact: b } } } } } }", "any: true"],
  "/sni": ["requested_server_name: { exact: x }", "any: true"],
  "/nosni": ["requested_server_name: { exact: '' }", "any: true"],
  "/source": ["any: true", "source_ip: { address_prefix: 127.0.0.1, prefix_len: 32 }"],
  "/direct": ["any: true", "direct_remote_ip: { address_prefix: 127.0.0.1, prefix_len: 32 }"],
  "/remote": ["any: true", "remote_ip: { address_prefix: 9.0.0.0, prefix_len: 8 }"],
  "/authenticated": ["any: true", "authenticated: {}"],
  "/pheader": ["any: true", "header: { name: x-a, string_match: { exact: a } }"],
  "/ppath": ["any: true", "url_path: { path: { prefix: /ppath/in } }"],
  "/state": ["any: true", "filter_state: { key: who, string_match: { exact: bob } }"],
  "/ids": ["any: true", "and_ids: { ids: [{ not_id: { header: { name: x-a, present_match: true } } }, { or_ids: { ids: [{ any: true }] } }] }"],
  "/pmeta": ["any: true", "metadata: { filter: ns, path: [{ key: n }], value: { double_match: { range: { start: 1, end: 6 } } } }"],
};

const string = (value: string): string => `{ const_expr: { string_value: ${value} } }`;
const select = (field: string): string => `{ select_expr: { operand: { ident_expr: { name: request } }, field: ${field} } }`;
const condition = (expr: string): string => `, condition: ${expr}`;
const call = (name: string, ...args: string[]): string => `{ call_expr: { function: '${name}', args: [${args.join(", ")}] } }`;
const IS_GET = call("_==_", select("method"), string("GET"));
const HEADER = call("_[_]", select("headers"), string("x-a"));

const input = (type: string, fields = ""): string => `input: { name: i, typed_config: { "@type": type.googleapis.com/${type}, ${fields} } }`;
const action = (name: string, what: string): string => `{ action: { name: ${name}, typed_config: { "@type": type.googleapis.com/envoy.config.rbac.v3.Action, name: ${name}, action: ${what} } } }`;
const HEADER_INPUT = (name: string): string => input("envoy.type.matcher.v3.HttpRequestHeaderMatchInput", `header_name: ${name}`);
const NETWORK = "envoy.extensions.matching.common_inputs.network.v3";
const single = (inputs: string, value: string): string => `single_predicate: { ${inputs}, ${value} }`;
const when = (predicate: string, then: string): string => `{ predicate: { ${predicate} }, on_match: ${then} }`;
const CUSTOM = (type: string, fields: string): string => `custom_match: { name: c, typed_config: { "@type": type.googleapis.com/${type}, ${fields} } }`;

const counters = [/rbac/];

/** Role-based access control. */
export const access: Group = {
  name: "access",
  listeners: {
    main: chain(rbac(`rules: ${rules("ALLOW", policy("b", "header: { name: x-b, present_match: true }"), policy("a", "header: { name: x-a, present_match: true }"))}, shadow_rules: ${rules("DENY", policy("'with space'", "header: { name: x-s, present_match: true }"))}`))
      + table([
        to("/off", perRoute("")), to("/deny", perRoute(`rbac: { rules: ${rules("DENY", policy("'no way'", "header: { name: x-a, present_match: true }"))} }`)),
        to("/log", perRoute(`rbac: { rules: ${rules("LOG", policy("l", "header: { name: x-a, present_match: true }"))} }`)), to("/shadow", perRoute(`rbac: { shadow_rules: ${rules("ALLOW", policy("s", "header: { name: x-a, present_match: true }"))}, shadow_rules_stat_prefix: sh }`)),
        to("/empty", perRoute("rbac: { rules: { action: ALLOW } }")), "{ match: { prefix: /direct }, direct_response: { status: 200 } }", to("/"),
      ], [...META, "%DYNAMIC_METADATA(envoy.common:access_log_hint)%"]),
    kinds: chain(metadata, state, rbac("")).replace("http_filters", "use_remote_address: true\nxff_num_trusted_hops: 1\nhttp_filters") + table(Object.entries(KINDS).map(([path, [permission, principal]]) => to(path, only(permission, principal)))),
    tracked: chain(rbac(`rules: ${rules("ALLOW", policy("one", "header: { name: x-a, present_match: true }"))}, rules_stat_prefix: pre, shadow_rules: ${rules("DENY", policy("two", "header: { name: x-s, present_match: true }"))}, shadow_rules_stat_prefix: sh, track_per_rule_stats: true`)),
    cel: chain(rbac("")) + table([
      to("/get", only("any: true", "any: true", condition(IS_GET))), to("/head", only("any: true", "any: true", condition(call("_==_", HEADER, string("yes"))))),
      to("/either", only("any: true", "any: true", condition(call("_||_", call("_==_", HEADER, string("yes")), IS_GET)))), to("/not", only("any: true", "any: true", condition(call("!_", IS_GET)))),
      to("/start", only("any: true", "any: true", condition(`{ call_expr: { target: ${select("path")}, function: startsWith, args: [${string("/start/x")}] } }`))),
      to("/has", only("any: true", "any: true", condition("{ select_expr: { operand: { select_expr: { operand: { ident_expr: { name: request } }, field: headers } }, field: x-a, test_only: true } }"))),
      to("/nobool", only("any: true", "any: true", condition(string("x")))),
    ]),
    tree: chain(rbac(`matcher: { matcher_list: { matchers: [${[
      when(single(HEADER_INPUT("x-a"), "value_match: { exact: deny }"), action("denied", "DENY")),
      when(single(HEADER_INPUT("x-a"), "value_match: { prefix: al }"), action("allowed", "ALLOW")),
      when(`and_matcher: { predicate: [{ ${single(HEADER_INPUT("x-b"), "value_match: { contains: x }")} }, { not_matcher: { ${single(HEADER_INPUT("x-c"), "value_match: { safe_regex: { google_re2: {}, regex: '.*' } }")} } }] }`, action("both", "LOG")),
      when(single(input(`${NETWORK}.SourceIPInput`), CUSTOM("envoy.extensions.matching.input_matchers.ip.v3.Ip", "cidr_ranges: [{ address_prefix: 9.0.0.0, prefix_len: 8 }], stat_prefix: ip")), action("nine", "ALLOW")),
      when(single(input("xds.type.matcher.v3.HttpAttributesCelMatchInput"), CUSTOM("xds.type.matcher.v3.CelMatcher", `expr_match: { parsed_expr: { expr: ${call("_==_", select("method"), string("PUT"))} } }`)), action("put", "ALLOW")),
    ].join(", ")}] } }`)).replace("http_filters", "use_remote_address: true\nxff_num_trusted_hops: 1\nhttp_filters") + table([to("/")], [...META, "%DYNAMIC_METADATA(envoy.common:access_log_hint)%"]),
    map: chain(rbac(`matcher: { matcher_tree: { ${HEADER_INPUT("x-a")}, exact_match_map: { map: { one: ${action("one", "ALLOW")}, two: { matcher: { matcher_tree: { ${HEADER_INPUT("x-b")}, prefix_match_map: { map: { a: ${action("a", "ALLOW")}, ab: ${action("ab", "DENY")} } } } } } } } }, on_no_match: ${action("none", "ALLOW")} }`)),
  },
  cases: [
    { title: "policies in the order of their names", ...ask(get("/"), get("/", "x-a: 1"), get("/", "x-b: 1"), get("/", "x-a: 1", "x-b: 1"), get("/direct")), counters },
    { title: "shadow rules", ...ask(get("/", "x-a: 1", "x-s: 1"), get("/", "x-s: 1"), get("/shadow"), get("/shadow", "x-a: 1")), counters },
    { title: "per route: off, DENY, LOG, no policies", ...ask(get("/off"), get("/deny"), get("/deny", "x-a: 1"), get("/log"), get("/log", "x-a: 1"), get("/empty")), counters },
    { title: "a gRPC request that is denied", ...ask(request("POST", "/", "content-type: application/grpc", "content-length: 0")), counters },
    { title: "a denied request with a body", client: [`${request("POST", "/", "content-length: 5")}ab`, { responses: 1 }], counters },
    { title: "every permission and principal, for a bare request", to: "kinds", ...ask(...Object.keys(KINDS).map((path) => get(path))) },
    { title: "every permission and principal, for a rich request", to: "kinds", ...ask(...Object.keys(KINDS).map((path) => request("POST", `${path}/in?q`, "x-a: a", "x-who: bob", "x-forwarded-for: 9.1.1.1", "content-length: 0"))) },
    { title: "statistics of each policy", to: "tracked", ...ask(get("/"), get("/", "x-a: 1"), get("/", "x-a: 1", "x-s: 1")), counters },
    { title: "conditions", to: "cel", ...ask(...["/get", "/head", "/either", "/not", "/start", "/start/xy", "/has", "/nobool"].flatMap((path) => [get(path), get(path, "x-a: yes"), request("POST", path, "content-length: 0")])), counters },
    { title: "a matcher list", to: "tree", ...ask(get("/"), get("/", "x-a: deny"), get("/", "x-a: allow"), get("/", "x-b: axb"), get("/", "x-b: axb", "x-c: 1"), get("/", "x-forwarded-for: 9.9.9.9"), request("PUT", "/", "content-length: 0")), counters },
    { title: "a matcher tree", to: "map", ...ask(get("/"), get("/", "x-a: one"), get("/", "x-a: two"), get("/", "x-a: two", "x-b: ac"), get("/", "x-a: two", "x-b: abc"), get("/", "x-a: two", "x-b: z")), counters },
  ],
};
