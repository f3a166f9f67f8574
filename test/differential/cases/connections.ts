import { answering, once } from "../../support/scripted-upstream.ts";
import { ask, get, head, request, response } from "../case.ts";
import type { Group } from "../case.ts";

const UPGRADE = ["connection: Upgrade", "upgrade: websocket"];
const SWITCH = head("HTTP/1.1 101 Switching Protocols", "connection: upgrade", "upgrade: websocket");
const post = (body: string, ...headers: string[]): string => request("POST", "/", ...headers, `content-length: ${body.length}`) + body;

/** How connections live: pipelining, keep-alive, HEAD, early ends on either side, upgrades. */
export const connections: Group = {
  name: "connections",
  listeners: {
    main: `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { path: /direct }, direct_response: { status: 200, body: { inline_string: direct } } }
    - { match: { prefix: /none }, route: { cluster: none } }
    - { match: { prefix: /, headers: [{ name: x-missing, present_match: false }] }, route: { cluster: u } }
  validate_clusters: false`,
    maxreq: "common_http_protocol_options: { max_requests_per_connection: 2 }",
    idle: "common_http_protocol_options: { idle_timeout: 0.2s }\ndrain_timeout: 0.1s",
    duration: "common_http_protocol_options: { max_connection_duration: 0.2s }\ndrain_timeout: 0.1s",
    proxy100: "proxy_100_continue: true",
    upgrade: "upgrade_configs: [{ upgrade_type: websocket }]",
    delayed: "delayed_close_timeout: 1s",
    undelayed: "delayed_close_timeout: 0s",
    connect: `
upgrade_configs: [{ upgrade_type: CONNECT }]
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { connect_matcher: {} }, route: { cluster: u, upgrade_configs: [{ upgrade_type: CONNECT, connect_config: {} }] } }`,
  },
  cases: [
    { title: "two requests share both connections", ...ask(get("/1"), get("/2")) },
    { title: "two clients share one upstream connection", client: [get("/1"), { responses: 1 }, { connect: "main" }, get("/2"), { responses: 1 }], logs: 2 },
    { title: "two pipelined GETs in one write", client: [get("/1") + get("/2"), { responses: 2 }], logs: 2 },
    { title: "five pipelined requests with bodies between", client: [get("/1") + post("one") + request("POST", "/c", "transfer-encoding: chunked") + "2\r\nab\r\n0\r\n\r\n" + get("/4") + request("HEAD", "/5"), { responses: 5 }], logs: 5 },
    { title: "a pipelined request after a bad one is not read", client: [head("GET / HTTP/1.1", "host: case.test", "x a: 1") + get("/2")] },
    { title: "a bad pipelined request after a good one", client: [get("/1") + "BAD\r\n\r\n", { responses: 2 }], logs: 2 },
    { title: "pipelined direct responses keep their order", client: [get("/direct") + get("/u") + get("/direct"), { responses: 3 }], logs: 3 },
    { title: "a pipelined request after Connection: close is not read", client: [get("/1", "connection: close") + get("/2"), { act: "closed" }] },
    { title: "HEAD with a content-length", client: [request("HEAD", "/")], upstreams: { u: answering(head("HTTP/1.1 200 OK", "content-length: 10")) } },
    { title: "HEAD with chunked framing", client: [request("HEAD", "/")], upstreams: { u: answering(head("HTTP/1.1 200 OK", "transfer-encoding: chunked")) } },
    { title: "HEAD without framing", client: [request("HEAD", "/")], upstreams: { u: answering(head("HTTP/1.1 200 OK")) } },
    { title: "HEAD for a direct response", client: [request("HEAD", "/direct")] },
    { title: "HEAD for a route that is not there", client: [request("HEAD", "/x", "x-missing: 1")] },
    { title: "HEAD answered with a body", client: [request("HEAD", "/"), { responses: 1 }, get("/2"), { responses: 2 }], upstreams: { u: answering(response("200 OK", "bytes")) }, logs: 2 },
    { title: "no route, no body", client: [get("/x", "x-missing: 1")] },
    { title: "no route before the body is read", client: [request("POST", "/x", "x-missing: 1", "content-length: 5"), { responses: 1 }] },
    { title: "no route, the body in the same write", client: [request("POST", "/x", "x-missing: 1", "content-length: 5") + "hello" + get("/2"), { responses: 1 }] },
    { title: "no route, then a second request", ...ask(get("/x", "x-missing: 1"), get("/2")) },
    { title: "a local reply and Connection: close", client: [get("/direct", "connection: close"), { act: "closed" }] },
    { title: "delayed_close_timeout of one second holds the FIN back", to: "delayed", client: [get("/", "connection: close"), { responses: 1 }, { wait: 500 }] },
    { title: "delayed_close_timeout 0 closes at once", to: "undelayed", client: [get("/", "connection: close"), { act: "closed" }] },
    { title: "a bad request with delayed_close_timeout 0", to: "undelayed", client: ["BAD\r\n\r\n", { act: "closed" }] },
    { title: "the client half-closes after its request", client: [get("/"), { wait: 30 }, { act: "end" }, { wait: 150 }], upstreams: { u: once({ await: "request" }, { wait: 120 }, response("200 OK", "late")) } },
    { title: "the client half-closes an idle connection", client: [get("/"), { responses: 1 }, { act: "end" }, { wait: 100 }] },
    { title: "the client half-closes without a request", client: [{ act: "end" }, { wait: 100 }], logs: 0 },
    { title: "the client half-closes in the middle of a head", client: ["GET / HT", { wait: 20 }, { act: "end" }, { wait: 100 }] },
    { title: "the client half-closes in the middle of a body", client: [request("POST", "/", "content-length: 10") + "hello", { wait: 30 }, { act: "end" }, { wait: 100 }] },
    { title: "the client resets in the middle of a body", client: [request("POST", "/", "content-length: 10") + "hello", { wait: 30 }, { act: "reset" }, { wait: 50 }] },
    { title: "the client goes while the upstream thinks", client: [get("/"), { wait: 40 }, { act: "close" }, { wait: 100 }], upstreams: { u: once({ await: "request" }, { await: "close" }) } },
    { title: "the client goes in the middle of a response", client: [get("/"), { text: "half" }, { act: "close" }, { wait: 50 }], upstreams: { u: once({ await: "request" }, head("HTTP/1.1 200 OK", "content-length: 10") + "half", { await: "close" }) } },
    { title: "an early response, then the rest of the body", client: [request("POST", "/", "content-length: 10") + "hello", { responses: 1 }, "world", { wait: 60 }, get("/2")], upstreams: { u: once({ await: "head" }, response("200 OK", "early"), { await: "request" }) }, differs: { answer: "Envoy resets the connection, which can take the answer from a client that is still sending; legate ends it with FIN and reads on for a while" } },
    { title: "an early error response with Connection: close", client: [request("POST", "/", "content-length: 10") + "hello", { responses: 1 }], upstreams: { u: once({ await: "head" }, response("413 Too Large", "no", "connection: close"), { act: "end" }) } },
    { title: "an early response head, the body after the request", client: [request("POST", "/", "content-length: 10") + "hello", { text: "OK" }, "world", { responses: 1 }], upstreams: { u: once({ await: "head" }, head("HTTP/1.1 200 OK", "content-length: 4"), { await: "request" }, "done") } },
    { title: "a third request closes with max_requests_per_connection 2", to: "maxreq", ...ask(get("/1"), get("/2")) },
    { title: "an idle connection is closed", to: "idle", client: [get("/"), { responses: 1 }, { act: "closed" }] },
    { title: "a connection without a request is closed when idle", to: "idle", client: [{ act: "closed" }], logs: 0 },
    { title: "max_connection_duration with an idle connection", to: "duration", client: [get("/"), { responses: 1 }, { act: "closed" }] },
    { title: "max_connection_duration in the middle of a request", to: "duration", client: [get("/"), { responses: 1 }, { act: "closed" }], upstreams: { u: once({ await: "request" }, { wait: 450 }, response("200 OK", "slow")) } },
    { title: "proxy_100_continue: the upstream says 100", to: "proxy100", client: [request("POST", "/", "expect: 100-continue", "content-length: 2"), { text: "100 Continue" }, "ab", { responses: 1 }], upstreams: { u: once({ await: "head" }, head("HTTP/1.1 100 Continue"), { await: "request" }, response("200 OK", "ok")) } },
    { title: "proxy_100_continue: the upstream refuses", to: "proxy100", client: [request("POST", "/", "expect: 100-continue", "content-length: 2"), { responses: 1 }], upstreams: { u: once({ await: "head" }, response("417 No", "")) } },
    { title: "a WebSocket: both directions, the upstream ends", to: "upgrade", client: [request("GET", "/", ...UPGRADE), { text: "101" }, "ping", { text: "pong" }, { act: "closed" }], upstreams: { u: once({ await: "head" }, SWITCH, { wait: 60 }, "pong", { wait: 30 }, { act: "end" }) } },
    { title: "a WebSocket: the client ends", to: "upgrade", client: [request("GET", "/", ...UPGRADE), { text: "101" }, "ping", { text: "pong" }, { act: "end" }, { wait: 100 }], upstreams: { u: once({ await: "head" }, SWITCH, { wait: 60 }, "pong", { await: "close" }) } },
    { title: "a WebSocket: bytes behind the request", to: "upgrade", client: [request("GET", "/", ...UPGRADE) + "early", { text: "101" }, { wait: 60 }], upstreams: { u: once({ await: "head" }, SWITCH + "now", { await: "close" }) } },
    { title: "a WebSocket the upstream refuses", to: "upgrade", client: [request("GET", "/", ...UPGRADE), { responses: 1 }], upstreams: { u: answering(response("403 Forbidden", "no")) } },
    { title: "a WebSocket the upstream ignores with 200", to: "upgrade", client: [request("GET", "/", ...UPGRADE), { responses: 1 }], upstreams: { u: answering(response("200 OK", "plain")) } },
    { title: "a WebSocket where no upgrade is configured", client: [request("GET", "/", ...UPGRADE)] },
    { title: "an upgrade that is not in the list", to: "upgrade", client: [request("GET", "/", "connection: upgrade", "upgrade: foo")] },
    { title: "Upgrade without Connection: upgrade", to: "upgrade", client: [request("GET", "/", "upgrade: websocket")] },
    { title: "CONNECT is terminated and bytes tunnelled", to: "connect", client: [head("CONNECT far.test:443 HTTP/1.1", "host: far.test:443"), { text: "200" }, "hello", { text: "back" }, { act: "closed" }], upstreams: { u: once({ await: 5 }, "back", { wait: 30 }, { act: "end" }) } },
    { title: "GET where only CONNECT is routed", to: "connect", client: [get("/")] },
    { title: "a response of 300 kB", client: [get("/"), { responses: 1 }], upstreams: { u: answering(response("200 OK", "r".repeat(300_000))) } },
    { title: "a request of 300 kB", client: [post("q".repeat(300_000)), { responses: 1 }] },
    { title: "a chunked response of 300 kB", client: [get("/"), { responses: 1 }], upstreams: { u: answering(head("HTTP/1.1 200 OK", "transfer-encoding: chunked") + `1000\r\n${"c".repeat(4096)}\r\n`.repeat(73) + "0\r\n\r\n") } },
    { title: "the upstream closes between two requests", client: [get("/1"), { responses: 1 }, { wait: 80 }, get("/2"), { responses: 2 }], upstreams: { u: { connections: [[{ await: "request" }, response("200 OK", "1"), { act: "end" }], [{ await: "request" }, response("200 OK", "2")]] } }, logs: 2 },
    { title: "the upstream says Connection: close", client: [get("/1"), { responses: 1 }, get("/2"), { responses: 2 }], upstreams: { u: { connections: [[{ await: "request" }, response("200 OK", "1", "connection: close"), { act: "end" }], [{ await: "request" }, response("200 OK", "2")]] } }, logs: 2 },
    { title: "the upstream says Connection: close and stays", client: [get("/1"), { responses: 1 }, get("/2"), { responses: 2 }], upstreams: { u: { connections: [[{ await: "request" }, response("200 OK", "1", "Connection: Close"), { await: "close" }], [{ await: "request" }, response("200 OK", "2")]] } }, logs: 2 },
  ],
};
