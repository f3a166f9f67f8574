import * as F from "../../../src/codec/http2-frames.ts";
import { once, type UpstreamScript, type UpstreamStep } from "../../support/scripted-upstream.ts";
import { get, request, type Case, type Group } from "../case.ts";
import { ack, ask, begin, data, frame, goaway, hello, last, ping, post, reset, settings, whole, widen } from "../http2-text.ts";

const HI = hello() + ack;
const READY = { text: "\x04\x01\0\0\0\0" };
const SERVER = settings() + ack;
const OK = [":status", "200"] as const;
const TOLD = { upstream: "RFC 9113 5.4.1: the upstream is told the reason in a GOAWAY; Envoy closes without a word" };
const closed = { act: "closed" } as const;

/** An upstream that greets, waits for one request, and then does this; the connection is kept for the rest. */
function after(...steps: UpstreamStep[]): { upstreams: { u: UpstreamScript } } {
  return { upstreams: { u: once(SERVER, { await: "request" }, ...steps) } };
}

/** As `after`, but when the head has come. */
function afterHead(...steps: UpstreamStep[]): { upstreams: { u: UpstreamScript } } {
  return { upstreams: { u: once(SERVER, { await: "head" }, ...steps) } };
}

/** What the upstream does with a plain GET over HTTP/1. */
function answered(title: string, ...steps: UpstreamStep[]): Case {
  return { title, client: [get("/x"), { responses: 1 }, { wait: 80 }], ...after(...steps) };
}

const H2 = `{ "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions, explicit_http_config: { http2_protocol_options: { OPTIONS } } }`;
const cluster = (options: string, more = ""): string => `
typed_extension_protocol_options: { envoy.extensions.upstreams.http.v3.HttpProtocolOptions: ${H2.replace("OPTIONS", options)} }
${more}`;
const RETRY = "retry_policy: { retry_on: reset, num_retries: 1 }";

/** HTTP/2 to upstreams: from HTTP/1 and HTTP/2 clients. */
export const http2Upstreams: Group = {
  name: "http2 upstreams",
  listeners: {
    main: "",
    upgrade: "upgrade_configs: [{ upgrade_type: websocket }]\nhttp2_protocol_options: { allow_connect: true }",
    connect: `
upgrade_configs: [{ upgrade_type: CONNECT }]
http2_protocol_options: { allow_connect: true }
route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { connect_matcher: {} }, route: { cluster: u } }] }] }`,
    terminate: `
upgrade_configs: [{ upgrade_type: CONNECT }]
http2_protocol_options: { allow_connect: true }
route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { connect_matcher: {} }, route: { cluster: h1, upgrade_configs: [{ upgrade_type: CONNECT, connect_config: {} }] } }] }] }`,
    websocket: `
upgrade_configs: [{ upgrade_type: websocket }]
http2_protocol_options: { allow_connect: true }
route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: h1 } }] }] }`,
    proxy100: "proxy_100_continue: true",
    retry: `route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: u, ${RETRY} } }] }] }`,
    refused: `route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: u, retry_policy: { retry_on: refused-stream } } }] }] }`,
    timeout: `route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: u, timeout: 0.2s } }] }] }`,
    lenient: `route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: lenient } }] }] }`,
    few: `route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: few } }] }] }`,
    worn: `route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: worn } }] }] }`,
    custom: `route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: custom } }] }] }`,
    old: `route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: old } }] }] }`,
    follow: `route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: follow } }] }] }`,
    limits: `route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: limits } }] }] }`,
    alive: `route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: alive } }] }] }`,
  },
  clusters: {
    u: cluster(""),
    h1: "",
    lenient: cluster("override_stream_error_on_invalid_http_message: true"),
    few: cluster("max_concurrent_streams: 1"),
    worn: cluster("", "max_requests_per_connection: 1"),
    custom: cluster("initial_stream_window_size: 65535, initial_connection_window_size: 65535, hpack_table_size: 0, allow_connect: true, max_concurrent_streams: 7"),
    old: "http2_protocol_options: {}",
    follow: `
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    use_downstream_protocol_config: { http_protocol_options: {}, http2_protocol_options: {} }`,
    limits: `
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    common_http_protocol_options: { max_headers_count: 4, max_response_headers_kb: 1 }
    explicit_http_config: { http2_protocol_options: {} }`,
    alive: cluster("connection_keepalive: { interval: 0.1s, timeout: 0.1s, interval_jitter: { value: 0 } }"),
  },
  cases: [
    { title: "a request from HTTP/1, a response with a body", client: [get("/x", "x-b: 1", "X-A: 2", "accept: a", "x-b: 3", "te: trailers", "connection: te")], ...after(begin(1, OK, ["x-up", "1"], ["set-cookie", "a"], ["set-cookie", "b"]) + last(1, "hello")) },
    { title: "a request from HTTP/2", client: [HI, READY, ask(1, "/x", ["x-b", "1"], ["x-a", ""], ["te", "trailers"], ["cookie", "a"], ["cookie", "b"])], ...after(begin(1, OK, ["content-length", "2"]) + last(1, "ok")) },
    { title: "a body with a length from HTTP/1", client: [`${request("POST", "/x", "content-length: 5")}hello`], ...after(whole(1, [":status", "204"])) },
    { title: "a chunked body with trailers from HTTP/1", client: [`${request("POST", "/x", "transfer-encoding: chunked")}3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n`], ...after(whole(1, OK)) },
    { title: "a body with trailers from HTTP/2", client: [HI, READY, post(1, "/x") + data(1, "abc") + whole(1, ["x-t", "1"])], ...after(begin(1, OK) + data(1, "de") + whole(1, ["x-r", "1"])) },
    { title: "trailers to HTTP/1", client: [get("/x")], ...after(begin(1, OK) + data(1, "abc") + whole(1, ["x-t", "1"])) },
    { title: "only trailers, as gRPC says that something is wrong", client: [HI, READY, post(1, "/x", ["content-type", "application/grpc"], ["te", "trailers"]) + last(1, "\0\0\0\0\0")], ...after(whole(1, OK, ["content-type", "application/grpc"], ["grpc-status", "5"], ["grpc-message", "no"])) },
    { title: "a gRPC exchange", client: [HI, READY, post(1, "/x", ["content-type", "application/grpc"], ["te", "trailers"]) + last(1, "\0\0\0\0\0")], ...after(begin(1, OK, ["content-type", "application/grpc"]) + data(1, "\0\0\0\0\0") + whole(1, ["grpc-status", "0"])) },
    { title: "HEAD", client: [request("HEAD", "/x")], ...after(whole(1, OK, ["content-length", "5"])) },
    { title: "304 with a length", client: [get("/x")], ...after(whole(1, [":status", "304"], ["content-length", "5"])) },
    { title: "204 with a length", client: [get("/x")], ...after(whole(1, [":status", "204"], ["content-length", "0"])) },
    { title: "a response without a body", client: [get("/x")], ...after(whole(1, OK)) },
    { title: "a response without a length to HTTP/1", client: [get("/x")], ...after(begin(1, OK) + data(1, "a") + data(1, "b") + last(1, "")) },
    { title: "a response in padded frames", client: [get("/x")], ...after(begin(1, OK) + frame(F.DATA, F.PADDED | F.END_STREAM, 1, "\x03abc\0\0\0")) },
    { title: "two requests share a connection", client: [get("/1"), { responses: 1 }, get("/2"), { responses: 2 }], logs: 2, upstreams: { u: once(SERVER, { await: "request" }, whole(1, OK, ["x", "1"]), { await: "request" }, whole(3, OK, ["x", "2"])) } },
    { title: "two requests at a time share a connection", client: [HI, READY, ask(1, "/1") + ask(3, "/2"), { responses: 2 }], logs: 2, upstreams: { u: once(SERVER, { await: "request" }, { await: "request" }, whole(3, OK, ["x", "2"]) + whole(1, OK, ["x", "1"])) } },
    { title: "100 and 103 without proxy_100_continue", client: [get("/x")], ...after(begin(1, [":status", "100"]) + begin(1, [":status", "103"], ["link", "a"]) + whole(1, OK)) },
    { title: "100 and 103 with proxy_100_continue", to: "proxy100", client: [HI, READY, ask(1, "/x")], ...after(begin(1, [":status", "100"]) + begin(1, [":status", "103"], ["link", "a"]) + whole(1, OK)) },
    { title: "a PING of the upstream is answered", client: [get("/x")], ...after(ping("upstream") + whole(1, OK)) },
    { title: "the old http2_protocol_options of a cluster", to: "old", client: [get("/x")], ...after(whole(1, OK)) },
    { title: "custom options of a cluster", to: "custom", client: [get("/x")], ...after(frame(F.HEADERS, 5, 1, "\x20\x88")) },
    { title: "use_downstream_protocol_config: an HTTP/2 client", to: "follow", client: [HI, READY, ask(1, "/x")], ...after(whole(1, OK)) },
    { title: "use_downstream_protocol_config: an HTTP/1 client", to: "follow", client: [get("/x")] },

    answered("status 101", whole(1, [":status", "101"])),
    answered("no :status", whole(1, ["x", "y"])),
    answered("a :status of two digits", whole(1, [":status", "20"])),
    answered("a pseudo header of requests", whole(1, OK, [":path", "/"])),
    answered("connection in a response", whole(1, OK, ["connection", "close"])),
    answered("upper case in a name", whole(1, OK, ["X-A", "1"])),
    answered("a control character in a value", whole(1, OK, ["x", "a\x01"])),
    answered("a body longer than content-length", begin(1, OK, ["content-length", "2"]), { wait: 30 }, last(1, "abc")),
    answered("a body shorter than content-length", begin(1, OK, ["content-length", "5"]), { wait: 30 }, last(1, "abc")),
    answered("a body after HEAD's like: a length without a body", whole(1, OK, ["content-length", "5"])),
    answered("100 that ends the stream", whole(1, [":status", "100"])),
    answered("trailers that do not end", begin(1, OK) + data(1, "a"), { wait: 30 }, begin(1, ["x", "y"])),
    answered("DATA before the head", last(1, "x")),
    { ...answered("PUSH_PROMISE", frame(F.PUSH_PROMISE, 4, 1, "\0\0\0\x02\x82")), differs: TOLD },
    { ...answered("HEADERS on a stream that was never open", whole(3, OK)), differs: TOLD },
    answered("something that is not HTTP/2", "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
    answered("a block that is no HPACK", frame(F.HEADERS, 5, 1, "\xff\xff\xff\xff\xff\xff")),
    { title: "lenient: a malformed response resets its stream", to: "lenient", client: [get("/x"), { responses: 1 }, get("/y"), { responses: 2 }], logs: 2, upstreams: { u: once(SERVER, { await: "request" }, whole(1, ["x", "y"]), { await: "request" }, whole(3, OK)) } },
    { title: "too many headers in a response", to: "limits", client: [get("/x"), { responses: 1 }, get("/y"), { responses: 2 }], logs: 2, upstreams: { u: once(SERVER, { await: "request" }, whole(1, OK, ["a", "1"], ["b", "1"], ["c", "1"], ["d", "1"]), { await: "request" }, whole(3, OK)) } },
    { title: "a response's headers too large", to: "limits", client: [get("/x")], ...after(whole(1, OK, ["a", "x".repeat(1100)])) },

    ...[F.NO_ERROR, F.PROTOCOL_ERROR, F.INTERNAL_ERROR, F.REFUSED_STREAM, F.CANCEL, F.CONNECT_ERROR, F.ENHANCE_YOUR_CALM].map((code) => answered(`the upstream resets before it answers, code ${code}`, reset(1, code))),
    ...[F.NO_ERROR, F.INTERNAL_ERROR, F.REFUSED_STREAM].map((code): Case => ({ title: `the upstream resets within its response, code ${code}`, client: [HI, READY, ask(1, "/x"), { responses: 1 }, { wait: 80 }], ...after(begin(1, OK) + data(1, "abc"), { wait: 40 }, reset(1, code)) })),
    { title: "a whole response and then a reset without an error, while the request goes on", uncounted: /rx_reset/, client: [HI, READY, post(1, "/x") + data(1, "a"), { responses: 1 }, { wait: 80 }], ...afterHead(begin(1, OK) + last(1, "early") + reset(1, F.NO_ERROR)) },
    { title: "a whole response while the request goes on", client: [HI, READY, post(1, "/x") + data(1, "a"), { responses: 1 }, { wait: 80 }], ...afterHead(begin(1, OK) + last(1, "early")) },
    { title: "the upstream closes before it answers", client: [get("/x")], ...after({ act: "end" }) },
    { title: "the upstream closes within its response", client: [HI, READY, ask(1, "/x"), { responses: 1 }, { wait: 80 }], ...after(begin(1, OK) + data(1, "abc"), { wait: 30 }, { act: "end" }) },
    { title: "the upstream breaks the connection before it answers", client: [get("/x")], ...after({ act: "reset" }) },
    { title: "the upstream goes away gracefully and finishes what it has", client: [get("/1"), { responses: 1 }, get("/2"), { responses: 2 }], logs: 2, upstreams: { u: { connections: [[SERVER, { await: "request" }, goaway(1, 0) + whole(1, OK, ["x", "1"]), { await: "close" }], [SERVER, { await: "request" }, whole(1, OK, ["x", "2"])]] } } },
    { title: "GOAWAY on an idle connection", client: [get("/1"), { responses: 1 }, { wait: 60 }, get("/2"), { responses: 2 }], logs: 2, upstreams: { u: { connections: [[SERVER, { await: "request" }, whole(1, OK, ["x", "1"]), { wait: 20 }, goaway(1, 0), { await: "close" }], [SERVER, { await: "request" }, whole(1, OK, ["x", "2"])]] } } },
    { title: "GOAWAY that leaves the request out", client: [get("/x")], ...after(goaway(0, 0)) },
    { title: "GOAWAY with an error", client: [get("/x")], ...after(goaway(1, F.INTERNAL_ERROR), { wait: 30 }, whole(1, OK)) },
    { title: "a refused stream is tried again by retry_on: refused-stream", to: "refused", client: [get("/x")], upstreams: { u: once(SERVER, { await: "request" }, reset(1, F.REFUSED_STREAM), { await: "request" }, whole(3, OK)) } },
    { title: "a reset is not tried again by retry_on: refused-stream", to: "refused", client: [get("/x")], ...after(reset(1, F.CANCEL)) },
    { title: "a reset is tried again by retry_on: reset", to: "retry", client: [get("/x")], upstreams: { u: once(SERVER, { await: "request" }, reset(1, F.CANCEL), { await: "request" }, whole(3, OK)) } },
    { title: "GOAWAY that leaves the request out is tried again by retry_on: reset", to: "retry", client: [get("/x")], upstreams: { u: { connections: [[SERVER, { await: "request" }, goaway(0, 0), { await: "close" }], [SERVER, { await: "request" }, whole(1, OK)]] } } },
    { title: "a timeout resets the stream and leaves the connection", to: "timeout", client: [get("/x"), { responses: 1 }, get("/y"), { responses: 2 }], logs: 2, upstreams: { u: once(SERVER, { await: "request" }, { await: "request" }, whole(3, OK)) } },
    { title: "the HTTP/1 client goes away: the stream is reset", client: [get("/x"), { wait: 100 }, { act: "close" }], ...after() },
    { title: "the HTTP/2 client resets: so is the upstream's stream", client: [HI, READY, post(1, "/x") + data(1, "a"), { wait: 80 }, reset(1, F.CANCEL), { wait: 80 }], upstreams: { u: once(SERVER, { await: "head" }, { await: "request" }) } },

    { title: "one stream at a time, by configuration: another connection", to: "few", client: [HI, READY, ask(1, "/1"), { wait: 40 }, ask(3, "/2"), { responses: 2 }], logs: 2, upstreams: { u: once(SERVER, { await: "request" }, { wait: 120 }, whole(1, OK)) } },
    { title: "one stream at a time, by the upstream's SETTINGS: another connection", client: [HI, READY, ask(1, "/0"), { responses: 1 }, ask(3, "/1"), { wait: 40 }, ask(5, "/2"), { responses: 3 }], logs: 3, upstreams: { u: { connections: [[settings({ 3: 1 }) + ack, { await: "request" }, whole(1, OK), { await: "request" }, { wait: 120 }, whole(3, OK)], [settings({ 3: 1 }) + ack, { await: "request" }, whole(1, OK)]] } } },
    { title: "max_requests_per_connection: 1", to: "worn", client: [get("/1"), { responses: 1 }, get("/2"), { responses: 2 }], logs: 2, upstreams: { u: once(SERVER, { await: "request" }, whole(1, OK)) } },
    { title: "the upstream's window holds a body back", client: [`${request("POST", "/x", "content-length: 30")}${"0123456789".repeat(3)}`], upstreams: { u: once(settings({ 4: 10 }) + ack, { await: "head" }, { wait: 80 }, widen(1, 15), { wait: 50 }, widen(1, 15), { await: "request" }, whole(1, OK)) } },
    { title: "connection_keepalive of a cluster, unanswered", to: "alive", client: [get("/x"), { responses: 1 }], ...after() },

    { title: "WebSocket: HTTP/1 to HTTP/2", to: "upgrade", client: [get("/ws", "connection: Upgrade", "upgrade: websocket"), { text: "101" }, "ping", { text: "pong" }, { act: "close" }], ...afterHead(begin(1, OK, ["sec-websocket-accept", "x"]), { wait: 60 }, data(1, "pong")) },
    { title: "WebSocket: HTTP/2 to HTTP/2", to: "upgrade", client: [HI, READY, begin(1, [":method", "CONNECT"], [":protocol", "websocket"], [":scheme", "http"], [":path", "/ws"], [":authority", "case.test"]), { wait: 80 }, data(1, "ping"), { text: "pong" }, last(1, ""), { responses: 1 }], ...afterHead(begin(1, OK), { wait: 120 }, data(1, "pong"), { await: "request" }, last(1, "")) },
    { title: "WebSocket: HTTP/2 to HTTP/1", to: "websocket", client: [HI, READY, begin(1, [":method", "CONNECT"], [":protocol", "websocket"], [":scheme", "http"], [":path", "/ws"], [":authority", "case.test"]), { wait: 80 }, data(1, "ping"), { text: "pong" }, reset(1, F.CANCEL), { wait: 80 }], upstreams: { u: once({ await: "head" }, "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n", { wait: 100 }, "pong") } },
    { title: "WebSocket: HTTP/1 to HTTP/1 beside them", to: "websocket", client: [get("/ws", "connection: Upgrade", "upgrade: websocket"), { text: "101" }, "ping", { text: "pong" }, { act: "close" }], upstreams: { u: once({ await: "head" }, "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n", { wait: 60 }, "pong") } },
    { title: "WebSocket: the HTTP/2 upstream refuses", to: "upgrade", client: [get("/ws", "connection: Upgrade", "upgrade: websocket")], ...afterHead(begin(1, [":status", "403"]) + last(1, "no")) },
    { title: "WebSocket: the HTTP/1 upstream refuses", to: "websocket", client: [HI, READY, begin(1, [":method", "CONNECT"], [":protocol", "websocket"], [":scheme", "http"], [":path", "/ws"], [":authority", "case.test"]), { responses: 1 }], upstreams: { u: once({ await: "head" }, "HTTP/1.1 403 Forbidden\r\ncontent-length: 2\r\n\r\nno") } },
    { title: "extended CONNECT of another protocol", to: "websocket", client: [HI, READY, begin(1, [":method", "CONNECT"], [":protocol", "chat"], [":scheme", "http"], [":path", "/ws"], [":authority", "case.test"]), { responses: 1 }] },
    { title: "extended CONNECT with a host that is not there", to: "websocket", client: [HI, READY, begin(1, [":method", "CONNECT"], [":protocol", "websocket"], [":scheme", "http"], [":path", "/ws"], ["host", "case.test"]), closed] },
    { title: "CONNECT over HTTP/2 to HTTP/2", to: "connect", client: [HI, READY, begin(1, [":method", "CONNECT"], [":authority", "case.test:80"]), { wait: 80 }, data(1, "ping"), { text: "pong" }, reset(1, F.CANCEL), { wait: 60 }], ...afterHead(begin(1, OK), { wait: 120 }, data(1, "pong")) },
    { title: "CONNECT over HTTP/1 to HTTP/2", to: "connect", client: ["CONNECT case.test:80 HTTP/1.1\r\nhost: case.test:80\r\n\r\n", { text: "200" }, "ping", { text: "pong" }, { act: "close" }], ...afterHead(begin(1, OK), { wait: 60 }, data(1, "pong")) },
    { title: "CONNECT over HTTP/2 that ends here", to: "terminate", client: [HI, READY, begin(1, [":method", "CONNECT"], [":authority", "case.test:80"]), { wait: 80 }, data(1, "ping"), { text: "pong" }, reset(1, F.CANCEL), { wait: 60 }], upstreams: { u: once({ await: 4 }, "pong") } },
    { title: "CONNECT over HTTP/2 that ends here: the other end closes", to: "terminate", client: [HI, READY, begin(1, [":method", "CONNECT"], [":authority", "case.test:80"]), { wait: 80 }, data(1, "ping"), { text: "pong" }, { responses: 1 }, { wait: 60 }], upstreams: { u: once({ await: 4 }, "pong", { wait: 40 }, { act: "end" }) } },
  ],
};
