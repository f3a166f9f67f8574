import { answering } from "../../support/scripted-upstream.ts";
import { ask, get, request, response } from "../case.ts";
import type { Group } from "../case.ts";
import { chain, filter, table, to, typed } from "../filter-config.ts";

const ALL = "percentage: { numerator: 100 }";
const fault = (fields: string): string => chain(filter("faults", "fault.v3.HTTPFault", fields));
const perRoute = (fields: string): Readonly<Record<string, string>> => ({ faults: typed("fault.v3.HTTPFault", fields) });
const counters = [/fault/];
const GRPC = "content-type: application/grpc";

/** The fault filter. */
export const faults: Group = {
  name: "faults",
  listeners: {
    main: fault("") + table([
      to("/abort", perRoute(`abort: { http_status: 418, ${ALL} }, filter_metadata: { why: test }`)), to("/grpc", perRoute(`abort: { grpc_status: 7, ${ALL} }`)),
      to("/never", perRoute("abort: { http_status: 418, percentage: { numerator: 0 } }, delay: { fixed_delay: 0.1s, percentage: { numerator: 0 } }")),
      to("/unset", perRoute("abort: { http_status: 418 }")), to("/delay", perRoute(`delay: { fixed_delay: 0.1s, ${ALL} }`)), to("/both", perRoute(`delay: { fixed_delay: 0.05s, ${ALL} }, abort: { http_status: 503, ${ALL} }`)),
      to("/node", perRoute(`abort: { http_status: 418, ${ALL} }, downstream_nodes: [n1, n2]`)), to("/cluster", perRoute(`abort: { http_status: 418, ${ALL} }, upstream_cluster: other`)),
      to("/here", perRoute(`abort: { http_status: 418, ${ALL} }, upstream_cluster: u`)), to("/match", perRoute(`abort: { http_status: 418, ${ALL} }, headers: [{ name: x-fault, string_match: { exact: yes } }]`)),
      to("/nostats", perRoute(`abort: { http_status: 418, ${ALL} }, disable_downstream_cluster_stats: true`)), to("/none", perRoute(`abort: { http_status: 418, ${ALL} }, max_active_faults: 0`)),
      to("/body", perRoute(`abort: { http_status: 500, ${ALL}, response_body: "my words" }`)), to("/"),
    ], ["%DYNAMIC_METADATA(faults:why)%"]),
    header: fault(`abort: { header_abort: {}, percentage: { numerator: 50 } }, delay: { header_delay: {}, ${ALL} }, response_rate_limit: { header_limit: {}, ${ALL} }`),
    slow: fault(`response_rate_limit: { fixed_limit: { limit_kbps: 1 }, ${ALL} }`),
    wide: fault(`abort: { header_abort: {}, ${ALL} }`),
  },
  cases: [
    { title: "an abort", ...ask(get("/abort"), request("HEAD", "/abort"), request("POST", "/abort", GRPC, "content-length: 0"), get("/unset"), get("/never"), get("/")), counters },
    { title: "an abort with a gRPC status", ...ask(get("/grpc"), request("POST", "/grpc", GRPC, "content-length: 0")), counters },
    { title: "an abort before the body has come", client: [`${request("POST", "/abort", "content-length: 5")}he`, { responses: 1 }], counters },
    { title: "a delay", ...ask(get("/delay"), request("POST", "/delay", "content-length: 3") + "abc"), counters, patience: 3000 },
    { title: "a delay and then an abort", ...ask(get("/both")), counters },
    { title: "a client that leaves during the delay", client: [get("/delay"), { wait: 20 }, { act: "close" }], counters },
    { title: "faults for nodes, clusters, headers", ...ask(get("/node"), get("/node", "x-envoy-downstream-service-node: n2"), get("/node", "x-envoy-downstream-service-node: n3"), get("/cluster"), get("/here"), get("/match"), get("/match", "x-fault: yes")), counters },
    { title: "statistics of a downstream cluster", ...ask(get("/abort", "x-envoy-downstream-service-cluster: web"), get("/delay", "x-envoy-downstream-service-cluster: web"), get("/nostats", "x-envoy-downstream-service-cluster: web"), get("/abort", "x-envoy-downstream-service-cluster:")), counters },
    { title: "no more active faults than allowed", ...ask(get("/none")), counters },
    { title: "a body of its own", ...ask(get("/body")), counters },
    {
      title: "faults that headers ask for", to: "wide", counters,
      ...ask(get("/", "x-envoy-fault-abort-request: 404"), get("/", "x-envoy-fault-abort-request: 199"), get("/", "x-envoy-fault-abort-request: 600"), get("/", "x-envoy-fault-abort-request: abc"), get("/", "x-envoy-fault-abort-request: 404", "x-envoy-fault-abort-request-percentage: 0"),
        get("/", "x-envoy-fault-abort-grpc-request: 5"), request("POST", "/", GRPC, "content-length: 0", "x-envoy-fault-abort-grpc-request: 5"), get("/", "x-envoy-fault-abort-request: +404"), get("/")),
    },
    { title: "a share that a header makes nothing", to: "header", ...ask(get("/", "x-envoy-fault-abort-request: 404", "x-envoy-fault-abort-request-percentage: 0"), get("/", "x-envoy-fault-delay-request: 30"), get("/", "x-envoy-fault-delay-request: 0"), get("/", "x-envoy-fault-throughput-response: 100"), get("/", "x-envoy-fault-throughput-response: 0")), counters },
    { title: "a slow response", to: "slow", ...ask(get("/")), upstreams: { u: answering(response("200 OK", "z".repeat(300))) }, counters, patience: 3000 },
    { title: "a slow response without a body", to: "slow", ...ask(get("/"), request("HEAD", "/")), upstreams: { u: answering(response("200 OK", "")) }, counters },
    { title: "a slow response with trailers", to: "slow", ...ask(get("/")), upstreams: { u: answering(`HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n64\r\n${"q".repeat(100)}\r\n0\r\nx-t: 1\r\n\r\n`) }, counters },
  ],
};
