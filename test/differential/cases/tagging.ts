import { answering } from "../../support/scripted-upstream.ts";
import { ask, get, request, response } from "../case.ts";
import type { Case, Group } from "../case.ts";
import { chain, filter, table, to, typed } from "../filter-config.ts";

const rule = (fields: string): string => `{ ${fields} }`;
const headerRules = [
  rule("header: x-v, on_header_present: { metadata_namespace: ns, key: v }, on_header_missing: { metadata_namespace: ns, key: v, value: none }"),
  rule("header: x-n, on_header_present: { metadata_namespace: ns, key: n, type: NUMBER }, remove: true"),
  rule("header: x-b, on_header_present: { metadata_namespace: ns, key: b, encode: BASE64 }"),
  rule("header: x-p, on_header_present: { metadata_namespace: ns, key: p, type: PROTOBUF_VALUE, encode: BASE64 }"),
  rule("cookie: c, on_header_present: { key: cookie }"),
  rule(`header: ":path", on_header_present: { metadata_namespace: ns, key: path, regex_value_rewrite: { pattern: { regex: "^/(\\\\w+).*$" }, substitution: "<\\\\1>" } }`),
  rule("header: x-fixed, on_header_present: { metadata_namespace: ns, key: fixed, value: yes }"),
].join(", ");
const H2M = `request_rules: [${headerRules}], response_rules: [{ header: x-r, on_header_present: { metadata_namespace: ns, key: r }, remove: true }], stat_prefix: h2m`;
const meta = (...keys: string[]): string[] => keys.map((key) => `%DYNAMIC_METADATA(${key})%`);
const present = (key: string, more = ""): string => `on_present: { metadata_namespace: ns, key: ${key} ${more} }`;
const jsonRule = (path: string, rest: string): string => `{ selectors: [${path.split(".").map((key) => `{ key: ${key} }`).join(", ")}], ${rest} }`;
const JSON_RULES = [
  jsonRule("s", `${present("s")}, on_missing: { metadata_namespace: ns, key: s, value: missing }, on_error: { metadata_namespace: ns, key: s, value: error }`),
  jsonRule("n", present("n", ", type: NUMBER")), jsonRule("t", present("t", ", type: STRING")),
  jsonRule("a.b.c", `${present("deep")}, on_missing: { metadata_namespace: ns, key: deep, value: 7 }`),
].join(", ");
const JSON_SHOWN = meta("ns:s", "ns:n", "ns:t", "ns:deep");
const post = (body: string, type = "application/json", path = "/"): string => request("POST", path, `content-type: ${type}`, `content-length: ${body.length}`) + body;
const state = (key: string, format: string, more = ""): string => `{ object_key: ${key}, factory_key: envoy.string, format_string: { text_format_source: { inline_string: "${format}" } } ${more} }`;
const nested = (depth: number): string => `${'{"a":'.repeat(depth)}1${"}".repeat(depth)}`;

const json = (title: string, ...bodies: string[]): Case => ({ title: `json_to_metadata: ${title}`, to: "json", ...ask(...bodies), counters: [/json_to_metadata/] });

/** Filters that put facts into metadata, filter state and headers for others to use. */
export const tagging: Group = {
  name: "tagging",
  listeners: {
    main: chain(filter("h2m", "header_to_metadata.v3.Config", H2M))
      + table([to("/route", { h2m: typed("header_to_metadata.v3.Config", "request_rules: [{ header: x-v, on_header_present: { metadata_namespace: ns, key: other } }]") }), to("/")],
        [...meta("ns:v", "ns:n", "ns:b", "ns:p", "envoy.filters.http.header_to_metadata:cookie", "ns:path", "ns:fixed", "ns:r", "ns:other")]),
    routed: chain(filter("h2m", "header_to_metadata.v3.Config", "request_rules: [{ header: x-v, on_header_present: { metadata_namespace: ns, key: v } }]"), filter("fs", "set_filter_state.v3.Config", "clear_route_cache: true"))
      + table(["{ match: { prefix: /, dynamic_metadata: [{ filter: ns, path: [{ key: v }], value: { string_match: { exact: blue } } }] }, direct_response: { status: 222 } }", to("/")]),
    set: chain(filter("sm", "set_metadata.v3.Config", "metadata_namespace: old, value: { a: 1 }, metadata: [{ metadata_namespace: ns, value: { s: text, n: 1.5, l: [1], m: { x: 1, y: 2 } } }, { metadata_namespace: ns, value: { s: other } }, { metadata_namespace: ns, allow_overwrite: true, value: { l: [2], m: { y: 3 }, z: true } }]"))
      + table([to("/route", { sm: typed("set_metadata.v3.Config", "metadata: [{ metadata_namespace: ns, value: { s: no } }, { metadata_namespace: route, value: { r: 1 } }]") }), to("/")],
        meta("old:a", "ns:s", "ns:n", "ns:l", "ns:m:x", "ns:m:y", "ns:z", "route:r")),
    json: chain(filter("j2m", "json_to_metadata.v3.JsonToMetadata", `request_rules: { rules: [${JSON_RULES}], allow_content_types: ["application/json", "text/x-json"], allow_content_types_regex: { regex: ".*[+]json" } }`))
      + table([to("/route", { j2m: typed("json_to_metadata.v3.JsonToMetadata", "request_rules: { rules: [{ selectors: [{ key: r }], on_present: { metadata_namespace: ns, key: s } }], allow_empty_content_type: true }") }), to("/")], JSON_SHOWN),
    answer: chain(filter("j2m", "json_to_metadata.v3.JsonToMetadata", `response_rules: { rules: [${JSON_RULES}] }`)) + table([to("/")], JSON_SHOWN),
    state: chain(filter("fs", "set_filter_state.v3.Config", `on_request_headers: [${state("one", "%REQ(x-a)% at %PROTOCOL%")}, ${state("two", "%REQ(x-none)%", ", skip_if_empty: true")}]`))
      + table([to("/route", { fs: typed("set_filter_state.v3.Config", `on_request_headers: [${state("one", "route")}]`) }), to("/")], ["%FILTER_STATE(one:PLAIN)%", "%FILTER_STATE(two:PLAIN)%"]),
    ips: `use_remote_address: true\nxff_num_trusted_hops: 1\n${chain(filter("ips", "ip_tagging.v3.IPTagging", "request_type: BOTH, ip_tags: [{ ip_tag_name: home, ip_list: [{ address_prefix: 127.0.0.0, prefix_len: 8 }] }, { ip_tag_name: six, ip_list: [{ address_prefix: \"fd00::\", prefix_len: 8 }, { address_prefix: 10.1.2.3, prefix_len: 32 }] }]"))}`,
    tagged: `use_remote_address: true\nxff_num_trusted_hops: 1\n${chain(filter("ips", "ip_tagging.v3.IPTagging", "request_type: EXTERNAL, ip_tag_header: { header: x-tags }, ip_tags: [{ ip_tag_name: far, ip_list: [{ address_prefix: 9.0.0.0, prefix_len: 8 }] }]"))}`,
    appended: `use_remote_address: true\nxff_num_trusted_hops: 1\n${chain(filter("ips", "ip_tagging.v3.IPTagging", "ip_tag_header: { header: x-tags, action: APPEND_IF_EXISTS_OR_ADD }, ip_tags: [{ ip_tag_name: far, ip_list: [{ address_prefix: 9.0.0.0, prefix_len: 8 }] }]"))}`,
  },
  cases: [
    { title: "header_to_metadata", ...ask(get("/a/b", "x-v: 1", "x-v: 2", "x-n: 4.50", "x-b: aGVsbG8=", "cookie: a=b; c=d", "x-fixed: 1"), get("/", "x-v:", "x-n: abc", "x-b: !!"), get("/%"), get("/", "x-n:  7 ", "x-b: aGVsbG8")), counters: [/http_filter_name/], upstreams: { u: answering(response("200 OK", "ok", "x-r: resp")) } },
    { title: "header_to_metadata: protobuf values", ...ask(get("/", `x-p: ${Buffer.from([0x1a, 2, 0x68, 0x69]).toString("base64")}`), get("/", `x-p: ${Buffer.from([0x20, 1]).toString("base64")}`), get("/", "x-p: /////w==")), counters: [/http_filter_name/] },
    { title: "header_to_metadata: a value that is too long", ...ask(get("/", `x-v: ${"y".repeat(8192)}`), get("/", `x-v: ${"y".repeat(8191)}`)), counters: [/http_filter_name/] },
    { title: "header_to_metadata: a route's own rules", ...ask(get("/route", "x-v: 1", "x-n: 1")), counters: [/http_filter_name/] },
    { title: "metadata chooses the route anew", to: "routed", ...ask(get("/", "x-v: blue"), get("/", "x-v: red")) },
    { title: "set_metadata", to: "set", ...ask(get("/"), get("/route")), counters: [/set_metadata/] },
    json("values", post('{"s":"x","n":"12.5","t":true,"a":{"b":{"c":"d"}}}'), post('{"s":1,"n":7,"t":1.5,"a":{"b":{"c":2}}}'), post('{"s":1.25,"n":true,"t":1,"a":{"b":1}}'), post('{"s":null,"n":"abc","t":"","a":[]}'), post('{"s":{"x":1},"n":1e3,"t":1e3,"a":{"b":[1]}}')),
    json("bodies that are none", post("{"), post("[1]"), post("12"), post('"x"'), post("null"), post(""), post('{"s":1}x'), post('{"s":18446744073709551615}')),
    json("types", post('{"s":"x"}', "text/plain"), post('{"s":"x"}', "text/x-json"), post('{"s":"x"}', "application/a+json"), post('{"s":"x"}', "application/json; charset=utf-8"), get("/")),
    json("nesting", post(nested(999)), post(nested(1000)), post(nested(1001))),
    json("a route's own rules", request("POST", "/route", "content-length: 9") + '{"r":"y"}', request("POST", "/", "content-length: 9") + '{"s":"y"}'),
    { title: "json_to_metadata of responses", to: "answer", ...ask(get("/"), get("/")), upstreams: { u: answering(response("200 OK", '{"s":"up","n":1,"t":2,"a":{}}', "content-type: application/json")) }, counters: [/json_to_metadata/] },
    { title: "set_filter_state", to: "state", ...ask(get("/", "x-a: v"), get("/"), get("/route", "x-none: z")) },
    { title: "ip_tagging", to: "ips", ...ask(get("/"), get("/", "x-forwarded-for: 10.1.2.3"), get("/", "x-forwarded-for: fd00::1, 1.1.1.1"), get("/", "x-forwarded-for: 9.9.9.9", "x-envoy-ip-tags: own"), get("/", "x-envoy-ip-tags: own")), counters: [/ip_tagging/] },
    { title: "ip_tagging in a header of its own", to: "tagged", ...ask(get("/", "x-forwarded-for: 9.9.9.9", "x-tags: own"), get("/", "x-forwarded-for: 8.9.9.9", "x-tags: own"), get("/", "x-tags: own")), counters: [/ip_tagging/] },
    { title: "ip_tagging appends", to: "appended", ...ask(get("/", "x-forwarded-for: 9.9.9.9", "x-tags: own"), get("/", "x-forwarded-for: 8.9.9.9", "x-tags: own"), get("/", "x-forwarded-for: 9.9.9.9")), counters: [/ip_tagging/] },
  ],
};
