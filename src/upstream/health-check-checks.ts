/** What Envoy rejects about a health check. */
import { type MessageCheck, type Refuse, refusals } from "../contract/message-check.ts";
import type { HealthCheck_Payload } from "../schema/generated/envoy/config/core/v3.ts";
import type { Int64Range } from "../schema/generated/envoy/type/v3.ts";

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

export const HEALTH_CHECK_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0709", "envoy.config.core.v3.HealthCheck.HttpHealthCheck", (check, refuse) => {
    checkStatuses(check.expected_statuses, "expected_statuses", refuse);
    checkStatuses(check.retriable_statuses, "retriable_statuses", refuse);
    if (check.send !== undefined && !WITH_BODY.has(check.method ?? "METHOD_UNSPECIFIED")) refuse(check, "send", `a request with method ${check.method === undefined || check.method === "METHOD_UNSPECIFIED" ? "GET" : check.method} has no payload`);
  }),
  refusals("LGT0709", "envoy.config.core.v3.HealthCheck.Payload", checkPayload),
];
