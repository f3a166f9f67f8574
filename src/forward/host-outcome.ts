/** Whether an exchange counts as its host's success; of a gRPC exchange, its status tells, which mostly comes last. */
import type { Host } from "../contract/host.ts";
import type { HostMonitor } from "../contract/host-monitor.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { GRPC_STATUS, X_ENVOY_DEGRADED, X_ENVOY_IMMEDIATE_HEALTH_CHECK_FAIL } from "../http/names.ts";
import { H_RQ_ERROR, H_RQ_SUCCESS } from "../upstream/cluster-stats.ts";
import type { Attempt } from "./attempt.ts";

/** `grpc-status`; `undefined` where there is none, -1 where it is not a number. */
export function grpcStatusIn(headers: HeaderBlock): number | undefined {
  const value = headers.get(GRPC_STATUS);
  if (value === null || value === "") return undefined;
  return /^\d+$/.test(value) ? Number(value) : -1;
}

/** The statuses whose HTTP counterpart (Envoy's `grpcToHttpStatus`) is not a 5xx: ok, cancelled, and what the client did wrong. */
const NOT_THE_HOST: ReadonlySet<number> = new Set([0, 1, 3, 5, 6, 7, 8, 9, 10, 11, 16]);

/** Whether an exchange with this status counts as the host's success. */
function isGrpcSuccess(status: number | undefined): boolean {
  return status !== undefined && NOT_THE_HOST.has(status);
}

/** The headers have come, with a status that is not 5xx. */
export function countHeaders(attempt: Attempt, headers: HeaderBlock, endStream: boolean, grpc: boolean): void {
  if (!grpc) attempt.host?.stats.inc(H_RQ_SUCCESS);
  else if (endStream) attempt.host?.stats.inc(isGrpcSuccess(grpcStatusIn(headers)) ? H_RQ_SUCCESS : H_RQ_ERROR);
  else attempt.successPending = true;
}

/** The response has ended; `trailers` null: without any, which is an error of a gRPC exchange. */
export function countEnd(attempt: Attempt, trailers: HeaderBlock | null): void {
  if (!attempt.successPending) return;
  attempt.host?.stats.inc(trailers !== null && isGrpcSuccess(grpcStatusIn(trailers)) ? H_RQ_SUCCESS : H_RQ_ERROR);
}

/** Envoy's `grpcToHttpStatus`, by gRPC status. */
const HTTP_STATUS: readonly number[] = [200, 499, 500, 400, 504, 404, 409, 403, 429, 400, 409, 400, 501, 500, 503, 500, 401];

/** Tells the monitor of a host what it answered. */
export function tellAnswer(monitor: HostMonitor, host: Host, headers: HeaderBlock, grpc: boolean): void {
  const status = grpc ? grpcStatusIn(headers) : undefined;
  monitor.answered(host, status === undefined ? headers.status : (HTTP_STATUS[status] ?? 500), headers.has(X_ENVOY_DEGRADED), headers.has(X_ENVOY_IMMEDIATE_HEALTH_CHECK_FAIL));
}
