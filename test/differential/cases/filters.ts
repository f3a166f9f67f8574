import { answering } from "../../support/scripted-upstream.ts";
import { ask, get, head, request, response } from "../case.ts";
import type { Group } from "../case.ts";

const TYPE = "type.googleapis.com/envoy.extensions.filters.http";
const ROUTER = `{ name: router, typed_config: { "@type": ${TYPE}.router.v3.Router } }`;
const BUFFER = (more = ""): string => `{ name: b, ${more} typed_config: { "@type": ${TYPE}.buffer.v3.Buffer, max_request_bytes: 2 } }`;
const chain = (...filters: string[]): string => `http_filters: [${[...filters, ROUTER].join(", ")}]\n`;
const CORS = chain(`{ name: cors, typed_config: { "@type": ${TYPE}.cors.v3.Cors } }`);
const policy = (text: string): string => `typed_per_filter_config: { cors: { "@type": ${TYPE}.cors.v3.CorsPolicy, ${text} } }`;
const table = (vhost: string, ...routes: string[]): string => `
route_config:
  virtual_hosts:
  - { name: all, domains: ["*"], ${vhost === "" ? "" : `${vhost}, `}routes: [${routes.join(", ")}] }`;
const ORIGIN = ["origin: http://a.test", "access-control-request-method: PUT", "access-control-request-headers: x-a, x-b"];
const mutations = (text: string): string => `{ name: hm, typed_config: { "@type": ${TYPE}.header_mutation.v3.HeaderMutation, ${text} } }`;
const perRoute = (text: string): string => `typed_per_filter_config: { hm: { "@type": ${TYPE}.header_mutation.v3.HeaderMutationPerRoute, mutations: ${text} } }`;
const append = (key: string, value: string, action = "APPEND_IF_EXISTS_OR_ADD"): string => `{ append: { header: { key: ${key}, value: "${value}" }, append_action: ${action} } }`;
const check = (text: string): string => chain(`{ name: hc, typed_config: { "@type": ${TYPE}.health_check.v3.HealthCheck, headers: [{ name: ":path", string_match: { exact: /health } }], ${text} } }`);
const POST = request("POST", "/off", "content-length: 5") + "hello";

/** HTTP filters besides the router, and how routes switch filters on and off. */
export const filters: Group = {
  name: "filters",
  listeners: {
    main: CORS + table(
      policy(`allow_origin_string_match: [{ prefix: "http://a" }], allow_methods: "GET, PUT", max_age: "60"`),
      `{ match: { prefix: /star }, route: { cluster: u }, ${policy(`allow_methods: "*", allow_headers: "*", allow_credentials: true, expose_headers: x-e`)} }`,
      `{ match: { prefix: /any }, route: { cluster: u }, ${policy(`allow_origin_string_match: [{ exact: "*" }], allow_private_network_access: true`)} }`,
      `{ match: { prefix: /strict }, route: { cluster: u }, ${policy(`forward_not_matching_preflights: false`)} }`,
      `{ match: { prefix: /off }, route: { cluster: u }, ${policy(`filter_enabled: { default_value: { numerator: 0 } }`)} }`,
      `{ match: { prefix: /shadow }, route: { cluster: u }, ${policy(`filter_enabled: { default_value: { numerator: 0 } }, shadow_enabled: { default_value: { numerator: 100 } }`)} }`,
      `{ match: { prefix: /direct }, direct_response: { status: 200 } }`,
      `{ match: { prefix: / }, route: { cluster: u } }`,
    ),
    fields: CORS + table(`cors: { allow_origin_string_match: [{ prefix: "http://a" }], allow_methods: GET }`, `{ match: { prefix: / }, route: { cluster: u, cors: { allow_headers: x-r } } }`),
    nocors: CORS,
    edits: chain(mutations(`mutations: { request_mutations: [${append("x-a", "1")}, ${append("x-a", "2")}, ${append("x-b", "%REQ(x-a)%", "OVERWRITE_IF_EXISTS_OR_ADD")}, { remove: x-gone }, ${append("x-c", "3", "ADD_IF_ABSENT")}, ${append("x-d", "4", "OVERWRITE_IF_EXISTS")}, ${append("x-empty", "")}], response_mutations: [${append("x-r", "%RESPONSE_CODE%")}, { remove: x-u }, { remove_on_match: { key_matcher: { prefix: x-m } } }], response_trailers_mutations: [${append("x-t", "t")}] }`))
      + table(perRoute(`{ request_mutations: [${append("x-level", "vhost", "OVERWRITE_IF_EXISTS_OR_ADD")}] }`),
        `{ match: { prefix: / }, route: { cluster: u }, ${perRoute(`{ request_mutations: [${append("x-level", "route", "OVERWRITE_IF_EXISTS_OR_ADD")}], response_mutations: [${append("x-route", "yes")}] }`)} }`),
    specific: chain(mutations("most_specific_header_mutations_wins: true")) + table(perRoute(`{ request_mutations: [${append("x-level", "vhost", "OVERWRITE_IF_EXISTS_OR_ADD")}] }`),
      `{ match: { prefix: / }, route: { cluster: u }, ${perRoute(`{ request_mutations: [${append("x-level", "route", "OVERWRITE_IF_EXISTS_OR_ADD")}] }`)} }`),
    answering: check("pass_through_mode: false"),
    passing: check("pass_through_mode: true"),
    caching: check("pass_through_mode: true, cache_time: 10s"),
    switched: chain(BUFFER()) + table("", `{ match: { prefix: /off }, direct_response: { status: 200 }, typed_per_filter_config: { b: { "@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, disabled: true } } }`, `{ match: { prefix: / }, direct_response: { status: 200 } }`),
    dormant: chain(BUFFER("disabled: true,")) + table("", `{ match: { prefix: /on }, direct_response: { status: 200 }, typed_per_filter_config: { b: { "@type": type.googleapis.com/envoy.config.route.v3.FilterConfig, config: {} } } }`, `{ match: { prefix: / }, direct_response: { status: 200 } }`),
  },
  cases: [
    ...["/", "/star", "/any", "/strict", "/off", "/shadow", "/direct"].map((path) => (
      { title: `CORS at ${path}: preflights and requests`, ...ask(request("OPTIONS", path, ...ORIGIN), request("OPTIONS", path, "origin: http://b.test", "access-control-request-method: PUT", "access-control-request-private-network: true"), request("OPTIONS", path, "origin: http://a.test"), get(path, "origin: http://a.test"), get(path, "origin: http://b.test"), get(path, "origin:"), get(path)), counters: [/cors\./] })),
    { title: "CORS by the fields of routes", to: "fields", ...ask(request("OPTIONS", "/", ...ORIGIN), get("/", "origin: http://a.test"), get("/", "origin: http://b.test")), counters: [/cors\./] },
    { title: "CORS without a policy", to: "nocors", ...ask(request("OPTIONS", "/", ...ORIGIN), get("/", "origin: http://a.test")), counters: [/cors\./] },
    { title: "header_mutation", to: "edits", ...ask(get("/", "x-gone: 1", "x-c: c", "x-d: d", "x-d: e", "x-a: 0")), upstreams: { u: answering(response("200 OK", "ok", "x-u: 1", "x-m-a: 1", "x-m-b: 2", "x-n: 3")) } },
    { title: "header_mutation of an answer of the proxy", to: "edits", ...ask(get("nopath")) },
    { title: "header_mutation: the most specific wins", to: "specific", ...ask(get("/")) },
    { title: "health_check answers", to: "answering", ...ask(get("/health"), get("/other"), request("POST", "/health", "content-length: 2") + "ab"), counters: [/health_check/] },
    { title: "health_check passes checks on", to: "passing", ...ask(get("/health"), get("/other")), counters: [/health_check/] },
    { title: "health_check remembers", to: "caching", ...ask(get("/health"), get("/health"), get("/other")), upstreams: { u: answering(head("HTTP/1.1 503 X", "x-envoy-degraded: yes", "content-length: 0")) }, counters: [/health_check/] },
    { title: "a route switches a filter off", to: "switched", client: [POST, { responses: 1 }] },
    { title: "a filter that is on", to: "switched", client: [POST.replace("/off", "/").slice(0, -2), { responses: 1 }] },
    { title: "a filter that is off", to: "dormant", client: [POST, { responses: 1 }] },
  ],
};
