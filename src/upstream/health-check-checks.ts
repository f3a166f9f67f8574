/** What Envoy rejects about a health check. */
import { Buffer } from "node:buffer";
import { type MessageCheck, type Refuse, refusals } from "../contract/message-check.ts";
import type { HealthCheck_HttpHealthCheck, HealthCheck_Payload } from "../schema/generated/envoy/config/core/v3.ts";
import type { Int64Range } from "../schema/generated/envoy/type/v3.ts";

const CORE = "envoy.config.core.v3";

/** What the checker of a running proxy takes into account. `alt_port` is known to Envoy 1.40, and used by nothing. */
export const honours = {
  "envoy.config.cluster.v3.Cluster": ["health_checks", "ignore_health_on_host_removal"],
  "envoy.config.cluster.v3.Cluster.CommonLbConfig": ["ignore_new_hosts_until_first_hc"],
  [`${CORE}.HealthCheck`]: [
    "name", "timeout", "interval", "initial_jitter", "interval_jitter", "interval_jitter_percent", "unhealthy_threshold", "healthy_threshold", "alt_port", "reuse_connection",
    "http_health_check", "tcp_health_check", "grpc_health_check", "no_traffic_interval", "no_traffic_healthy_interval", "unhealthy_interval", "unhealthy_edge_interval", "healthy_edge_interval",
    "event_log_path", "event_logger", "always_log_health_check_failures", "always_log_health_check_success", "transport_socket_match_criteria",
  ],
  [`${CORE}.HealthCheck.Payload`]: ["text", "binary"],
  [`${CORE}.HealthCheck.HttpHealthCheck`]: [
    "host", "path", "send", "receive", "response_buffer_size", "request_headers_to_add", "request_headers_to_remove", "expected_statuses", "retriable_statuses",
    "codec_client_type=HTTP1", "service_name_matcher", "method",
  ],
  [`${CORE}.HealthCheck.TcpHealthCheck`]: ["send", "receive"],
  [`${CORE}.HealthCheck.GrpcHealthCheck`]: ["service_name", "authority", "initial_metadata"],
  "envoy.type.v3.Int64Range": ["start", "end"],
  "envoy.extensions.health_check.event_sinks.file.v3.HealthCheckEventFileSink": ["event_log_path"],
} as const;

const WITH_BODY = new Set(["POST", "PUT", "PATCH", "OPTIONS"]);

function checkStatuses(ranges: readonly Int64Range[] | undefined, what: string, refuse: Refuse): void {
  for (const range of ranges ?? []) {
    const [start, end] = [Number(range.start ?? 0), Number(range.end ?? 0)];
    if (start >= end) refuse(range, "end", `${what}: start ${start} must be below end ${end} (the end is not included)`);
    else if (start < 100) refuse(range, "start", `${what}: statuses begin at 100, found ${start}`);
    else if (end > 600) refuse(range, "end", `${what}: the end must not be above 600, found ${end}`);
  }
}

function checkPayload(payload: HealthCheck_Payload, refuse: Refuse): void {
  if (payload.text !== undefined && !/^([0-9a-fA-F]{2})+$/.test(payload.text)) refuse(payload, "text", `'${payload.text}' is not bytes in hexadecimal`);
}

/** What is looked for must fit into what is kept of the body: 1024 bytes by default, 0 for all. */
function checkExpectation(check: HealthCheck_HttpHealthCheck, refuse: Refuse): void {
  const kept = Number(check.response_buffer_size ?? 1024);
  const bytes = (check.receive ?? []).reduce((sum, payload) => sum + (payload.text === undefined ? Buffer.from(payload.binary ?? "", "base64").length : payload.text.length >> 1), 0);
  if (kept > 0 && bytes > kept) refuse(check, "receive", `what is expected (${bytes} bytes) is longer than response_buffer_size (${kept})`);
}

export const HEALTH_CHECK_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0709", "envoy.config.core.v3.HealthCheck.HttpHealthCheck", (check, refuse) => {
    checkStatuses(check.expected_statuses, "expected_statuses", refuse);
    checkStatuses(check.retriable_statuses, "retriable_statuses", refuse);
    const method = check.method === undefined || check.method === "METHOD_UNSPECIFIED" ? "GET" : String(check.method);
    if (check.send !== undefined && !WITH_BODY.has(method)) refuse(check, "send", `a request with method ${method} has no payload`);
    checkExpectation(check, refuse);
  }),
  refusals("LGT0709", "envoy.config.core.v3.HealthCheck.Payload", checkPayload),
];
