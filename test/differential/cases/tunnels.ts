import { answering, once } from "../../support/scripted-upstream.ts";
import { get, head, request, response } from "../case.ts";
import type { Group } from "../case.ts";

const upgrade = (type: string): string[] => ["connection: Upgrade", `upgrade: ${type}`];
const agreed = (type: string): string => head("HTTP/1.1 101 Switching Protocols", "connection: upgrade", `upgrade: ${type}`);
const CONNECT = head("CONNECT far.test:443 HTTP/1.1", "host: far.test:443");
const CONNECT_ROUTE = (action: string): string => `
route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { connect_matcher: {} }, route: { cluster: u, ${action} } }, { match: { prefix: / }, route: { cluster: u, ${action} } }] }] }`;
const TERMINATED = "upgrade_configs: [{ upgrade_type: CONNECT, connect_config: {} }]";

/** Upgrades and CONNECT: who may, what waits for consent, how a tunnel ends. */
export const tunnels: Group = {
  name: "tunnels",
  listeners: {
    main: "upgrade_configs: [{ upgrade_type: WebSocket }, { upgrade_type: custom }, { upgrade_type: off, enabled: false }]",
    route: `
upgrade_configs: [{ upgrade_type: websocket }, { upgrade_type: custom, enabled: false }]
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { prefix: /never }, route: { cluster: u, upgrade_configs: [{ upgrade_type: WEBSOCKET, enabled: false }] } }
    - { match: { prefix: /custom }, route: { cluster: u, upgrade_configs: [{ upgrade_type: custom }, { upgrade_type: other }] } }
    - { match: { prefix: /direct }, direct_response: { status: 200, body: { inline_string: direct } } }
    - { match: { prefix: /short }, route: { cluster: u, timeout: 0.2s } }
    - { match: { prefix: /idle }, route: { cluster: u, idle_timeout: 0.2s } }`,
    own: `
upgrade_configs:
- upgrade_type: websocket
  filters:
  - { name: buffer, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.buffer.v3.Buffer, max_request_bytes: 4 } }
  - { name: router, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }`,
    forward: `upgrade_configs: [{ upgrade_type: CONNECT }]${CONNECT_ROUTE("timeout: 1s")}`,
    stripped: `strip_any_host_port: true\nupgrade_configs: [{ upgrade_type: CONNECT }]${CONNECT_ROUTE("timeout: 1s")}`,
    terminate: `upgrade_configs: [{ upgrade_type: CONNECT }]${CONNECT_ROUTE(TERMINATED)}`,
    refused: `upgrade_configs: [{ upgrade_type: CONNECT }]${CONNECT_ROUTE(TERMINATED).replaceAll("cluster: u", "cluster: closed")}`,
    byroute: CONNECT_ROUTE(TERMINATED),
    post: `upgrade_configs: [{ upgrade_type: CONNECT }]${CONNECT_ROUTE("upgrade_configs: [{ upgrade_type: CONNECT, connect_config: { allow_post: true } }]")}`,
    none: CONNECT_ROUTE("timeout: 1s"),
  },
  clusters: { closed: `load_assignment: { cluster_name: closed, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <refused> } } } }] }] }` },
  cases: [
    { title: "upgrade types are compared without case", client: [request("GET", "/", ...upgrade("WEBsocket")), { text: "101" }, "ab", { text: "cd" }, { act: "closed" }], upstreams: { u: once({ await: "head" }, agreed("websocket"), { wait: 60 }, "cd", { wait: 30 }, { act: "end" }) }, counters: [/upgrades/] },
    { title: "an upgrade that is no WebSocket sends its bytes at once", client: [request("GET", "/", ...upgrade("custom")) + "early", { text: "101" }, { act: "closed" }], upstreams: { u: once({ await: 5 }, agreed("custom"), { wait: 30 }, { act: "end" }) } },
    { title: "an upgrade that is no WebSocket, answered with 200", client: [request("GET", "/", ...upgrade("custom")), { text: "plain" }, { act: "closed" }], upstreams: { u: answering(response("200 OK", "plain")) } },
    { title: "a disabled upgrade", client: [request("GET", "/", ...upgrade("off"))] },
    { title: "h2c is not an upgrade", client: [request("GET", "/", ...upgrade("h2c"), "http2-settings: AAMAAABkAARAAAAAAAIAAAAA"), { responses: 1 }] },
    { title: "the upstream goes before it answers a handshake", client: [request("GET", "/", ...upgrade("websocket")), { responses: 1 }], upstreams: { u: once({ await: "head" }, { act: "end" }) } },
    { title: "the upstream resets a tunnel", client: [request("GET", "/", ...upgrade("websocket")), { text: "101" }, { act: "closed" }], upstreams: { u: once({ await: "head" }, agreed("websocket"), { wait: 60 }, { act: "reset" }) } },
    { title: "the client resets a tunnel", client: [request("GET", "/", ...upgrade("websocket")), { text: "101" }, "x", { wait: 40 }, { act: "reset" }, { wait: 60 }], upstreams: { u: once({ await: "head" }, agreed("websocket"), { await: "close" }) } },
    { title: "a route forbids the manager's upgrade", to: "route", client: [request("GET", "/never", ...upgrade("websocket"))] },
    { title: "a route allows what the manager disables", to: "route", client: [request("GET", "/custom", ...upgrade("custom")), { text: "101" }, { act: "closed" }], upstreams: { u: once({ await: "head" }, agreed("custom"), { wait: 40 }, { act: "end" }) } },
    { title: "a route allows what the manager does not name", to: "route", client: [request("GET", "/custom", ...upgrade("other")), { text: "101" }, { act: "closed" }], upstreams: { u: once({ await: "head" }, agreed("other"), { wait: 40 }, { act: "end" }) } },
    { title: "an upgrade to a direct response", to: "route", client: [request("GET", "/direct", ...upgrade("websocket")), { responses: 1 }] },
    { title: "an upgrade without a route", to: "route", client: [request("GET", "/", ...upgrade("websocket")), { responses: 1 }] },
    { title: "an upgrade that is not in the list, without a route", to: "route", client: [request("GET", "/", ...upgrade("foo")), { responses: 1 }] },
    { title: "a handshake that is not answered in time", to: "route", client: [request("GET", "/short", ...upgrade("websocket")), { responses: 1 }], upstreams: { u: once({ await: "head" }, { await: "close" }) } },
    { title: "a tunnel outlives the route's timeout", to: "route", client: [request("GET", "/short", ...upgrade("websocket")), { text: "101" }, { wait: 300 }, "x", { text: "late" }, { act: "closed" }], upstreams: { u: once({ await: "head" }, agreed("websocket"), { await: 1 }, "late", { wait: 30 }, { act: "end" }) } },
    { title: "an idle tunnel is cut", to: "route", client: [request("GET", "/idle", ...upgrade("websocket")), { text: "101" }, { act: "closed" }], upstreams: { u: once({ await: "head" }, agreed("websocket"), { await: "close" }) } },
    { title: "filters of an upgrade's own", to: "own", client: [request("GET", "/", ...upgrade("websocket")) + "too much", { responses: 1 }], upstreams: { u: answering(response("200 OK", "never")) } },
    { title: "filters of an upgrade's own are not for plain requests", to: "own", client: [request("POST", "/", "content-length: 8") + "too much", { responses: 1 }] },
    { title: "CONNECT is forwarded and accepted", to: "forward", client: [CONNECT, { text: "200" }, "hello", { text: "back" }, { act: "closed" }], upstreams: { u: once({ await: "head" }, head("HTTP/1.1 200 OK"), { wait: 60 }, "back", { wait: 30 }, { act: "end" }) } },
    { title: "CONNECT is forwarded and its early bytes wait", to: "forward", client: [CONNECT + "early", { text: "200" }, { act: "closed" }], upstreams: { u: once({ await: "head" }, { wait: 40 }, head("HTTP/1.1 204 No"), { wait: 60 }, { act: "end" }) } },
    { title: "CONNECT is forwarded and refused", to: "forward", client: [CONNECT, { text: "no" }, { act: "closed" }], upstreams: { u: answering(response("407 Proxy Authentication Required", "no")) } },
    { title: "CONNECT keeps its port where ports are stripped", to: "stripped", client: [CONNECT, { text: "200" }, { act: "closed" }], upstreams: { u: once({ await: "head" }, head("HTTP/1.1 200 OK"), { wait: 30 }, { act: "end" }) } },
    { title: "CONNECT is terminated: early bytes", to: "terminate", client: [CONNECT + "hello", { text: "back" }, { act: "closed" }], upstreams: { u: once({ await: 5 }, "back", { wait: 30 }, { act: "end" }) } },
    { title: "CONNECT is terminated: the client ends", to: "terminate", client: [CONNECT, { text: "200" }, "hello", { wait: 40 }, { act: "end" }, { wait: 60 }], upstreams: { u: once({ await: 5 }, { await: "close" }) } },
    { title: "CONNECT is terminated: the upstream resets", to: "terminate", client: [CONNECT, { text: "200" }, "hello", { act: "closed" }], upstreams: { u: once({ await: 5 }, { act: "reset" }) } },
    { title: "CONNECT is terminated: nobody listens", to: "refused", client: [CONNECT, { responses: 1 }] },
    { title: "CONNECT allowed by the route alone", to: "byroute", client: [CONNECT, { text: "200" }, "hello", { text: "back" }, { act: "closed" }], upstreams: { u: once({ await: 5 }, "back", { wait: 30 }, { act: "end" }) } },
    { title: "a POST is tunnelled where allow_post says so", to: "post", client: [request("POST", "/", "transfer-encoding: chunked") + "5\r\nhello\r\n", { text: "200" }, { text: "back" }, { act: "closed" }], upstreams: { u: once({ await: 5 }, "back", { wait: 30 }, { act: "end" }) } },
    { title: "CONNECT that is not configured", to: "none", client: [CONNECT] },
    { title: "a plain request beside CONNECT routes", to: "forward", client: [get("/"), { responses: 1 }] },
  ],
};
