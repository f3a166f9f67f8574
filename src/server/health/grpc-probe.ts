/** One gRPC health check of one host, for the `health` command; and the head of its request, for the proxy too. */
import { toWire } from "../../base/wire-text.ts";
import { HeaderBlock } from "../../http/header-block.ts";
import { GRPC_TIMEOUT } from "../../http/names.ts";
import type { MachineFacts } from "../../match/format/format-context.ts";
import { formatAddress } from "../../platform/address.ts";
import type { CloseCause } from "../../platform/conn.ts";
import { simulatedContext, simulatedStream } from "../../router/simulated-stream.ts";
import type { GrpcCheck } from "./check-plan.ts";
import { closeReason } from "./close-reason.ts";
import type { Network } from "./exchange.ts";
import { GrpcCheckConnection, type GrpcQuestion } from "./grpc-connection.ts";
import { type GrpcVerdict, passes, requestFrame, SERVING_STATUSES } from "./grpc-message.ts";
import type { ProbeHost, ProbeOutcome } from "./http-probe.ts";

/** What a host is asked. */
export function grpcQuestion(network: Network, machine: MachineFacts, host: ProbeHost, check: GrpcCheck): GrpcQuestion {
  return { head: () => requestHead(host, check, machine, network.clock.wall()), body: requestFrame(check.service) };
}

function requestHead(host: ProbeHost, check: GrpcCheck, machine: MachineFacts, wall: number): HeaderBlock {
  const head = HeaderBlock.of([
    [":method", "POST"], [":path", "/grpc.health.v1.Health/Check"], [":authority", toWire(host.hostname || check.authority)], [":scheme", "http"],
    ["te", "trailers"], ["content-type", "application/grpc"], ["user-agent", "Envoy/HC"],
  ]);
  const stream = simulatedStream({ startTime: wall, upstreamHost: formatAddress(host.address) });
  check.mutations.apply(head, { ...simulatedContext(stream, head, null, machine), requestHeaders: null });
  head.set(GRPC_TIMEOUT, grpcTimeoutText(check.timeoutMs));
  return head;
}

/** Milliseconds as `grpc-timeout` has them: eight digits at most, in the smallest unit for which that is enough. */
export function grpcTimeoutText(milliseconds: number): string {
  let value = Math.floor(milliseconds);
  for (const [unit, next] of [["m", 1000], ["S", 60], ["M", 60]] as const) {
    if (value <= MOST_TIMEOUT) return `${value}${unit}`;
    value = Math.floor(value / next);
  }
  return `${Math.min(value, MOST_TIMEOUT)}H`;
}

const MOST_TIMEOUT = 99_999_999;

/** Never rejects. */
export function probeGrpc(network: Network, machine: MachineFacts, host: ProbeHost, check: GrpcCheck, timeoutMs: number): Promise<ProbeOutcome> {
  const { clock, dialer } = network;
  const start = clock.now();
  return new Promise((done) => {
    const finish = (reason: string): void => {
      timer.cancel();
      connection.close();
      done({ status: reason === "" ? "healthy" : "unhealthy", ms: clock.now() - start, reason });
    };
    const timer = clock.after(timeoutMs, () => finish(connection.connected ? `no answer within ${timeoutMs} ms` : `no connection within ${timeoutMs} ms`));
    const connection = new GrpcCheckConnection(grpcQuestion(network, machine, host, check), {
      onVerdict: (_, verdict) => finish(reasonOf(verdict)),
      onLost: ({ connected }, _, cause) => finish(lostReason(cause, connected)),
    });
    connection.dial(dialer, host.address, timeoutMs + DIAL_GRACE_MS);
  });
}

const DIAL_GRACE_MS = 1000;

function lostReason(cause: CloseCause | null, connected: boolean): string {
  return cause === null ? "the host broke the call off" : closeReason(cause, connected);
}

function reasonOf(verdict: GrpcVerdict): string {
  if (passes(verdict)) return "";
  const { status, message, serving } = verdict;
  if (status !== 0) return `grpc-status ${status}${message === "" ? "" : `: ${message}`}`;
  return serving === null ? "grpc-status 0, but no message" : `the service is ${SERVING_STATUSES[serving] ?? serving}`;
}
