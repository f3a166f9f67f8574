import { once } from "../../support/scripted-upstream.ts";
import type { UpstreamStep } from "../../support/scripted-upstream.ts";
import { get, head, response } from "../case.ts";
import type { Case, Group } from "../case.ts";

const END: UpstreamStep = { act: "end" };
const CHUNKED = "transfer-encoding: chunked";

/** The upstream reads one request and writes this. */
function answered(title: string, ...steps: UpstreamStep[]): Case {
  return { title, client: [get("/")], upstreams: { u: once({ await: "request" }, ...steps), trailers: once({ await: "request" }, ...steps), lenient: once({ await: "request" }, ...steps) } };
}

const on = (to: string, theCase: Case): Case => ({ ...theCase, to, title: `${theCase.title} (${to})` });
const route = (cluster: string): string => `route_config: { virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: ${cluster} } }] }] }`;
const options = (fields: string): string => `
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: { http_protocol_options: ${fields} }`;

/** What an upstream may write, and what becomes of it. */
export const responses: Group = {
  name: "responses",
  upstreams: ["trailers", "lenient"],
  listeners: {
    main: "",
    http10: "http_protocol_options: { accept_http_10: true }",
    trailers: `http_protocol_options: { enable_trailers: true }\n${route("trailers")}`,
    lenient: route("lenient"),
  },
  clusters: { trailers: options("{ enable_trailers: true }"), lenient: options("{ allow_chunked_length: true }") },
  cases: [
    answered("content-length", response("200 OK", "hello", "X-Up: A", "x-up: b", "content-type: text/plain")),
    answered("content-length 0", response("200 OK", "")),
    answered("chunked", head("HTTP/1.1 200 OK", CHUNKED) + "5\r\nhello\r\n6;x=y\r\n world\r\n0\r\n\r\n"),
    answered("chunked in pieces", head("HTTP/1.1 200 OK", CHUNKED), { wait: 20 }, "5\r\nhel", { wait: 20 }, "lo\r", { wait: 20 }, "\n0\r\n", { wait: 20 }, "\r\n"),
    answered("an empty chunked body", head("HTTP/1.1 200 OK", CHUNKED) + "0\r\n\r\n"),
    answered("trailers are dropped by default", head("HTTP/1.1 200 OK", CHUNKED, "trailer: x-t") + "2\r\nok\r\n0\r\nx-t: 1\r\n\r\n"),
    on("trailers", answered("trailers with enable_trailers on both sides", head("HTTP/1.1 200 OK", CHUNKED, "trailer: x-t") + "2\r\nok\r\n0\r\nX-T: 1\r\nx-u: 2\r\n\r\n")),
    answered("until close", head("HTTP/1.1 200 OK") + "hello", { wait: 20 }, " world", END),
    answered("until close, empty", head("HTTP/1.1 200 OK"), END),
    answered("HTTP/1.0 until close", head("HTTP/1.0 200 OK") + "hello", END),
    answered("HTTP/1.0 with content-length", head("HTTP/1.0 200 OK", "content-length: 2") + "ok", END),
    answered("HTTP/1.0 with keep-alive", head("HTTP/1.0 200 OK", "content-length: 2", "connection: keep-alive") + "ok"),
    { ...answered("chunked to an HTTP/1.0 client", head("HTTP/1.1 200 OK", CHUNKED) + "2\r\nok\r\n0\r\n\r\n"), to: "http10", client: [head("GET / HTTP/1.0", "host: case.test"), { act: "closed" }] },
    { ...answered("content-length to an HTTP/1.0 keep-alive client", response("200 OK", "ok")), to: "http10", client: [head("GET / HTTP/1.0", "host: case.test", "connection: keep-alive")] },
    answered("204", head("HTTP/1.1 204 No Content")),
    answered("204 with content-length 0", head("HTTP/1.1 204 No Content", "content-length: 0")),
    answered("204 with a content-length", head("HTTP/1.1 204 No Content", "content-length: 2") + "ok"),
    answered("204 with chunked", head("HTTP/1.1 204 No Content", CHUNKED) + "0\r\n\r\n"),
    answered("205", response("205 Reset Content", "")),
    answered("304 with a content-length", head("HTTP/1.1 304 Not Modified", "content-length: 10", "etag: x")),
    answered("304 without", head("HTTP/1.1 304 Not Modified", "etag: x")),
    answered("an unasked 100 is dropped", head("HTTP/1.1 100 Continue") + response("200 OK", "ok")),
    answered("102 is dropped", head("HTTP/1.1 102 Processing") + response("200 OK", "ok")),
    answered("103 is dropped", head("HTTP/1.1 103 Early Hints", "link: </a>") + response("200 OK", "ok")),
    answered("two interim responses", head("HTTP/1.1 100 Continue") + head("HTTP/1.1 103 Early Hints") + response("200 OK", "ok")),
    answered("an unasked 101", head("HTTP/1.1 101 Switching Protocols", "connection: upgrade", "upgrade: x") + "bytes", END),
    answered("only a 100, then close", head("HTTP/1.1 100 Continue"), END),
    answered("the upstream's reason phrase", response("200 Splendid", "ok")),
    answered("an empty reason phrase", head("HTTP/1.1 200 ", "content-length: 2") + "ok"),
    answered("no reason phrase and no space", head("HTTP/1.1 200", "content-length: 2") + "ok"),
    answered("an unknown status", response("299 Odd", "ok")),
    answered("status 418", response("418 Teapot", "ok")),
    answered("status 599", response("599 X", "ok")),
    answered("status 600", response("600 X", "ok")),
    answered("status 999", response("999 X", "ok")),
    answered("status 1000", response("1000 X", "ok")),
    answered("status 99", response("99 X", "ok")),
    answered("status 099", response("099 X", "ok")),
    answered("status 000", response("000 X", "ok")),
    answered("status with letters", response("2xx X", "ok")),
    answered("a 500 passes through", response("500 Internal Server Error", "sorry", "content-type: text/plain")),
    answered("a 503 passes through", response("503 Service Unavailable", "sorry")),
    answered("junk", "what is this\r\n\r\n"),
    answered("junk without an end, then close", "junk", END),
    answered("small http", "http/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok"),
    answered("HTTP/9.9", "HTTP/9.9 200 OK\r\ncontent-length: 2\r\n\r\nok"),
    answered("HTTP/2 frames", "\0\0\0\x04\0\0\0\0\0"),
    answered("empty lines before the status line", "\r\n\r\n" + response("200 OK", "ok")),
    answered("bare LF line ends", "HTTP/1.1 200 OK\ncontent-length: 2\n\nok"),
    answered("two equal Content-Lengths", head("HTTP/1.1 200 OK", "content-length: 2", "content-length: 2") + "ok"),
    answered("two different Content-Lengths", head("HTTP/1.1 200 OK", "content-length: 2", "content-length: 3") + "ok"),
    answered("chunked with Content-Length", head("HTTP/1.1 200 OK", "content-length: 2", CHUNKED) + "2\r\nok\r\n0\r\n\r\n"),
    on("lenient", answered("chunked with Content-Length, allow_chunked_length", head("HTTP/1.1 200 OK", "content-length: 2", CHUNKED) + "2\r\nok\r\n0\r\n\r\n")),
    answered("Content-Length with junk", head("HTTP/1.1 200 OK", "content-length: 2x") + "ok"),
    answered("negative Content-Length", head("HTTP/1.1 200 OK", "content-length: -2") + "ok"),
    answered("Transfer-Encoding gzip", head("HTTP/1.1 200 OK", "transfer-encoding: gzip") + "ok", END),
    answered("Transfer-Encoding identity", head("HTTP/1.1 200 OK", "transfer-encoding: identity", "content-length: 2") + "ok"),
    answered("a space before the colon", head("HTTP/1.1 200 OK", "x-a : 1", "content-length: 2") + "ok"),
    answered("a header line without a colon", head("HTTP/1.1 200 OK", "nonsense", "content-length: 2") + "ok"),
    answered("obs-fold", head("HTTP/1.1 200 OK", "x-a: one", " two", "content-length: 2") + "ok"),
    answered("NUL in a header value", head("HTTP/1.1 200 OK", "x-a: a\0b", "content-length: 2") + "ok"),
    answered("a control character in a header value", head("HTTP/1.1 200 OK", "x-a: a\x01b", "content-length: 2") + "ok"),
    answered("high bytes in a header value", head("HTTP/1.1 200 OK", "x-a: caf\xe9", "content-length: 2") + "ok"),
    answered("59 KB of headers", response("200 OK", "ok", `x-a: ${"x".repeat(59 * 1024)}`)),
    answered("61 KB of headers", response("200 OK", "ok", `x-a: ${"x".repeat(61 * 1024)}`)),
    answered("99 headers", response("200 OK", "ok", ...Array.from({ length: 98 }, (_, i) => `x-${i}: v`))),
    answered("101 headers", response("200 OK", "ok", ...Array.from({ length: 100 }, (_, i) => `x-${i}: v`))),
    answered("hop-by-hop headers are removed", response("200 OK", "ok", "keep-alive: timeout=5", "proxy-connection: x", "te: x", "upgrade: x", "x-keep: 1")),
    answered("Connection nominates a header", response("200 OK", "ok", "connection: x-a, keep-alive", "x-a: 1")),
    answered("the upstream's server, date and via", response("200 OK", "ok", "Server: up", "Date: yesterday", "Via: 1.1 up")),
    answered("the upstream's x-envoy headers", response("200 OK", "ok", "x-envoy-upstream-service-time: 99999", "x-envoy-attempt-count: 9", "x-envoy-overloaded: true", "x-envoy-ratelimited: true", "x-envoy-immediate-health-check-fail: x", "x-envoy-decorator-operation: y", "x-envoy-foo: 1", "x-request-id: theirs")),
    answered("Set-Cookie twice", response("200 OK", "ok", "set-cookie: a=1", "set-cookie: b=2", "vary: a", "vary: b", "cache-control: x", "cache-control: y")),
    answered("bytes behind a complete response", response("200 OK", "ok") + "extra"),
    answered("a second response nobody asked for", response("200 OK", "ok") + response("200 OK", "two")),
    { title: "a response before any request", client: [get("/1"), { responses: 1 }, { wait: 60 }, get("/2"), { responses: 2 }], upstreams: { u: { connections: [[{ await: "request" }, response("200 OK", "1"), { wait: 30 }, response("200 OK", "unasked")], [{ await: "request" }, response("200 OK", "2")]] } }, logs: 2 },
    answered("a chunk size with junk", head("HTTP/1.1 200 OK", CHUNKED) + "2x\r\nok\r\n0\r\n\r\n"),
    answered("junk in a later chunk", head("HTTP/1.1 200 OK", CHUNKED) + "2\r\nok\r\n", { wait: 40 }, "zz\r\n"),
    answered("FIN before anything", END),
    answered("RST before anything", { act: "reset" }),
    answered("FIN in the head", "HTTP/1.1 200 OK\r\nx-a:", END),
    answered("RST in the head", "HTTP/1.1 200 OK\r\nx-a:", { wait: 30 }, { act: "reset" }),
    answered("FIN in a content-length body", head("HTTP/1.1 200 OK", "content-length: 10") + "half", { wait: 40 }, END),
    answered("RST in a content-length body", head("HTTP/1.1 200 OK", "content-length: 10") + "half", { wait: 40 }, { act: "reset" }),
    answered("FIN in a chunk", head("HTTP/1.1 200 OK", CHUNKED) + "a\r\nhalf", { wait: 40 }, END),
    answered("FIN between chunks", head("HTTP/1.1 200 OK", CHUNKED) + "4\r\nhalf\r\n", { wait: 40 }, END),
    answered("RST in a chunk", head("HTTP/1.1 200 OK", CHUNKED) + "a\r\nhalf", { wait: 40 }, { act: "reset" }),
    answered("RST in an until-close body", head("HTTP/1.1 200 OK") + "half", { wait: 40 }, { act: "reset" }),
  ],
};
