import { answering, once } from "../../support/scripted-upstream.ts";
import type { UpstreamScript } from "../../support/scripted-upstream.ts";
import { ask, get, head, request, response } from "../case.ts";
import type { Group } from "../case.ts";

const CLOSED = { await: "close" } as const;
const never = once({ await: "request" }, CLOSED);

/** The first answer is this, every later one (on the same or another connection) 200 `second`. */
const firstThen = (first: string): UpstreamScript => ({
  connections: [[{ await: "request" }, first, { await: "request" }, response("200 OK", "second")], [{ await: "request" }, response("200 OK", "second")]],
});

/** No host, no cluster, no answer, no time: what the client is told and what the log says; retries. */
export const failures: Group = {
  name: "failures",
  listeners: {
    main: `
route_config:
  validate_clusters: false
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { path: /refused }, route: { cluster: refused } }
    - { match: { path: /unresolvable }, route: { cluster: unresolvable } }
    - { match: { path: /empty }, route: { cluster: empty } }
    - { match: { path: /unknown }, route: { cluster: nowhere } }
    - { match: { path: /unknown404 }, route: { cluster: nowhere, cluster_not_found_response_code: NOT_FOUND } }
    - { match: { path: /unknown500 }, route: { cluster: nowhere, cluster_not_found_response_code: INTERNAL_SERVER_ERROR } }
    - { match: { path: /header }, route: { cluster_header: x-cluster } }
    - { match: { path: /full }, route: { cluster: full } }
    - { match: { path: /nopending }, route: { cluster: nopending } }
    - { match: { path: /second }, route: { cluster: second, retry_policy: { retry_on: connect-failure, num_retries: 3 } } }
    - { match: { path: /timeout }, route: { cluster: u, timeout: 0.15s } }
    - { match: { path: /timeout0 }, route: { cluster: u, timeout: 0s } }
    - { match: { path: /idle }, route: { cluster: u, idle_timeout: 0.15s } }
    - { match: { path: /maxduration }, route: { cluster: u, max_stream_duration: { max_stream_duration: 0.15s } } }
    - { match: { path: /clusterduration }, route: { cluster: duration } }
    - { match: { path: /retry }, route: { cluster: u, retry_policy: { retry_on: 5xx, num_retries: 1 }, timeout: 1s } }
    - { match: { path: /retry3 }, route: { cluster: u, retry_policy: { retry_on: "retriable-4xx,retriable-status-codes", retriable_status_codes: [418], num_retries: 3 } } }
    - { match: { path: /retryreset }, route: { cluster: u, retry_policy: { retry_on: reset } } }
    - { match: { path: /retryrefused }, route: { cluster: refused, retry_policy: { retry_on: connect-failure, num_retries: 2 } } }
    - { match: { path: /pertry }, route: { cluster: u, retry_policy: { retry_on: 5xx, per_try_timeout: 0.12s }, timeout: 1s } }
    - { match: { path: /pertryidle }, route: { cluster: u, retry_policy: { per_try_idle_timeout: 0.12s, num_retries: 0 }, timeout: 1s } }
    - { match: { path: /ratelimited }, route: { cluster: u, retry_policy: { retry_on: 5xx } } }
    - { match: { path: /hedged }, route: { cluster: u, timeout: 1s, hedge_policy: { hedge_on_per_try_timeout: true }, retry_policy: { retry_on: 5xx, num_retries: 1, per_try_timeout: 0.1s, retry_back_off: { base_interval: 0.001s } } } }
    - { match: { path: /retryheaders }, route: { cluster: u, retry_policy: { retry_on: retriable-headers, retriable_headers: [{ name: x-again, present_match: true }] } } }
    - { match: { path: /retrygrpc }, route: { cluster: u, retry_policy: { retry_on: unavailable } } }
    - { match: { path: /retrywhen }, route: { cluster: u, retry_policy: { retry_on: 5xx, retriable_request_headers: [{ name: x-ok, present_match: true }] } } }
    - { match: { path: /retryafter }, route: { cluster: u, retry_policy: { retry_on: 5xx, rate_limited_retry_back_off: { reset_headers: [{ name: retry-after, format: SECONDS }] } } } }
    - { match: { path: /noretries }, route: { cluster: noretries, retry_policy: { retry_on: 5xx } } }
    - { match: { path: /grpcmax }, route: { cluster: u, max_stream_duration: { grpc_timeout_header_max: 0.2s } } }
    - { match: { path: /oldgrpcmax }, route: { cluster: u, max_grpc_timeout: 0.2s } }
    - { match: { path: /retrybuffer }, request_body_buffer_limit: 10, route: { cluster: u, retry_policy: { retry_on: 5xx } } }
    - { match: { prefix: / }, route: { cluster: u } }`,
    attempts: `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    include_request_attempt_count: true
    include_attempt_count_in_response: true
    include_is_timeout_retry_header: true
    routes:
    - { match: { prefix: / }, route: { cluster: u, retry_policy: { retry_on: 5xx, num_retries: 2, per_try_timeout: 0.12s }, timeout: 1s } }`,
    strict: `
use_remote_address: true
internal_address_config: { cidr_ranges: [{ address_prefix: 127.0.0.0, prefix_len: 8 }] }
http_filters:
- name: router
  typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router, strict_check_headers: [x-envoy-upstream-rq-timeout-ms, x-envoy-retry-on, x-envoy-max-retries] }`,
    internal: `
internal_address_config: { cidr_ranges: [{ address_prefix: 127.0.0.0, prefix_len: 8 }] }
use_remote_address: true`,
    streamidle: "stream_idle_timeout: 0.15s",
    requesttimeout: "request_timeout: 0.15s",
    headerstimeout: "request_headers_timeout: 0.15s",
    maxduration: "common_http_protocol_options: { max_stream_duration: 0.15s }",
    reply: `
local_reply_config:
  mappers:
  - filter: { status_code_filter: { comparison: { op: EQ, value: { default_value: 503, runtime_key: a } } } }
    status_code: 599
    headers_to_add: [{ header: { key: x-mapped, value: "yes" } }]
    body: { inline_string: "mapped %RESPONSE_FLAGS%" }
    body_format_override: { json_format: { code: "%RESPONSE_CODE%", body: "%LOCAL_REPLY_BODY%" } }
  body_format: { text_format_source: { inline_string: "<%RESPONSE_CODE% %LOCAL_REPLY_BODY% %REQ(:path)%>" }, content_type: "text/html; charset=UTF-8" }
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { path: /refused }, route: { cluster: refused } }
    - { match: { path: /direct }, direct_response: { status: 201, body: { inline_string: made } } }`,
  },
  clusters: {
    refused: "load_assignment: { cluster_name: refused, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <refused> } } } }] }] }",
    unresolvable: "type: STRICT_DNS\nload_assignment: { cluster_name: unresolvable, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: no-such-host.invalid, port_value: 80 } } } }] }] }",
    empty: "load_assignment: { cluster_name: empty }",
    full: "circuit_breakers: { thresholds: [{ max_requests: 0 }] }",
    noretries: "circuit_breakers: { thresholds: [{ max_retries: 0 }] }",
    nopending: "circuit_breakers: { thresholds: [{ max_pending_requests: 0 }] }",
    second: "load_assignment: { cluster_name: second, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <refused> } } } }] }, { priority: 1, lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <upstream:u> } } } }] }] }",
    duration: `
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    common_http_protocol_options: { max_stream_duration: 0.15s }
    explicit_http_config: { http_protocol_options: {} }`,
  },
  cases: [
    { title: "the upstream refuses the connection", client: [get("/refused")] },
    { title: "HEAD when the upstream refuses", client: [request("HEAD", "/refused")] },
    { title: "a gRPC request when the upstream refuses", client: [request("POST", "/refused", "content-type: application/grpc", "te: trailers", "content-length: 0")] },
    { title: "the upstream refuses a POST whose body is still coming", client: [request("POST", "/refused", "content-length: 5")] },
    { title: "a name that does not resolve", client: [get("/unresolvable")] },
    { title: "a cluster without hosts", client: [get("/empty")] },
    { title: "an unknown cluster", client: [get("/unknown")] },
    { title: "an unknown cluster, NOT_FOUND and INTERNAL_SERVER_ERROR", ...ask(get("/unknown404"), get("/unknown500")) },
    { title: "cluster_header", ...ask(get("/header", "x-cluster: u"), get("/header", "x-cluster: nope"), get("/header"), get("/header", "x-cluster: u", "x-cluster: nope")) },
    { title: "max_requests 0", client: [get("/full")] },
    { title: "max_pending_requests 0", client: [get("/nopending")] },
    { title: "route timeout", client: [get("/timeout")], upstreams: { u: never } },
    { title: "route timeout runs only from the end of the request", client: [request("POST", "/timeout", "content-length: 2"), { wait: 250 }, "ab"] },
    { title: "route timeout after the response has begun", client: [get("/timeout"), { act: "closed" }], upstreams: { u: once({ await: "request" }, head("HTTP/1.1 200 OK", "content-length: 10") + "half", CLOSED) } },
    { title: "route timeout in a chunked response", client: [get("/timeout"), { act: "closed" }], upstreams: { u: once({ await: "request" }, head("HTTP/1.1 200 OK", "transfer-encoding: chunked") + "4\r\nhalf\r\n", CLOSED) } },
    { title: "timeout 0 waits", client: [get("/timeout0")], upstreams: { u: once({ await: "request" }, { wait: 250 }, response("200 OK", "slow")) } },
    { title: "a timeout header from outside is ignored", client: [get("/", "x-envoy-upstream-rq-timeout-ms: 1")], upstreams: { u: once({ await: "request" }, { wait: 100 }, response("200 OK", "slow")) } },
    { title: "a timeout header from an internal address", to: "internal", client: [get("/", "x-envoy-upstream-rq-timeout-ms: 150")], upstreams: { u: never } },
    { title: "x-envoy-upstream-rq-timeout-alt-response from inside", to: "internal", client: [get("/", "x-envoy-upstream-rq-timeout-ms: 150", "x-envoy-upstream-rq-timeout-alt-response: 1")], upstreams: { u: never } },
    { title: "a retry header from an internal address", to: "internal", client: [get("/", "x-envoy-retry-on: 5xx", "x-envoy-max-retries: 2", "x-keep: 1")], upstreams: { u: firstThen(response("500 X", "first")) } },
    { title: "route idle_timeout while the upstream thinks", client: [get("/idle")], upstreams: { u: never } },
    { title: "route idle_timeout while the client is slow", client: [request("POST", "/idle", "content-length: 5") + "a"] },
    { title: "route max_stream_duration", client: [get("/maxduration")], upstreams: { u: never } },
    { title: "cluster max_stream_duration", client: [get("/clusterduration")], upstreams: { u: never } },
    { title: "stream_idle_timeout while the client is slow", to: "streamidle", client: [request("POST", "/", "content-length: 5") + "a"] },
    { title: "stream_idle_timeout while the upstream thinks", to: "streamidle", client: [get("/")], upstreams: { u: never } },
    { title: "stream_idle_timeout in a response", to: "streamidle", client: [get("/"), { act: "closed" }], upstreams: { u: once({ await: "request" }, head("HTTP/1.1 200 OK", "content-length: 10") + "half", CLOSED) } },
    { title: "request_timeout while the client is slow", to: "requesttimeout", client: [request("POST", "/", "content-length: 5") + "a"] },
    { title: "request_timeout does not count the upstream's time", to: "requesttimeout", client: [get("/")], upstreams: { u: once({ await: "request" }, { wait: 250 }, response("200 OK", "slow")) } },
    { title: "request_headers_timeout in the middle of a head", to: "headerstimeout", client: ["GET / HTTP/1.1\r\nhost: case.test\r\n", { act: "closed" }] },
    { title: "request_headers_timeout on a silent connection", to: "headerstimeout", client: [{ wait: 250 }], logs: 0 },
    { title: "max_stream_duration of the connection manager, upstream slow", to: "maxduration", client: [get("/")], upstreams: { u: never } },
    { title: "max_stream_duration of the connection manager, client slow", to: "maxduration", client: [request("POST", "/", "content-length: 5") + "a"] },
    { title: "a retry on 5xx succeeds", client: [get("/retry")], upstreams: { u: firstThen(response("503 X", "first")) } },
    { title: "a retry on 5xx after FIN", client: [get("/retry")], upstreams: { u: { connections: [[{ await: "request" }, { act: "end" }], [{ await: "request" }, response("200 OK", "second")]] } } },
    { title: "retries on 5xx run out", client: [get("/retry")], upstreams: { u: answering(response("503 X", "again", "x-up: 1")) } },
    { title: "a retried POST sends its body again", client: [request("POST", "/retry", "content-length: 5") + "hello"], upstreams: { u: firstThen(response("500 X", "first")) } },
    { title: "a 404 is not retried on 5xx", client: [get("/retry")], upstreams: { u: answering(response("404 Not Found", "no")) } },
    { title: "x-envoy-ratelimited is not retried on 5xx", client: [get("/ratelimited")], upstreams: { u: answering(response("503 X", "no", "x-envoy-ratelimited: true")) } },
    { title: "retriable-4xx and status codes", client: [get("/retry3")], upstreams: { u: { connections: [[{ await: "request" }, response("409 X", "1")], [{ await: "request" }, response("418 X", "2")], [{ await: "request" }, response("200 OK", "3")]] } } },
    { title: "a retry on reset", client: [get("/retryreset")], upstreams: { u: { connections: [[{ await: "request" }, { act: "reset" }], [{ await: "request" }, response("200 OK", "second")]] } } },
    { title: "retries on reset run out", client: [get("/retryreset")], upstreams: { u: once({ await: "request" }, { act: "end" }) } },
    { title: "retries on connect-failure run out", client: [get("/retryrefused")] },
    { title: "a body above the retry buffer is not retried", client: [request("POST", "/retrybuffer", "content-length: 20") + "q".repeat(20)], upstreams: { u: answering(response("503 X", "first")) } },
    { title: "per_try_timeout, then success", client: [get("/pertry")], upstreams: { u: { connections: [[{ await: "request" }, CLOSED], [{ await: "request" }, response("200 OK", "second")]] } } },
    { title: "per_try_timeout runs out", client: [get("/pertry")], upstreams: { u: never } },
    { title: "per_try_idle_timeout", client: [get("/pertryidle")], upstreams: { u: never } },
    { title: "attempt counts and the timeout-retry header", to: "attempts", client: [get("/")], upstreams: { u: { connections: [[{ await: "request" }, CLOSED], [{ await: "request" }, response("500 X", "second")], [{ await: "request" }, response("200 OK", "third")]] } } },
    { title: "an attempt count in a local reply", to: "attempts", client: [get("/")], upstreams: { u: never } },
    { title: "hedging: the first attempt answers after all", client: [get("/hedged")], upstreams: { u: { connections: [[{ await: "request" }, { wait: 250 }, response("200 OK", "slow")], [{ await: "request" }, { wait: 50 }, response("503 X", "bad")]] } }, uncounted: /upstream_rq_retry_limit_exceeded/ },
    { title: "a retry by a response header", client: [get("/retryheaders")], upstreams: { u: firstThen(response("200 OK", "first", "x-again: 1")) } },
    { title: "a retry by a gRPC status in the headers", client: [request("POST", "/retrygrpc", "content-type: application/grpc", "content-length: 0")], upstreams: { u: firstThen(response("200 OK", "", "grpc-status: 14")) } },
    { title: "retriable_request_headers", ...ask(get("/retrywhen"), get("/retrywhen", "x-ok: 1")), upstreams: { u: answering(response("503 X", "no")) } },
    { title: "a rate-limited back-off", client: [get("/retryafter")], upstreams: { u: firstThen(response("503 X", "first", "retry-after: 1")) }, patience: 3000 },
    { title: "max_retries 0", client: [get("/noretries")], upstreams: { u: answering(response("503 X", "no")) } },
    { title: "grpc_timeout_header_max", client: [request("POST", "/grpcmax", "content-type: application/grpc", "grpc-timeout: 5S", "content-length: 0")], upstreams: { u: never } },
    { title: "max_grpc_timeout", client: [request("POST", "/oldgrpcmax", "content-type: application/grpc", "grpc-timeout: 5S", "content-length: 0")], upstreams: { u: never } },
    { title: "strict_check_headers: a timeout", to: "strict", client: [get("/", "x-envoy-upstream-rq-timeout-ms: soon")] },
    { title: "strict_check_headers: an unknown word", to: "strict", client: [get("/", "x-envoy-retry-on: 5xx,nope")] },
    { title: "strict_check_headers: a negative number", to: "strict", client: [get("/", "x-envoy-max-retries: -1")] },
    { title: "strict_check_headers: all is well", to: "strict", client: [get("/", "x-envoy-retry-on: 5xx")] },
    { title: "x-envoy-upstream-alt-stat-name and stream duration from inside", to: "internal", ...ask(get("/", "x-envoy-upstream-alt-stat-name: alt"), get("/", "x-envoy-upstream-stream-duration-ms: 5000")), counters: [/^cluster\.u\.alt\.(?!.*upstream_rq_time)/] },
    { title: "a canary's answer", client: [get("/")], upstreams: { u: once({ await: "request" }, response("200 OK", "c", "x-envoy-upstream-canary: true")) }, counters: [/^cluster\.u\.canary\.(?!.*upstream_rq_time)/] },
    { title: "local_reply_config maps and formats", to: "reply", ...ask(get("/refused"), get("/nowhere"), get("/direct")) },
    { title: "local_reply_config formats a codec error", to: "reply", client: ["BAD\r\n\r\n"] },
  ],
};
