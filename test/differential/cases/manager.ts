import { answering, once } from "../../support/scripted-upstream.ts";
import { ask, askApart, get, response } from "../case.ts";
import type { Group } from "../case.ts";

const ROUTES = `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { prefix: /direct }, direct_response: { status: 200, body: { inline_string: direct } } }
    - { match: { prefix: /mutated, headers: [{ name: x-early, string_match: { exact: "yes" } }] }, direct_response: { status: 200, body: { inline_string: mutated } } }
    - { match: { prefix: /nocluster }, route: { cluster_header: x-where } }
    - { match: { prefix: /nobody }, route: { cluster: nobody } }
    - { match: { prefix: /refused }, route: { cluster: refused } }
    - { match: { prefix: /slow }, route: { cluster: u, timeout: 0.1s } }
    - { match: { prefix: /full }, route: { cluster: full } }
    - { match: { prefix: /absolute }, route: { cluster: absolute } }
    - match: { prefix: /first }
      route: { cluster: u }
      request_headers_to_add:
      - { header: { key: x-first, value: '%COALESCE({"operators": ["REQUESTED_SERVER_NAME", {"command": "REQ", "param": "x-wish"}, {"command": "REQ", "param": ":authority", "max_length": 6}, "PROTOCOL"]}):5%' } }
      - { header: { key: x-none, value: '%COALESCE({"operators": [{"command": "REQ", "param": "x-absent"}, "CONNECTION_TERMINATION_DETAILS"]})%' } }
      response_headers_to_add: [{ header: { key: x-up, value: '%UPSTREAM_HOST_NAME_WITHOUT_PORT%' } }]
    - { match: { prefix: /to }, route: { cluster: u } }`;
const status = (fields: string): string => `server_name: me\nproxy_status_config: ${fields}${ROUTES}`;
const early = (...mutations: string[]): string => `
early_header_mutation_extensions:
- name: e
  typed_config:
    "@type": type.googleapis.com/envoy.extensions.http.early_header_mutation.header_mutation.v3.HeaderMutation
    mutations: [${mutations.join(", ")}]${ROUTES}`;
const LAZY = { u: once({ await: "request" }, { wait: 600 }, response("200 OK", "late")) };
const CUT = { u: once({ await: "request" }, { act: "close" }) };

/** Options of the connection manager that few set: Proxy-Status, early header mutations, how connections end. */
export const manager: Group = {
  name: "manager",
  listeners: {
    main: ROUTES.trimStart(),
    status: status("{}"),
    bare: status("{ remove_details: true }"),
    noflags: status("{ remove_response_flags: true, remove_connection_termination_details: true }"),
    literal: status('{ literal_proxy_name: "p; q", set_recommended_response_code: true }'),
    bynode: status("{ use_node_id: true }"),
    early: early("{ append: { header: { key: x-early, value: \"yes\" } } }", "{ remove: x-secret }", "{ append: { header: { key: x-path, value: \"%REQ(:PATH)%|%REQ(x-secret)%\" } } }"),
    earlyinternal: `use_remote_address: true${early("{ append: { header: { key: x-envoy-retry-on, value: 5xx } } }", "{ append: { header: { key: x-forwarded-for, value: 9.9.9.9 } } }", "{ append: { header: { key: connection, value: x-gone } } }")}`,
    drainlong: `common_http_protocol_options: { max_connection_duration: 0.2s }\ndrain_timeout: 0.6s${ROUTES}`,
    soft: `common_http_protocol_options: { max_connection_duration: 0.2s }\nhttp1_safe_max_connection_duration: true\ndrain_timeout: 0.1s${ROUTES}`,
    jitter: `common_http_protocol_options: { max_connection_duration: 0.2s, max_connection_duration_jitter: { value: 10 } }\ndrain_timeout: 0.1s\ndrain_timeout_jitter: { value: 50 }${ROUTES}`,
  },
  clusters: {
    nobody: "load_assignment: { cluster_name: nobody }",
    refused: "load_assignment: { cluster_name: refused, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <refused> } } } }] }] }",
    full: "circuit_breakers: { thresholds: [{ max_requests: 0, max_pending_requests: 0 }] }",
    absolute: "http_protocol_options: { send_fully_qualified_url: true }",
  },
  cases: [
    { title: "proxy-status where nothing went wrong", to: "status", ...ask(get("/direct"), get("/to")) },
    { title: "proxy-status without a route, a cluster, a host", ...askApart("status", get("/none"), get("/nocluster", "x-where: absent"), get("/nobody")) },
    { title: "proxy-status of a refused connection", ...askApart("status", get("/refused")) },
    { title: "proxy-status of a timeout", ...askApart("status", get("/slow")), upstreams: LAZY },
    { title: "proxy-status of a connection that breaks off", ...askApart("status", get("/to")), upstreams: CUT },
    { title: "proxy-status of an overflow", ...askApart("status", get("/full")) },
    { title: "proxy-status joins the upstream's own", to: "status", ...ask(get("/to")), upstreams: { u: answering(response("200 OK", "ok", "proxy-status: up; error=x")) } },
    { title: "proxy-status of a bad request", ...askApart("status", "GET /direct HTTP/1.1\r\nhost: a\r\nbad header: x\r\n\r\n"), },
    { title: "proxy-status without details", ...askApart("bare", get("/none"), get("/refused")) },
    { title: "proxy-status without flags", ...askApart("noflags", get("/none"), get("/refused")) },
    { title: "proxy-status with the recommended code and a name of its own", ...askApart("literal", get("/none"), get("/nobody"), get("/refused"), get("/full")) },
    { title: "proxy-status by the node's id", ...askApart("bynode", get("/none")) },
    { title: "early header mutations choose the route", to: "early", ...ask(get("/mutated", "x-secret: s"), get("/to", "x-secret: s")) },
    { title: "early header mutations come before internal headers are cleaned", to: "earlyinternal", ...ask(get("/to", "x-gone: 1")) },
    { title: "during the drain of max_connection_duration a request is answered", to: "drainlong", client: [get("/direct"), { responses: 1 }, { wait: 350 }, get("/direct"), { responses: 2 }, { act: "closed" }], logs: 2 },
    { title: "an idle connection ends after the drain", to: "drainlong", client: [get("/direct"), { responses: 1 }, { act: "closed" }] },
    { title: "max_connection_duration of a client that says nothing", to: "drainlong", client: [{ act: "closed" }], logs: 0 },
    { title: "http1_safe_max_connection_duration waits for the next request", to: "soft", client: [get("/direct"), { responses: 1 }, { wait: 600 }, get("/direct"), { responses: 2 }, { act: "closed" }], logs: 2 },
    { title: "jitter lengthens durations a little", to: "jitter", client: [get("/direct"), { responses: 1 }, { act: "closed" }], unhurried: true },
    { title: "the first operator of several that says something", ...ask(get("/first"), get("/first", "x-wish: granted"), get("/first", "x-wish:")) },
    { title: "send_fully_qualified_url", ...ask(get("/absolute/x?y=z"), "OPTIONS * HTTP/1.1\r\nhost: case.test\r\n\r\n") },
  ],
};
