import { ask, get, request } from "../case.ts";
import type { ClientStep, Group } from "../case.ts";
import { chain, filter, table, to, typed } from "../filter-config.ts";

const ON = "filter_enabled: { default_value: { numerator: 100 } }, filter_enforced: { default_value: { numerator: 100 } }";
const bucket = (tokens: number, fill = "60s"): string => `token_bucket: { max_tokens: ${tokens}, fill_interval: ${fill} }`;
const limit = (fields: string): string => filter("lrl", "local_ratelimit.v3.LocalRateLimit", `stat_prefix: lrl, ${fields}`);
const own = (fields: string): Readonly<Record<string, string>> => ({ lrl: typed("local_ratelimit.v3.LocalRateLimit", `stat_prefix: own, ${fields}`) });
const descriptor = (entries: Readonly<Record<string, string>>, tokens: number, more = ""): string =>
  `{ entries: [${Object.entries(entries).map(([key, value]) => `{ key: ${key}, value: "${value}" }`).join(", ")}], ${bucket(tokens)} ${more} }`;
const actions = (...list: string[]): string => `{ actions: [${list.join(", ")}] }`;
const GENERIC = (value: string, more = ""): string => `{ generic_key: { descriptor_value: '${value}' ${more} } }`;
const counters = [/http_local_rate_limit/];
const ask3 = (path: string, ...headers: string[]): { client: ClientStep[]; logs: number } => ask(get(path, ...headers), get(path, ...headers), get(path, ...headers));

/** One action a path: the filter's own rate limits make a descriptor of it, and the one bucket for it is empty. */
const ACTIONS: Readonly<Record<string, readonly [action: string, key: string, value: string]>> = {
  "/generic": [GENERIC("g"), "generic_key", "g"],
  "/named": [GENERIC("g", ", descriptor_key: mine"), "mine", "g"],
  "/formatted": [GENERIC("%REQ(x-a)%"), "generic_key", "a"],
  "/literal": [GENERIC("%REQ(x-a)%"), "generic_key", "%REQ(x-a)%"],
  "/percent": [GENERIC("100%"), "generic_key", "100%"],
  "/header": ["{ request_headers: { header_name: x-a, descriptor_key: h } }", "h", "a"],
  "/query": ["{ query_parameters: { query_parameter_name: q, descriptor_key: qq } }", "qq", "1 2"],
  "/address": ["{ remote_address: {} }", "remote_address", "127.0.0.1"],
  "/masked": ["{ masked_remote_address: { v4_prefix_mask_len: 12 } }", "masked_remote_address", "127.0.0.0/12"],
  "/match": ["{ header_value_match: { descriptor_value: m, headers: [{ name: x-a, present_match: true }] } }", "header_match", "m"],
  "/nomatch": ["{ header_value_match: { descriptor_value: m, descriptor_key: n, expect_match: false, headers: [{ name: x-a, present_match: true }] } }", "n", "m"],
  "/qmatch": ["{ query_parameter_value_match: { descriptor_value: m, query_parameters: [{ name: q, string_match: { prefix: '1' } }] } }", "query_match", "m"],
  "/ranges": ["{ remote_address_match: { descriptor_value: local, address_matcher: { ranges: [{ address_prefix: 127.0.0.0, prefix_len: 8 }] } } }", "remote_address_match", "local"],
  "/meta": ["{ metadata: { descriptor_key: md, metadata_key: { key: ns, path: [{ key: k }] } } }", "md", "v"],
  "/rmeta": ["{ metadata: { descriptor_key: rmd, metadata_key: { key: rns, path: [{ key: k }] }, source: ROUTE_ENTRY, default_value: d } }", "rmd", "d"],
  "/cluster": ["{ destination_cluster: {} }", "destination_cluster", "u"],
  "/input": ["{ extension: { name: inp, typed_config: { '@type': type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x-a } } }", "inp", "a"],
  "/cel": ["{ extension: { name: expr, typed_config: { '@type': type.googleapis.com/envoy.extensions.rate_limit_descriptors.expr.v3.Descriptor, descriptor_key: cel, text: request.method } } }", "cel", "GET"],
};

/** Local rate limits. */
export const limits: Group = {
  name: "limits",
  listeners: {
    main: chain(limit(`${ON}, ${bucket(2)}, response_headers_to_add: [{ header: { key: x-limited, value: "%RESPONSE_CODE%" } }], enable_x_ratelimit_headers: DRAFT_VERSION_03`)),
    off: chain(limit(bucket(1))), status: chain(limit(`${ON}, ${bucket(0)}, status: { code: ServiceUnavailable }, rate_limited_as_resource_exhausted: true`)), low: chain(limit(`${ON}, ${bucket(0)}, status: { code: OK }`)),
    lax: chain(limit(`filter_enabled: { default_value: { numerator: 100 } }, ${bucket(0)}, request_headers_to_add_when_not_enforced: [{ header: { key: x-over, value: "yes" } }]`)), none: chain(limit(ON)),
    routes: chain(limit("")) + table([to("/one", own(`${ON}, ${bucket(1)}`)), to("/other", own(`${ON}, ${bucket(1)}`)), to("/")]),
    connection: chain(limit(`${ON}, ${bucket(1)}, local_rate_limit_per_downstream_connection: true`)), fast: chain(limit(`${ON}, ${bucket(1, "0.2s")}`)),
    tokens: chain(limit(`${ON}, token_bucket: { max_tokens: 3, tokens_per_fill: 3, fill_interval: 60s }, enable_x_ratelimit_headers: DRAFT_VERSION_03`)), retry: chain(limit(`${ON}, ${bucket(1)}, enable_retry_after_header: true`)),
    actions: chain(filter("sm", "set_metadata.v3.Config", "metadata: [{ metadata_namespace: ns, value: { k: v } }]"), limit(""))
      + table(Object.entries(ACTIONS).map(([path, [action, key, value]]) => to(path, own(`${ON}, ${bucket(1000)}, descriptors: [${descriptor({ [key]: value }, 1)}], rate_limits: [${actions(action)}]`)))),
    combined: chain(limit(`${ON}, ${bucket(2)}, enable_x_ratelimit_headers: DRAFT_VERSION_03, descriptors: [${descriptor({ a: "1" }, 5)}, ${descriptor({ a: "1", b: "2" }, 1)}, ${descriptor({ shadow: "s" }, 1, ", shadow_mode: true")}], rate_limits: [${[
      actions("{ request_headers: { header_name: x-a, descriptor_key: a } }", "{ request_headers: { header_name: x-b, descriptor_key: b, skip_if_absent: true } }"), actions("{ request_headers: { header_name: x-s, descriptor_key: shadow } }"),
    ].join(", ")}]`)),
    shadow: chain(limit(`${ON}, ${bucket(4)}, enable_x_ratelimit_headers: DRAFT_VERSION_03, descriptors: [${descriptor({ s: "s" }, 1, ", shadow_mode: true")}, ${descriptor({ t: "t" }, 1)}], rate_limits: [${actions("{ request_headers: { header_name: x-s, descriptor_key: s } }")}, ${actions("{ request_headers: { header_name: x-t, descriptor_key: t } }")}]`)),
    spare: chain(limit(`${ON}, ${bucket(1)}, always_consume_default_token_bucket: false, descriptors: [${descriptor({ a: "1" }, 2)}], rate_limits: [${actions("{ request_headers: { header_name: x-a, descriptor_key: a } }")}]`)),
    wild: chain(limit(`${ON}, ${bucket(1000)}, max_dynamic_descriptors: 2, descriptors: [${descriptor({ who: "" }, 1)}], rate_limits: [${actions("{ request_headers: { header_name: x-who, descriptor_key: who } }")}]`)),
    hits: chain(limit(`${ON}, ${bucket(1000)}, enable_x_ratelimit_headers: DRAFT_VERSION_03, descriptors: [${descriptor({ generic_key: "g" }, 10)}], rate_limits: [{ actions: [${GENERIC("g")}], hits_addend: { format: "%REQ(x-hits)%" } }]`)),
    gives: chain(limit(`${ON}, ${bucket(1000)}, enable_x_ratelimit_headers: DRAFT_VERSION_03, descriptors: [${descriptor({ g: "1" }, 3)}], rate_limits: [${actions("{ request_headers: { header_name: x-g, descriptor_key: g } }")}, { actions: [{ request_headers: { header_name: x-give, descriptor_key: g } }], hits_addend: { number: 2, is_negative_hits: true } }]`)),
    legacy: chain(limit(`${ON}, ${bucket(1000)}, descriptors: [${descriptor({ generic_key: "route" }, 1)}, ${descriptor({ generic_key: "host" }, 1)}]`)) + table(
      [
        `{ match: { prefix: /route }, route: { cluster: u, rate_limits: [{ actions: [${GENERIC("route")}] }] } }`, `{ match: { prefix: /both }, route: { cluster: u, include_vh_rate_limits: true, rate_limits: [{ actions: [${GENERIC("other")}] }] } }`,
        `{ match: { prefix: /stage }, route: { cluster: u, rate_limits: [{ stage: 3, actions: [${GENERIC("route")}] }] } }`, `{ match: { prefix: /disabled }, route: { cluster: u, rate_limits: [{ disable_key: x, actions: [${GENERIC("route")}] }] } }`, to("/"),
      ], [], `rate_limits: [{ actions: [${GENERIC("host")}] }]`),
  },
  cases: [
    { title: "a bucket runs dry", ...ask3("/"), counters },
    { title: "a filter without filter_enabled does nothing", to: "off", ...ask3("/"), counters },
    { title: "a status of its own, gRPC", to: "status", ...ask(get("/"), request("POST", "/", "content-type: application/grpc", "content-length: 0")), counters },
    { title: "a status below 400 becomes 429", to: "low", ...ask(get("/")), counters },
    { title: "what is not enforced is marked", to: "lax", ...ask(get("/"), get("/", "x-over: no")), counters },
    { title: "no bucket at all", to: "none", ...ask(get("/")), counters },
    { title: "routes have buckets of their own", to: "routes", ...ask(get("/one"), get("/one"), get("/other"), get("/other"), get("/")), counters },
    { title: "a bucket for each connection", client: [{ connect: "connection" }, get("/"), { responses: 1 }, get("/"), { responses: 2 }, { connect: "connection" }, get("/"), { responses: 1 }], logs: 3, counters },
    { title: "a bucket fills again", to: "fast", client: [get("/"), { responses: 1 }, get("/"), { responses: 2 }, { wait: 260 }, get("/"), { responses: 3 }], logs: 3, counters },
    { title: "what is left is told", to: "tokens", ...ask(get("/"), get("/"), get("/"), get("/")), counters },
    { title: "retry-after", to: "retry", ...ask(get("/"), get("/")), counters },
    { title: "every action, with what it looks for", to: "actions", ...ask(...Object.keys(ACTIONS).flatMap((path) => [get(`${path}?q=1%202`, "x-a: a"), get(`${path}?q=1%202`, "x-a: a")])), counters },
    { title: "every action, without", to: "actions", ...ask(...Object.keys(ACTIONS).flatMap((path) => [get(path), get(path)])), counters },
    { title: "several descriptors at once", to: "combined", ...ask(get("/", "x-a: 1", "x-b: 2"), get("/", "x-a: 1", "x-b: 2"), get("/", "x-a: 1"), get("/", "x-s: s"), get("/", "x-s: s"), get("/")), counters },
    { title: "a bucket that only counts", to: "shadow", ...ask(get("/", "x-s: s"), get("/", "x-s: s"), get("/", "x-t: t", "x-s: s"), get("/", "x-t: t", "x-s: s"), get("/", "x-s: s"), get("/", "x-s: s"), get("/", "x-s: s")), counters },
    { title: "the common bucket is spared", to: "spare", ...ask(get("/", "x-a: 1"), get("/", "x-a: 1"), get("/", "x-a: 1"), get("/"), get("/")), counters },
    { title: "a bucket for each value", to: "wild", ...ask(get("/", "x-who: a"), get("/", "x-who: a"), get("/", "x-who: b"), get("/", "x-who: b"), get("/", "x-who: c"), get("/", "x-who: a"), get("/")), counters },
    { title: "requests of several hits", to: "hits", ...ask(get("/", "x-hits: 4"), get("/", "x-hits: 4"), get("/", "x-hits: 4"), get("/", "x-hits: 2"), get("/", "x-hits: -1"), get("/", "x-hits: z"), get("/", "x-hits: 0")), counters },
    { title: "hits that are given back", to: "gives", ...ask(get("/", "x-g: 1"), get("/", "x-g: 1"), get("/", "x-g: 1"), get("/", "x-g: 1"), get("/", "x-give: 1"), get("/", "x-g: 1"), get("/", "x-give: 1"), get("/", "x-give: 1")), counters },
    { title: "rate limits of routes and hosts", to: "legacy", ...ask(get("/route"), get("/route"), get("/"), get("/"), get("/both"), get("/stage"), get("/disabled")), counters },
  ],
};
