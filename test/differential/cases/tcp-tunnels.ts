import { once } from "../../support/scripted-upstream.ts";
import { head, response } from "../case.ts";
import type { Case, Group } from "../case.ts";

const COUNTERS = [/^tcp\.\w+\.(?!.*_buffered|.*flow_control)/, /^cluster\.\w+\.upstream_(cx|rq)_(?!.*(_ms|_buffered|bytes_total))/, /^listener\.(?!admin)\w+\.downstream_(cx|pre)/];
const tunnel = (fields: string, more = ""): string => `filters: [{ tcp: { tunneling_config: { ${fields} }${more} } }]`;
/** Two proxies in a row: of the second one only what the client and the host see counts. */
const H2: Pick<Case, "counters" | "varies"> = { counters: [/^tcp\.\w+\.(?!.*_buffered|.*flow_control)/], varies: { log: "which of the two is first", wide: "which of the two is first" } };
const AGREED = head("HTTP/1.1 200 OK");
const HELLO: Pick<Case, "client"> = { client: ["hello", { text: "back" }, { act: "closed" }] };
const served = once({ await: "head" }, AGREED, { wait: 40 }, "back", { wait: 40 }, { act: "end" });

// (Envoy 1.40.0 crashes when the answer to a POST ends, and on bytes behind a 204: neither is asked for here)
const CASES: readonly Case[] = [
  { title: "CONNECT is agreed to", ...HELLO, upstreams: { u: served } },
  { title: "the client ends the tunnel", client: ["hello", { text: "back" }, { act: "end" }, { act: "closed" }], upstreams: { u: once({ await: "head" }, AGREED, { wait: 40 }, "back", { await: "close" }, { act: "end" }) } },
  { title: "the client resets the tunnel", client: ["hello", { text: "back" }, { act: "reset" }, { wait: 60 }], upstreams: { u: once({ await: "head" }, AGREED, { wait: 40 }, "back", { await: "close" }) } },
  { title: "the client leaves before the answer", client: [{ wait: 60 }, { act: "reset" }, { wait: 80 }], upstreams: { u: once({ await: "head" }, { await: "close" }) } },
  { title: "the upstream resets the tunnel", client: ["hello", { text: "back" }, { act: "closed" }], upstreams: { u: once({ await: "head" }, AGREED, { wait: 40 }, "back", { wait: 40 }, { act: "reset" }) } },
  { title: "the answer brings bytes with it", client: ["hello", { text: "early" }, { act: "closed" }], upstreams: { u: once({ await: "head" }, `${AGREED}early`, { wait: 30 }, { act: "end" }) } },
  { title: "a length in the answer does not count", ...HELLO, upstreams: { u: once({ await: "head" }, head("HTTP/1.1 200 OK", "content-length: 2"), { wait: 40 }, "back", { wait: 40 }, { act: "end" }) } },
  { title: "CONNECT is agreed to with 201", ...HELLO, upstreams: { u: once({ await: "head" }, head("HTTP/1.1 201 Created"), { wait: 40 }, "back", { wait: 40 }, { act: "end" }) } },
  { title: "CONNECT is agreed to behind 100", ...HELLO, upstreams: { u: once({ await: "head" }, head("HTTP/1.1 100 Continue"), { wait: 30 }, AGREED, { wait: 40 }, "back", { wait: 40 }, { act: "end" }) } },
  { title: "CONNECT is refused", client: ["hello", { act: "closed" }], upstreams: { u: once({ await: "head" }, response("403 Forbidden", "no")) } },
  { title: "CONNECT is refused without a body", client: ["hello", { act: "closed" }], upstreams: { u: once({ await: "head" }, response("503 Service Unavailable", "")) } },
  { title: "CONNECT is refused, and the next time agreed to", to: "again", ...HELLO, upstreams: { u: { connections: [[{ await: "head" }, response("403 Forbidden", "no")], [{ await: "head" }, AGREED, { wait: 40 }, "back", { wait: 40 }, { act: "end" }]] } } },
  { title: "CONNECT is redirected", client: ["hello", { act: "closed" }], upstreams: { u: once({ await: "head" }, head("HTTP/1.1 302 Found", "location: /x", "content-length: 0")) } },
  { title: "the upstream goes without an answer", client: ["hello", { act: "closed" }], upstreams: { u: once({ await: "head" }, { act: "end" }) } },
  { title: "the upstream resets without an answer", client: ["hello", { act: "closed" }], upstreams: { u: once({ await: "head" }, { act: "reset" }) } },
  { title: "the upstream talks nonsense", client: ["hello", { act: "closed" }], upstreams: { u: once({ await: "head" }, "nonsense\r\n\r\n") } },
  { title: "nobody listens", to: "refused", client: ["hello", { act: "closed" }] },
  { title: "headers are added", to: "headers", ...HELLO, upstreams: { u: served } },
  { title: "the host is formatted", to: "formatted", ...HELLO, upstreams: { u: served } },
  { title: "a request id is made", to: "request_id", ...HELLO, upstreams: { u: served } },
  { title: "a request id under another name", to: "own_id", ...HELLO, upstreams: { u: served } },
  { title: "POST is agreed to, and the client ends", to: "post", client: ["hello", { text: "back" }, { act: "end" }, { act: "closed" }], upstreams: { u: once({ await: "head" }, head("HTTP/1.1 200 OK", "transfer-encoding: chunked"), { wait: 40 }, "4\r\nback\r\n", { await: "close" }) } },
  { title: "POST to a path", to: "path", client: ["hello", { text: "back" }, { act: "end" }, { act: "closed" }], upstreams: { u: once({ await: "head" }, head("HTTP/1.1 200 OK", "transfer-encoding: chunked"), { wait: 40 }, "4\r\nback\r\n", { await: "close" }) } },
  { title: "POST is refused", to: "post", client: ["hello", { act: "closed" }], upstreams: { u: once({ await: "head" }, response("500 Internal Server Error", "no")) } },
  { title: "through HTTP/2, the client ends", to: "h2", client: ["hello", { act: "end" }, { text: "back" }, { act: "closed" }], upstreams: { u: once({ await: "close" }, { wait: 30 }, "back", { wait: 20 }, { act: "end" }) }, logs: 2, ...H2 },
  { title: "through HTTP/2, the upstream ends", to: "h2", client: ["hello", { text: "back" }, { act: "closed" }, { act: "end" }, { wait: 60 }], upstreams: { u: once({ await: 5 }, "back", { wait: 30 }, { act: "end" }) }, logs: 2, ...H2 },
  { title: "through HTTP/2, the client resets", to: "h2", client: ["hello", { text: "back" }, { act: "reset" }, { wait: 60 }], upstreams: { u: once({ await: 5 }, "back", { await: "close" }) }, logs: 2, ...H2 },
  { title: "through HTTP/2, a POST", to: "h2post", client: ["hello", { text: "back" }, { act: "closed" }, { act: "end" }, { wait: 60 }], upstreams: { u: once({ await: 5 }, "back", { wait: 30 }, { act: "end" }) }, logs: 2, ...H2 },
  { title: "through HTTP/2, refused", to: "h2refused", client: ["hello", { act: "closed" }], logs: 2, ...H2, uncounted: /http2\.rx_reset|destroy_(local|remote)/ },
  { title: "filter state switches the tunnel off", to: "off", client: ["hello", { text: "back" }, { act: "closed" }, { act: "end" }, { wait: 40 }], upstreams: { u: once({ await: 5 }, "back", { wait: 30 }, { act: "end" }) } },
];

/** Bytes carried through an HTTP host. */
export const tcpTunnels: Group = {
  name: "tcp tunnels",
  listeners: {
    main: tunnel("hostname: far.test:443"),
    again: tunnel("hostname: far.test:443", ", max_connect_attempts: 2"),
    refused: tunnel("hostname: far.test:443", ", cluster: closed"),
    headers: tunnel('hostname: far.test, headers_to_add: [{ header: { key: x-a, value: "%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%" } }, { header: { key: x-b, value: plain } }, { header: { key: x-b, value: second } }]'),
    formatted: tunnel('hostname: "%DOWNSTREAM_LOCAL_ADDRESS%"'),
    request_id: tunnel('hostname: far.test, request_id_extension: { typed_config: { "@type": type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig } }'),
    own_id: tunnel('hostname: far.test, request_id_header: x-own, request_id_extension: { typed_config: { "@type": type.googleapis.com/envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig } }'),
    post: tunnel("hostname: far.test, use_post: true"),
    path: tunnel("hostname: far.test, use_post: true, post_path: /tunnel?x=1"),
    h2: tunnel("hostname: far.test:443", ", cluster: h2"),
    h2post: tunnel("hostname: far.test, use_post: true, post_path: /post", ", cluster: h2"),
    h2refused: tunnel("hostname: far.test, use_post: true, post_path: /refused", ", cluster: h2"),
    far: `
codec_type: HTTP2
http2_protocol_options: { allow_connect: true }
upgrade_configs: [{ upgrade_type: CONNECT }]
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { prefix: /post }, route: { cluster: u, upgrade_configs: [{ upgrade_type: CONNECT, connect_config: { allow_post: true } }] } }
    - { match: { connect_matcher: {} }, route: { cluster: u, upgrade_configs: [{ upgrade_type: CONNECT, connect_config: {} }] } }
    - { match: { prefix: / }, direct_response: { status: 403 } }`,
    off: 'filters: [{ "set_filter_state.v3.Config": { on_new_connection: [{ object_key: envoy.tcp_proxy.disable_tunneling, format_string: { text_format_source: { inline_string: "true" } } }] } }, { tcp: { tunneling_config: { hostname: far.test } } }]',
  },
  clusters: {
    h2: `
load_assignment: { cluster_name: c, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <port:far> } } } }] }] }
typed_extension_protocol_options: { envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: { http2_protocol_options: {} } } }`,
    closed: "load_assignment: { cluster_name: c, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <refused> } } } }] }] }",
  },
  cases: CASES.map((theCase) => ({ counters: COUNTERS, unhurried: true, uncounted: /destroy_(local|remote)/, ...theCase })),
};
