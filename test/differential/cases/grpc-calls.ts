import { once } from "../../support/scripted-upstream.ts";
import { type Case, type Group } from "../case.ts";
import { ack, begin, data, hello, last, settings, target, whole } from "../http2-text.ts";

const SERVER = settings() + ack;
const OK = [":status", "200"] as const;
const GRPC = ["content-type", "application/grpc"] as const;
const MESSAGE = "\0\0\0\0\x02hi";
const H2 = `
typed_extension_protocol_options:
  envoy.extensions.upstreams.http.v3.HttpProtocolOptions:
    "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions
    explicit_http_config: { http2_protocol_options: {} }`;

type Fields = readonly (readonly [string, string])[];

function call(path: string, fields: Fields): string {
  return begin(1, ...target("POST", path), GRPC, ["te", "trailers"], ...fields) + last(1, MESSAGE);
}

function asked(title: string, path: string, fields: Fields, upstream: NonNullable<Case["upstreams"]>[string], more: Partial<Case> = {}): Case {
  return { title, client: [hello() + ack, { text: "\x04\x01\0\0\0\0" }, call(path, fields), { responses: 1 }, { wait: 60 }], upstreams: { u: upstream }, ...more };
}

const SILENT = once(SERVER, { await: "request" });
const GOOD = once(SERVER, { await: "request" }, begin(1, OK, GRPC) + data(1, MESSAGE) + whole(1, ["grpc-status", "0"]));
/** The first answer is this status alone; the second, on the same connection, is good. */
const first = (status: string, ...more: Fields): typeof SILENT => once(SERVER, { await: "request" }, whole(1, OK, GRPC, ["grpc-status", status], ...more), { await: "request" }, begin(3, OK, GRPC) + data(3, MESSAGE) + whole(3, ["grpc-status", "0"]));
const RETRIED = { counters: [/upstream_rq_retry/] };

/** Deadlines and retries of gRPC calls. */
export const grpcCalls: Group = {
  name: "grpc calls",
  listeners: {
    main: `
route_config:
  virtual_hosts:
  - name: all
    domains: ["*"]
    routes:
    - { match: { prefix: /legacy }, route: { cluster: u, max_grpc_timeout: 0.3s } }
    - { match: { prefix: /nocap }, route: { cluster: u, max_grpc_timeout: 0s, grpc_timeout_offset: 0.1s } }
    - { match: { prefix: /header }, route: { cluster: u, max_stream_duration: { grpc_timeout_header_max: 0.3s } } }
    - { match: { prefix: /anyheader }, route: { cluster: u, max_stream_duration: { grpc_timeout_header_max: 0s, grpc_timeout_header_offset: 0.1s } } }
    - { match: { prefix: /both }, route: { cluster: u, max_stream_duration: { max_stream_duration: 0.2s, grpc_timeout_header_max: 0.4s } } }
    - { match: { prefix: /retry }, route: { cluster: u, retry_policy: { retry_on: "cancelled,unavailable,resource-exhausted", num_retries: 1 } } }
    - { match: { prefix: /all }, route: { cluster: u, retry_policy: { retry_on: "cancelled,deadline-exceeded,internal,resource-exhausted,unavailable" } } }
    - { match: { prefix: / }, route: { cluster: u } }`,
  },
  clusters: { u: H2 },
  cases: [
    asked("max_grpc_timeout caps the header", "/legacy", [["grpc-timeout", "5S"]], SILENT),
    asked("max_grpc_timeout without the header", "/legacy", [], SILENT),
    asked("max_grpc_timeout, and a header that is shorter", "/legacy", [["grpc-timeout", "100m"]], SILENT),
    asked("max_grpc_timeout, and the upstream is told", "/legacy", [["grpc-timeout", "200000u"]], GOOD),
    asked("max_grpc_timeout 0 takes the header, less an offset", "/nocap", [["grpc-timeout", "300m"]], SILENT),
    asked("max_grpc_timeout 0, an offset that is longer", "/nocap", [["grpc-timeout", "90m"]], SILENT),
    asked("max_grpc_timeout, and a header that is none", "/legacy", [["grpc-timeout", "123456789S"]], GOOD),
    asked("max_grpc_timeout, and nanoseconds", "/legacy", [["grpc-timeout", "150000001n"]], SILENT),
    asked("grpc_timeout_header_max caps the header", "/header", [["grpc-timeout", "5S"]], SILENT),
    asked("grpc_timeout_header_max without the header", "/header", [], GOOD),
    asked("grpc_timeout_header_max, and a header that is shorter", "/header", [["grpc-timeout", "100m"]], SILENT),
    asked("grpc_timeout_header_max 0 takes the header, less an offset", "/anyheader", [["grpc-timeout", "300m"]], SILENT),
    asked("grpc_timeout_header_max over max_stream_duration", "/both", [["grpc-timeout", "300m"]], SILENT),
    asked("max_stream_duration without the header", "/both", [], SILENT),
    asked("grpc-timeout where no route heeds it", "/", [["grpc-timeout", "100m"]], GOOD),
    asked("the stream lasts too long in the midst of its answer", "/header", [["grpc-timeout", "150m"]], once(SERVER, { await: "request" }, begin(1, OK, GRPC) + data(1, MESSAGE))),
    asked("a timeout by header, x-envoy-upstream-rq-timeout-ms", "/", [["x-envoy-upstream-rq-timeout-ms", "150"]], SILENT),
    ...["1", "4", "8", "13", "14", "2", "x"].map((status) => asked(`retry_on of three words, grpc-status ${status}`, "/retry", [], first(status), RETRIED)),
    ...["1", "4", "8", "13", "14", "7"].map((status) => asked(`retry_on of all words, grpc-status ${status}`, "/all", [], first(status), RETRIED)),
    asked("x-envoy-retry-grpc-on", "/", [["x-envoy-retry-grpc-on", "internal, deadline-exceeded"], ["x-envoy-max-retries", "2"]], first("13"), RETRIED),
    asked("x-envoy-retry-grpc-on, and another status", "/", [["x-envoy-retry-grpc-on", "internal"]], first("14"), RETRIED),
    asked("x-envoy-retry-grpc-on and the route's words", "/retry", [["x-envoy-retry-grpc-on", "internal"]], first("13"), RETRIED),
    asked("x-envoy-retry-on with words of gRPC", "/", [["x-envoy-retry-on", "unavailable"]], first("14"), RETRIED),
    asked("x-envoy-ratelimited decides alone", "/all", [], first("14", ["x-envoy-ratelimited", "true"]), RETRIED),
    asked("a status in trailers is not tried again", "/all", [], once(SERVER, { await: "request" }, begin(1, OK, GRPC) + whole(1, ["grpc-status", "14"])), RETRIED),
    asked("retries come to an end", "/retry", [], once(SERVER, { await: "request" }, whole(1, OK, GRPC, ["grpc-status", "14"]), { await: "request" }, whole(3, OK, GRPC, ["grpc-status", "14"], ["grpc-message", "again"])), RETRIED),
  ],
};
