import * as F from "../../../src/codec/http2-frames.ts";
import { once } from "../../support/scripted-upstream.ts";
import { get, head, response, type Case, type Group } from "../case.ts";
import { ack, ask, begin, block, data, frame, goaway, hello, last, ping, post, reset, settings, target, whole, widen } from "../http2-text.ts";

const HI = hello() + ack;
/** Our SETTINGS were acknowledged: what comes now is not read together with them. */
const READY = { text: "\x04\x01\0\0\0\0" };
const TOLD = { answer: "RFC 9113 5.4.1: the client is told the reason in a GOAWAY; Envoy closes without a word" };
const two = (n: number): { responses: number } => ({ responses: n });
const closed = { act: "closed" } as const;

/** A head that the codec takes or leaves; the connection shows which. */
function fields(title: string, ...entries: (readonly [string, string])[]): Case {
  return { title, client: [HI, READY, whole(1, ...entries), { responses: 1 }, { wait: 120 }] };
}

/** A frame in the midst of a request. */
function underWay(title: string, bytes: string): Case {
  return { title: `with a request under way: ${title}`, client: [HI, READY, post(1, "/x"), { wait: 60 }, bytes, { wait: 150 }], upstreams: { u: once({ await: "request" }) } };
}

const GET = target("GET", "/direct");
const without = (name: string): (readonly [string, string])[] => GET.filter(([key]) => key !== name);
const instead = (name: string, value: string): (readonly [string, string])[] => GET.map(([key, old]) => [key, key === name ? value : old] as const);

const ROUTES = `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { path: /direct }, direct_response: { status: 200, body: { inline_string: direct } } }
    - { match: { path: /empty }, direct_response: { status: 204 } }
    - { match: { path: /redirect }, redirect: { path_redirect: /elsewhere } }
    - { match: { path: /big }, direct_response: { status: 200, body: { inline_string: "${"0123456789".repeat(300)}" } } }
    - { match: { path: /slow }, route: { cluster: u, timeout: 0.2s } }
    - { match: { prefix: /none }, route: { cluster: none } }
    - { match: { prefix: / }, route: { cluster: u } }
  validate_clusters: false`;

/** HTTP/2 from clients: heads, bodies, resets, limits, floods, and how the connection ends. Upstreams speak HTTP/1. */
export const http2: Group = {
  name: "http2",
  listeners: {
    main: ROUTES,
    strict: `codec_type: HTTP2${ROUTES}`,
    first: `codec_type: HTTP1${ROUTES}`,
    lenient: `http2_protocol_options: { override_stream_error_on_invalid_http_message: true }${ROUTES}`,
    lenient_all: `stream_error_on_invalid_http_message: true${ROUTES}`,
    small: `http2_protocol_options: { max_concurrent_streams: 2, initial_stream_window_size: 65535, initial_connection_window_size: 65535 }${ROUTES}`,
    custom: `http2_protocol_options: { hpack_table_size: 0, allow_connect: true, custom_settings_parameters: [{ identifier: 16, value: 7 }, { identifier: 6, value: 9000 }] }${ROUTES}`,
    limits: `max_request_headers_kb: 1\ncommon_http_protocol_options: { max_headers_count: 8, headers_with_underscores_action: REJECT_REQUEST }${ROUTES}`,
    dropping: `common_http_protocol_options: { headers_with_underscores_action: DROP_HEADER }${ROUTES}`,
    floods: `http2_protocol_options: { max_outbound_control_frames: 5, max_consecutive_inbound_frames_with_empty_payload: 3, max_inbound_priority_frames_per_stream: 2, max_inbound_window_update_frames_per_data_frame_sent: 1 }${ROUTES}`,
    maxreq: `common_http_protocol_options: { max_requests_per_connection: 2 }\ndrain_timeout: 0.1s\ndelayed_close_timeout: 0.3s${ROUTES}`,
    idle: `common_http_protocol_options: { idle_timeout: 0.2s }\ndrain_timeout: 0.1s\ndelayed_close_timeout: 0.3s${ROUTES}`,
    duration: `common_http_protocol_options: { max_connection_duration: 0.2s }\ndrain_timeout: 0.1s\ndelayed_close_timeout: 0.3s${ROUTES}`,
    timeouts: `stream_idle_timeout: 0.3s\nrequest_timeout: 0.6s${ROUTES}`,
    streams: `common_http_protocol_options: { max_stream_duration: 0.2s }${ROUTES}`,
    keepalive: `http2_protocol_options: { connection_keepalive: { interval: 0.1s, timeout: 0.1s, interval_jitter: { value: 0 } } }${ROUTES}`,
    proxy100: `proxy_100_continue: true${ROUTES}`,
  },
  cases: [
    { title: "a request and its answer", client: [HI, READY, ask(1, "/direct")] },
    { title: "the first SETTINGS, whatever was said before", client: [hello(), { wait: 100 }], logs: 0 },
    { title: "custom settings", to: "custom", client: [HI, READY, frame(F.HEADERS, 5, 1, `\x20${block(...GET)}`)] },
    { title: "an answer without a body", client: [HI, READY, ask(1, "/empty")] },
    { title: "a redirect", client: [HI, READY, ask(1, "/redirect")] },
    { title: "HEAD", client: [HI, READY, whole(1, ...target("HEAD", "/direct"))] },
    { title: "HEAD through an upstream", client: [HI, READY, whole(1, ...target("HEAD", "/x"))], upstreams: { u: once({ await: "head" }, head("HTTP/1.1 200 OK", "content-length: 5")) } },
    { title: "two requests side by side, answered in another order", logs: 2, client: [HI, READY, ask(1, "/a") + ask(3, "/direct"), two(2)] },
    { title: "a second SETTINGS and a PING are acknowledged", client: [HI, READY, ping() + settings({ 4: 100 }) + ask(1, "/direct")] },
    { title: "a preface in two pieces is taken for HTTP/1", client: ["PRI * HTT", { wait: 60 }, `P/2.0\r\n\r\nSM\r\n\r\n${settings()}`, closed] },
    { title: "a preface where only HTTP/1 is spoken", to: "first", client: [HI, READY, closed] },
    { title: "HTTP/1 where only HTTP/2 is spoken", to: "strict", client: [get("/direct"), closed], logs: 0 },
    { title: "HTTP/1 on the same listener", client: [get("/direct"), two(1)] },
    { title: "a wrong preface where only HTTP/2 is spoken", to: "strict", client: ["PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n", closed], logs: 0 },

    { title: "to an HTTP/1 upstream: names, order, repeated headers", client: [HI, READY, ask(1, "/x", ["x-b", "1"], ["accept", "a"], ["x-a", ""], ["x-b", "2"], ["accept", "b"], ["cookie", "a=1"], ["cookie", "b=2"], ["te", "trailers"])] },
    { title: "a body with a length", client: [HI, READY, post(1, "/x", ["content-length", "5"]) + last(1, "hello")] },
    { title: "a body without a length becomes chunked", client: [HI, READY, post(1, "/x") + data(1, "hel") + last(1, "lo")] },
    { title: "a body in padded frames, a head with priority", client: [HI, READY, frame(F.HEADERS, F.END_HEADERS | F.PADDED | F.HAS_PRIORITY, 1, `\x03\0\0\0\0\x10${block(...target("POST", "/x"))}\0\0\0`) + frame(F.DATA, F.PADDED | F.END_STREAM, 1, "\x05hello\0\0\0\0\0")] },
    { title: "request trailers to HTTP/1", client: [HI, READY, post(1, "/x") + data(1, "abc") + whole(1, ["x-t", "1"])] },
    { title: "a response with trailers from HTTP/1", client: [HI, READY, ask(1, "/x")], upstreams: { u: once({ await: "request" }, `${head("HTTP/1.1 200 OK", "transfer-encoding: chunked", "trailer: x-t")}3\r\nabc\r\n0\r\nx-t: 1\r\n\r\n`) } },
    { title: "a response's headers that HTTP/2 has not", client: [HI, READY, ask(1, "/x")], upstreams: { u: once({ await: "request" }, response("200 Fine", "ok", "keep-alive: timeout=5", "proxy-connection: x", "x-up: 1", "set-cookie: a", "set-cookie: b", "server: s")) } },
    { title: "100 from the upstream", client: [HI, READY, post(1, "/x", ["expect", "100-continue"]), { wait: 60 }, last(1, "x")], upstreams: { u: once({ await: "head" }, head("HTTP/1.1 100 Continue"), { await: "request" }, response("200 OK", "ok")) } },
    { title: "100 from the upstream with proxy_100_continue", to: "proxy100", client: [HI, READY, post(1, "/x", ["expect", "100-continue"]), { wait: 60 }, last(1, "x")], upstreams: { u: once({ await: "head" }, head("HTTP/1.1 100 Continue"), { await: "request" }, response("200 OK", "ok")) } },
    { title: "103 from the upstream", to: "proxy100", client: [HI, READY, ask(1, "/x")], upstreams: { u: once({ await: "request" }, head("HTTP/1.1 103 Early Hints", "link: x"), response("200 OK", "ok")) } },
    { title: "100 and 103 from the upstream to an HTTP/1 client", to: "proxy100", client: [get("/x")], upstreams: { u: once({ await: "request" }, head("HTTP/1.1 100 Continue") + head("HTTP/1.1 103 Early Hints", "link: x"), response("200 OK", "ok")) } },
    { title: "103 from the upstream to an HTTP/1 client", to: "proxy100", client: [get("/x")], upstreams: { u: once({ await: "request" }, head("HTTP/1.1 103 Early Hints", "link: x"), response("200 OK", "ok")) } },
    { title: "the upstream refuses the connection", client: [HI, READY, ask(1, "/none/x")] },
    { title: "the upstream closes before it answers", client: [HI, READY, ask(1, "/x")], upstreams: { u: once({ await: "request" }, { act: "end" }) } },
    { title: "the upstream breaks off in the body", client: [HI, READY, ask(1, "/x"), { wait: 150 }], upstreams: { u: once({ await: "request" }, `${head("HTTP/1.1 200 OK", "content-length: 10")}abc`, { act: "end" }) } },
    { title: "the upstream resets in the body", client: [HI, READY, ask(1, "/x"), { wait: 150 }], upstreams: { u: once({ await: "request" }, `${head("HTTP/1.1 200 OK", "content-length: 10")}abc`, { wait: 30 }, { act: "reset" }) } },
    { title: "the upstream answers before the request is whole", client: [HI, READY, post(1, "/x") + data(1, "abc"), two(1), { wait: 100 }], upstreams: { u: once({ await: "head" }, response("200 OK", "early")) } },
    { title: "an own answer before the request is whole", client: [HI, READY, post(1, "/direct"), two(1), { wait: 100 }, last(1, "late"), ask(3, "/direct"), two(2)], logs: 2 },
    { title: "a timeout", client: [HI, READY, ask(1, "/slow")], upstreams: { u: once({ await: "request" }) } },
    { title: "stream_idle_timeout before an answer", to: "timeouts", client: [HI, READY, post(1, "/x")], upstreams: { u: once({ await: "request" }) } },
    { title: "stream_idle_timeout in a response", to: "timeouts", client: [HI, READY, ask(1, "/x")], upstreams: { u: once({ await: "request" }, `${head("HTTP/1.1 200 OK", "content-length: 10")}abc`) } },
    { title: "request_timeout", to: "timeouts", client: [HI, READY, post(1, "/x"), { wait: 200 }, data(1, "a"), { wait: 200 }, data(1, "b"), two(1)], upstreams: { u: once({ await: "request" }) } },
    { title: "max_stream_duration before an answer", to: "streams", client: [HI, READY, ask(1, "/x")], upstreams: { u: once({ await: "request" }) } },
    { title: "max_stream_duration in a response", to: "streams", client: [HI, READY, ask(1, "/x")], upstreams: { u: once({ await: "request" }, `${head("HTTP/1.1 200 OK", "content-length: 10")}abc`) } },

    { title: "the client resets before the upstream answers", client: [HI, READY, ask(1, "/x"), { wait: 60 }, reset(1, F.CANCEL), { wait: 60 }, ask(3, "/direct"), two(2)], upstreams: { u: once({ await: "request" }) }, logs: 2 },
    { title: "the client resets within its request", client: [HI, READY, post(1, "/x") + data(1, "abc"), { wait: 60 }, reset(1, F.CANCEL), { wait: 60 }, ask(3, "/direct"), two(2)], upstreams: { u: once({ await: "request" }) }, logs: 2 },
    { title: "the client resets within the response", client: [HI, READY, ask(1, "/x"), { text: "abc" }, reset(1, F.INTERNAL_ERROR), { wait: 60 }], upstreams: { u: once({ await: "request" }, `${head("HTTP/1.1 200 OK", "content-length: 10")}abc`) } },
    ...[F.NO_ERROR, F.PROTOCOL_ERROR, F.REFUSED_STREAM, F.CONNECT_ERROR, F.ENHANCE_YOUR_CALM, 0xfee].map((code): Case => ({
      title: `a client's reset with code ${code}`, client: [HI, READY, ask(1, "/x"), { wait: 60 }, reset(1, code), { wait: 100 }], upstreams: { u: once({ await: "request" }) },
    })),
    ...[F.NO_ERROR, F.PROTOCOL_ERROR].map((code): Case => ({
      title: `a client's reset within its request, code ${code}`, client: [HI, READY, post(1, "/x"), { wait: 60 }, reset(1, code), { wait: 100 }], upstreams: { u: once({ await: "request" }) },
    })),
    { title: "the client goes away with requests under way", client: [HI, READY, ask(1, "/x") + ask(3, "/y"), { wait: 60 }, { act: "close" }], upstreams: { u: once({ await: "request" }) }, logs: 2 },
    { title: "the client half closes with a request under way", client: [HI, READY, ask(1, "/x"), { wait: 60 }, { act: "end" }, closed], upstreams: { u: once({ await: "request" }) } },
    { title: "the client sends GOAWAY and goes on with what is under way", client: [HI, READY, ask(1, "/x") + goaway(0, 0), two(1), { wait: 60 }] },

    fields("no :authority and no host", ...without(":authority")),
    fields("host in place of :authority", ...without(":authority"), ["host", "other.test"]),
    fields("host beside :authority", ...GET, ["host", "other.test"]),
    fields("two hosts", ...without(":authority"), ["host", "a"], ["host", "b"]),
    fields("an empty host", ...GET, ["host", ""]),
    fields("no :method", ...without(":method")),
    fields("no :path", ...without(":path")),
    fields("no :scheme", ...without(":scheme")),
    fields("an empty :authority", ...instead(":authority", "")),
    fields("an empty :path", ...instead(":path", "")),
    fields("an empty :method", ...instead(":method", "")),
    fields("a relative :path", ...instead(":path", "direct")),
    fields("an absolute :path", ...instead(":path", "http://case.test/direct")),
    fields("* as :path of GET", ...instead(":path", "*")),
    fields("* as :path of OPTIONS", ...target("OPTIONS", "*")),
    fields("a space in :path", ...instead(":path", "/a b")),
    fields("a byte above 0x7f in :path", ...instead(":path", "/a\xe9")),
    fields("a fragment in :path", ...instead(":path", "/direct#x")),
    fields("userinfo in :authority", ...instead(":authority", "me@case.test")),
    fields("a space in :authority", ...instead(":authority", "case test")),
    fields("a slash in :authority", ...instead(":authority", "case/test")),
    fields("an underscore in :authority", ...instead(":authority", "case_test")),
    fields("a lower-case method", ...instead(":method", "get")),
    fields("a method that is no token", ...instead(":method", "G T")),
    fields("an unknown method", ...instead(":method", "BREW")),
    fields("https as :scheme", ...instead(":scheme", "https")),
    fields("HTTP as :scheme", ...instead(":scheme", "HTTP")),
    fields("ftp as :scheme", ...instead(":scheme", "ftp")),
    fields("a :scheme that is none", ...instead(":scheme", "h ttp")),
    fields("two :path", ...GET, [":path", "/x"]),
    fields("a pseudo header after others", ["x", "y"], ...GET),
    fields("an unknown pseudo header", ...GET, [":unknown", "x"]),
    fields(":status in a request", ...GET, [":status", "200"]),
    fields(":protocol that was not offered", ...target("CONNECT", "/"), [":protocol", "websocket"]),
    fields("upper case in a name", ...GET, ["X-Upper", "x"]),
    fields("a space in a name", ...GET, ["x y", "z"]),
    fields("an empty name", ...GET, ["", "z"]),
    fields("a control character in a value", ...instead(":path", "/x"), ["x-c", "a\x01b"], ["x-d", "kept"]),
    fields("a line feed in a value", ...instead(":path", "/x"), ["x-c", "a\nb"], ["x-d", "kept"]),
    fields("DEL in a value", ...instead(":path", "/x"), ["x-c", "a\x7fb"], ["x-d", "kept"]),
    fields("a tab and bytes above 0x7f in a value", ...instead(":path", "/x"), ["x-c", "a\tb\xff"]),
    fields("spaces around a value", ...instead(":path", "/x"), ["x-c", " a "]),
    fields("connection", ...GET, ["connection", "close"]),
    fields("keep-alive", ...GET, ["keep-alive", "5"]),
    fields("proxy-connection", ...GET, ["proxy-connection", "x"]),
    fields("transfer-encoding", ...GET, ["transfer-encoding", "chunked"]),
    fields("upgrade", ...GET, ["upgrade", "websocket"]),
    fields("te: gzip", ...GET, ["te", "gzip"]),
    fields("te: Trailers", ...instead(":path", "/x"), ["te", "Trailers"]),
    fields("te: trailers, deflate", ...GET, ["te", "trailers, deflate"]),
    fields("two content-lengths", ...GET, ["content-length", "0"], ["content-length", "0"]),
    fields("a content-length that is no number", ...GET, ["content-length", "x"]),
    fields("a negative content-length", ...GET, ["content-length", "-1"]),
    fields("content-length: 0", ...instead(":path", "/x"), ["content-length", "0"]),
    fields("a content-length without a body", ...GET, ["content-length", "3"]),
    fields("CONNECT with :path and :scheme", ...target("CONNECT", "/")),
    fields("CONNECT where it is not allowed", [":method", "CONNECT"], [":authority", "case.test:80"]),
    { title: "a malformed request beside a good one", client: [HI, READY, ask(1, "/x"), { wait: 60 }, whole(3, ...without(":path")), closed], logs: 2, upstreams: { u: once({ await: "request" }) } },
    ...["lenient", "lenient_all"].map((to): Case => ({ title: `${to}: a malformed request resets its stream`, to, client: [HI, READY, whole(1, ...without(":path")) + ask(3, "/direct"), two(2)], logs: 2 })),
    { title: "lenient: an invalid field", to: "lenient", client: [HI, READY, whole(1, ...GET, ["connection", "close"]) + ask(3, "/direct"), two(2)], logs: 2 },
    { title: "lenient: trailers that do not end", to: "lenient", client: [HI, READY, post(1, "/x"), { wait: 50 }, begin(1, ["x", "y"]), two(1), ask(3, "/direct"), two(2)], logs: 2, upstreams: { u: once({ await: "request" }) } },
    { title: "trailers that do not end the request", client: [HI, READY, post(1, "/x"), { wait: 50 }, begin(1, ["x", "y"]), closed], upstreams: { u: once({ await: "request" }) } },
    { title: "a pseudo header in trailers", client: [HI, READY, post(1, "/x"), { wait: 50 }, whole(1, [":path", "/"]), closed], upstreams: { u: once({ await: "request" }) } },
    { title: "a body longer than content-length", client: [HI, READY, post(1, "/x", ["content-length", "3"]), { wait: 50 }, last(1, "abcd"), two(1), { wait: 50 }], upstreams: { u: once({ await: "request" }) } },
    { title: "a body shorter than content-length", client: [HI, READY, post(1, "/x", ["content-length", "3"]), { wait: 50 }, last(1, "ab"), two(1), { wait: 50 }], upstreams: { u: once({ await: "request" }) } },

    { title: "too many headers", to: "limits", client: [HI, READY, ask(1, "/direct", ["a", "1"], ["b", "1"], ["c", "1"], ["d", "1"], ["e", "1"]) + ask(3, "/direct"), two(2)], logs: 2 },
    { title: "as many headers as are allowed", to: "limits", client: [HI, READY, ask(1, "/direct", ["a", "1"], ["b", "1"], ["c", "1"], ["d", "1"])] },
    { title: "cookie crumbs count as headers", to: "limits", client: [HI, READY, ask(1, "/direct", ["cookie", "a"], ["cookie", "b"], ["cookie", "c"], ["cookie", "d"], ["cookie", "e"])] },
    { title: "headers too large", to: "limits", client: [HI, READY, ask(1, "/direct", ["a", "x".repeat(1100)]) + ask(3, "/direct"), two(2)], logs: 2 },
    { title: "an underscore where it is refused", to: "limits", client: [HI, READY, ask(1, "/direct", ["a_b", "1"]) + ask(3, "/direct"), two(2)], logs: 2 },
    { title: "an underscore that is dropped", to: "dropping", client: [HI, READY, ask(1, "/x", ["a_b", "1"], ["c", "2"])] },
    { title: "too many trailers", to: "limits", client: [HI, READY, post(1, "/x"), { wait: 50 }, whole(1, ...Array.from({ length: 9 }, (_, i) => [`t${i}`, "1"] as const)), two(1)], upstreams: { u: once({ await: "request" }) } },
    { title: "a head in CONTINUATION frames", client: [HI, READY, frame(F.HEADERS, F.END_STREAM, 1, block(...GET).slice(0, 7)) + frame(F.CONTINUATION, 0, 1, block(...GET).slice(7, 20)) + frame(F.CONTINUATION, F.END_HEADERS, 1, block(...GET).slice(20))] },

    ...([
      ["DATA on stream 0", data(0, "x")], ["DATA on an idle stream", data(3, "x")],
      ["PRIORITY of four bytes", frame(F.PRIORITY, 0, 3, "\0\0\0\x03")],
      ["RST_STREAM of three bytes", frame(F.RST_STREAM, 0, 1, "xxx")],
      ["SETTINGS of five bytes", frame(F.SETTINGS, 0, 0, "xxxxx")], ["an ACK with a payload", frame(F.SETTINGS, 1, 0, "xxxxxx")],
      ["PING of seven bytes", frame(F.PING, 0, 0, "1234567")],
      ["GOAWAY of seven bytes", frame(F.GOAWAY, 0, 0, "\0\0\0\0\0\0\0")],
      ["WINDOW_UPDATE of three bytes", frame(F.WINDOW_UPDATE, 0, 0, "xxx")],
      ["CONTINUATION on its own", frame(F.CONTINUATION, 4, 1, "x")],
      ["a frame that is too large", "\0\x40\x01\0\0\0\0\0\x01"], ["a block that is no HPACK", frame(F.HEADERS, 5, 3, "\xff\xff\xff\xff\xff\xff")],
      ["a table larger than allowed", frame(F.HEADERS, 5, 3, `\x3f\xe2\x1f${block(...GET)}`)], ["another frame within a head", frame(F.HEADERS, 1, 3, block(...GET)) + ping()],
      ["DATA padded beyond its length", frame(F.DATA, F.PADDED, 1, "\x05abc")],
      ["an unknown frame", frame(99, 0, 1, "hello")],
    ] as const).map(([title, bytes]) => underWay(title, bytes)),
    ...([
      ["HEADERS on stream 0", frame(F.HEADERS, 5, 0, block(...GET))],
      ["HEADERS on an even stream", whole(2, ...GET)],
      ["RST_STREAM on an idle stream", reset(3, 0)],
      ["RST_STREAM on stream 0", reset(0, 0)],
      ["SETTINGS on a stream", frame(F.SETTINGS, 0, 1)],
      ["ENABLE_PUSH of 2", settings({ 2: 2 })],
      ["an initial window of 2^31", settings({ 4: 0x80000000 })],
      ["a maximal frame of 16383", settings({ 5: 16_383 })],
      ["ENABLE_CONNECT_PROTOCOL of 2", settings({ 8: 2 })],
      ["PUSH_PROMISE", frame(F.PUSH_PROMISE, 4, 1, "\0\0\0\x02")],
      ["PING on a stream", frame(F.PING, 0, 1, "12345678")],
      ["GOAWAY on a stream", frame(F.GOAWAY, 0, 1, "\0\0\0\0\0\0\0\0")],
      ["WINDOW_UPDATE of 0", widen(0, 0)],
      ["WINDOW_UPDATE on an idle stream", widen(3, 1)],
      ["a connection window beyond its limit", widen(0, 0x7fffffff)],
      ["WINDOW_UPDATE of 0 on a stream", widen(1, 0)],
    ] as const).map(([title, bytes]): Case => ({ ...underWay(title, bytes), differs: TOLD })),
    { ...underWay("PRIORITY that depends on itself", frame(F.PRIORITY, 0, 3, "\0\0\0\x03x")), differs: { answer: "RFC 9113 6.3 and h2spec: a fault; Envoy ignores it", log: "so the request ends otherwise", wide: "so the request ends otherwise", counters: "so it is counted otherwise" } },
    { ...underWay("PRIORITY on stream 0", frame(F.PRIORITY, 0, 0, "\0\0\0\x03x")), differs: { answer: "RFC 9113 6.3: a connection error; Envoy ignores it", log: "so the request ends otherwise", wide: "so the request ends otherwise", counters: "so it is counted otherwise" } },
    { ...underWay("a stream's window beyond its limit", widen(1, 0x7fffffff)), differs: { answer: "RFC 9113 6.9.1: the stream is reset; Envoy ends the connection", log: "so the request ends otherwise", wide: "so the request ends otherwise", counters: "so it is counted otherwise" } },
    { title: "something else than SETTINGS first", client: [`${hello().slice(0, 24)}${ping()}`, closed], logs: 0 },
    { title: "DATA after the end of the request", client: [HI, READY, ask(1, "/x"), { wait: 60 }, data(1, "x"), closed], upstreams: { u: once({ await: "request" }) } },
    { title: "HEADERS after the end of the request", differs: TOLD, client: [HI, READY, ask(1, "/x"), { wait: 60 }, ask(1, "/x"), closed], upstreams: { u: once({ await: "request" }) } },

    { title: "more streams than allowed, before SETTINGS were acknowledged", to: "small", client: [hello(), ask(1, "/x") + ask(3, "/x") + ask(5, "/direct"), { wait: 100 }], upstreams: { u: once({ await: "request" }) }, logs: 2 },
    { title: "more streams than allowed, afterwards", to: "small", client: [HI, READY, ask(1, "/x") + ask(3, "/x"), { wait: 50 }, ask(5, "/direct"), closed], upstreams: { u: once({ await: "request" }) }, logs: 2, differs: TOLD },
    { title: "a body beyond the stream's window", varies: { answer: "how much of the window is given back when" }, to: "small", client: [HI, READY, post(1, "/none/x"), { wait: 50 }, ...Array.from({ length: 5 }, () => data(1, "x".repeat(16_384))), { wait: 150 }] },
    { title: "a response as far as a small window goes, and then the rest", client: [hello({ 4: 1000 }) + ack, ask(1, "/big"), { wait: 80 }, widen(1, 500), { wait: 80 }, settings({ 4: 2000 }), { wait: 80 }, widen(1, 10_000), two(1)] },
    { title: "a response that no window lets through, and the client gives up", client: [hello({ 4: 0 }) + ack, ask(1, "/big"), { wait: 80 }, reset(1, F.CANCEL), { wait: 100 }] },
    { title: "a response that waits for the connection's window", client: [HI, READY, ...Array.from({ length: 23 }, (_, i) => ask(i * 2 + 1, "/big")), { wait: 150 }, widen(0, 100_000), two(23)], logs: 23 },

    { title: "a flood of empty DATA", client: [HI, READY, post(1, "/x"), { wait: 60 }, data(1, "") + data(1, ""), closed], upstreams: { u: once({ await: "request" }) } },
    { title: "as many empty DATA as are allowed", to: "floods", client: [HI, READY, post(1, "/x"), { wait: 60 }, data(1, "") + data(1, "") + data(1, "") + last(1, "x"), two(1)] },
    { title: "a flood of PRIORITY", to: "floods", client: [HI, READY, post(1, "/x"), { wait: 60 }, frame(F.PRIORITY, 0, 1, "\0\0\0\0x").repeat(5), closed], upstreams: { u: once({ await: "request" }) } },
    { title: "a flood of WINDOW_UPDATE", to: "floods", client: [HI, READY, post(1, "/x"), { wait: 60 }, widen(0, 1).repeat(8), closed], upstreams: { u: once({ await: "request" }) } },
    { title: "as many WINDOW_UPDATE as are allowed", to: "floods", client: [HI, READY, post(1, "/x"), { wait: 60 }, widen(0, 1).repeat(7), { wait: 60 }, last(1, "x"), two(1)] },
    { title: "a flood of PING", to: "floods", client: [HI, READY, post(1, "/x"), { wait: 60 }, ping().repeat(7), closed], upstreams: { u: once({ await: "request" }) } },
    { title: "a flood of SETTINGS", to: "floods", client: [HI, READY, post(1, "/x"), { wait: 60 }, settings().repeat(7), closed], upstreams: { u: once({ await: "request" }) } },
    { title: "rapid resets", varies: { answer: "how long it takes to give all of them up", upstream: "which requests get there before they are given up" }, client: [HI, READY, ...Array.from({ length: 5 }, (_, i) => Array.from({ length: 60 }, (_, k) => ask((i * 60 + k) * 2 + 1, "/x") + reset((i * 60 + k) * 2 + 1, F.CANCEL)).join("")), { wait: 300 }], upstreams: { u: once({ await: "request" }) }, logs: 250, uncounted: /cluster|tx_reset/ },

    { title: "max_requests_per_connection", to: "maxreq", client: [HI, READY, ask(1, "/direct"), two(1), ask(3, "/direct"), two(2), { wait: 20 }, ask(5, "/direct"), two(3), closed], logs: 3 },
    { title: "idle_timeout", to: "idle", client: [HI, READY, ask(1, "/direct"), two(1), closed] },
    { title: "idle_timeout does not touch a request under way", to: "idle", client: [HI, READY, ask(1, "/x"), two(1), closed], upstreams: { u: once({ await: "request" }, { wait: 400 }, response("200 OK", "ok")) } },
    { title: "max_connection_duration", to: "duration", client: [HI, READY, ask(1, "/direct"), two(1), closed] },
    { title: "max_connection_duration waits for a request under way", to: "duration", client: [HI, READY, ask(1, "/x"), two(1), closed], upstreams: { u: once({ await: "request" }, { wait: 500 }, response("200 OK", "ok")) } },
    { title: "connection_keepalive without an answer", to: "keepalive", client: [HI, READY, ask(1, "/direct"), two(1), closed] },
    { title: "connection_keepalive with a request under way", to: "keepalive", client: [HI, READY, ask(1, "/x"), closed], upstreams: { u: once({ await: "request" }) } },
  ],
};
