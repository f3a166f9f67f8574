/** One HTTP health check of one host, as Envoy runs it (source/extensions/health_checkers/http). */
import { toWire } from "../../base/wire-text.ts";
import { HeaderBlock } from "../../http/header-block.ts";
import { CONTENT_LENGTH, X_ENVOY_DEGRADED, X_ENVOY_UPSTREAM_HEALTHCHECKED_CLUSTER } from "../../http/names.ts";
import type { MachineFacts } from "../../match/format/format-context.ts";
import { formatAddress, type SocketAddress } from "../../platform/address.ts";
import { simulatedContext, simulatedStream } from "../../router/simulated-stream.ts";
import type { HttpCheck } from "./check-plan.ts";
import { exchange, type Network } from "./exchange.ts";
import { holdsInOrder } from "./payload.ts";
import type { Status } from "./result.ts";

export interface ProbeOutcome {
  readonly status: Status;
  readonly ms: number;
  readonly reason: string;
}

/** Where and as whom a host is asked. */
export interface ProbeHost {
  readonly address: SocketAddress;
  /** The host header; "" for the check's own. */
  readonly hostname: string;
}

export async function probeHttp(network: Network, machine: MachineFacts, host: ProbeHost, check: HttpCheck, timeoutMs: number): Promise<ProbeOutcome> {
  const head = requestHead(host, check, machine, network.clock.wall());
  const answer = await exchange(network, { address: host.address, head, body: check.body, timeoutMs, keepBytes: check.receive.length === 0 ? 0 : check.searchBytes });
  if ("failure" in answer) return { status: "unhealthy", ms: answer.ms, reason: answer.failure };
  const { head: { status }, ms } = answer;
  if (check.receive.length > 0 && !holdsInOrder(check.receive, answer.body)) return { status: "unhealthy", ms, reason: `status ${status}, but the body does not hold what is expected` };
  if (!check.expected.some(([start, end]) => status >= start && status < end)) return { status: "unhealthy", ms, reason: `status ${status}, expected ${rangesText(check.expected)}` };
  const cluster = answer.head.get(X_ENVOY_UPSTREAM_HEALTHCHECKED_CLUSTER) ?? "";
  if (check.serviceName !== undefined && !check.serviceName.test(cluster)) {
    return { status: "unhealthy", ms, reason: `x-envoy-upstream-healthchecked-cluster is "${cluster}", but service_name_matcher ${check.serviceName.describe()}` };
  }
  return answer.head.has(X_ENVOY_DEGRADED) ? { status: "degraded", ms, reason: "the host says that it is degraded (x-envoy-degraded)" } : { status: "healthy", ms, reason: "" };
}

/** The request of a check. `wall`: the time, for format strings. */
export function requestHead(host: ProbeHost, check: HttpCheck, machine: MachineFacts, wall: number): HeaderBlock {
  const head = HeaderBlock.of([
    [":method", check.method], [":authority", toWire(host.hostname || check.host)], [":path", toWire(check.path)], [":scheme", "http"], ["user-agent", "Envoy/HC"],
  ]);
  const stream = simulatedStream({ startTime: wall, upstreamHost: formatAddress(host.address) });
  // Envoy's formatter sees no request here: `%REQ(...)%` is empty.
  check.mutations.apply(head, { ...simulatedContext(stream, head, null, machine), requestHeaders: null });
  if (check.body.length > 0) head.set(CONTENT_LENGTH, String(check.body.length));
  return head;
}

function rangesText(ranges: readonly (readonly [number, number])[]): string {
  return ranges.map(([start, end]) => (end === start + 1 ? String(start) : `${start}-${end - 1}`)).join(" or ");
}
