/** Checks hosts side by side, a bounded number at a time and within a bounded time; again and again where it is asked to wait. */
import type { MachineFacts } from "../../match/format/format-context.ts";
import { formatAddress, ipAddress, type SocketAddress } from "../../platform/address.ts";
import type { Resolver } from "../../platform/dns.ts";
import type { Dialer } from "../../platform/conn.ts";
import type { TransportSocket } from "../../schema/generated/envoy/config/core/v3.ts";
import type { CheckPlan } from "./check-plan.ts";
import type { Network } from "./exchange.ts";
import { probeGrpc } from "./grpc-probe.ts";
import { probeHttp, type ProbeHost, type ProbeOutcome } from "./http-probe.ts";
import type { Result } from "./result.ts";
import type { Place, Target } from "./targets.ts";
import { probeTcp } from "./tcp-probe.ts";

export interface Surroundings extends Network {
  readonly resolver: Resolver;
  readonly facts: MachineFacts;
  /** What dials through a transport socket, or why nothing does; absent: nothing does. */
  readonly secured?: (socket: TransportSocket) => Dialer | string;
}

export interface ProbeOptions {
  /** Instead of each check's own, ms. */
  readonly timeoutMs: number | undefined;
  /** For everything, ms. */
  readonly overallMs: number;
}

/** Checks at one time. */
const ABREAST = 64;

/** Checks every target once; results in the targets' order, a name's addresses one after the other. Never rejects. */
export async function probeOnce(targets: readonly Target[], around: Surroundings, { timeoutMs, overallMs }: ProbeOptions): Promise<Result[]> {
  const round = new Round(around, timeoutMs, around.clock.now() + overallMs);
  const results: Result[][] = targets.map(() => []);
  let next = 0;
  const lane = async (): Promise<void> => {
    for (let i = next++; i < targets.length; i = next++) results[i] = await round.check(targets[i] as Target);
  };
  await Promise.all(Array.from({ length: Math.min(ABREAST, targets.length) }, lane));
  return results.flat();
}

class Round {
  private readonly around: Surroundings;
  private readonly timeoutMs: number | undefined;
  private readonly deadline: number;

  constructor(around: Surroundings, timeoutMs: number | undefined, deadline: number) {
    this.around = around;
    this.timeoutMs = timeoutMs;
    this.deadline = deadline;
  }

  async check(target: Target): Promise<Result[]> {
    const { place, check } = target;
    if (place.kind === "nowhere") return [resultOf(target, "", place.status, null, place.reason, true)];
    if (check.kind === "undone") return [resultOf(target, "", "unknown", null, check.reason, true)];
    if (place.kind === "address") return [await this.probe(target, place.address, check)];
    return this.checkName(target, place, check);
  }

  private async checkName(target: Target, place: Extract<Place, { kind: "name" }>, check: Exclude<CheckPlan, { kind: "undone" }>): Promise<Result[]> {
    const left = this.left();
    if (left <= 0) return [late(target, "")];
    const found = await this.around.resolver.resolve(place.name, place.family, { timeoutMs: Math.min(RESOLVE_MS, left) });
    if ("error" in found) return [resultOf(target, "", "unhealthy", null, `the name does not resolve: ${found.error}`)];
    const addresses = place.first ? found.addresses.slice(0, 1) : found.addresses;
    return Promise.all(addresses.map((ip) => this.probe(target, ipAddress(ip, place.port), check)));
  }

  private async probe(target: Target, address: SocketAddress, check: Exclude<CheckPlan, { kind: "undone" }>): Promise<Result> {
    const left = this.left();
    if (left <= 0) return late(target, formatAddress(address));
    const dialer = this.dialerOf(target);
    if (typeof dialer === "string") return resultOf(target, formatAddress(address), "unhealthy", null, dialer, true);
    const limit = Math.ceil(Math.min(this.timeoutMs ?? check.timeoutMs, left));
    return declared(target, formatAddress(address), await this.ask({ ...this.around, dialer }, { address, hostname: target.hostname }, check, limit));
  }

  private dialerOf({ socket }: Target): Dialer | string {
    return socket === null ? this.around.dialer : (this.around.secured?.(socket) ?? "its transport socket is not spoken here");
  }

  private ask(around: Surroundings, host: ProbeHost, check: Exclude<CheckPlan, { kind: "undone" }>, limitMs: number): Promise<ProbeOutcome> {
    if (check.kind === "http") return probeHttp(around, around.facts, host, check, limitMs);
    return check.kind === "grpc" ? probeGrpc(around, around.facts, host, check, limitMs) : probeTcp(around, host.address, check, limitMs);
  }

  private left(): number {
    return this.deadline - this.around.clock.now();
  }
}

const RESOLVE_MS = 5000;

/** A host that passes its check is out of rotation all the same where its endpoint says so. */
function declared(target: Target, address: string, { status, ms, reason }: ProbeOutcome): Result {
  const out = target.declared === "UNHEALTHY" || target.declared === "DRAINING" || target.declared === "TIMEOUT";
  if (status === "unhealthy" || !out) return resultOf(target, address, status, ms, reason);
  return resultOf(target, address, "unhealthy", ms, `passes its check, but its health_status is ${target.declared}`, true);
}

function late(target: Target, address: string): Result {
  return resultOf(target, address, "unhealthy", null, "time was up before it could be checked");
}

function resultOf(target: Target, address: string, status: Result["status"], latencyMs: number | null, reason: string, lasting = false): Result {
  return { cluster: target.cluster, host: target.host, address, status, check: target.check.label, latencyMs, reason, lasting };
}
