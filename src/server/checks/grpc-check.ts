/** gRPC health checks of one host, on a connection that is kept between them (source/extensions/health_checkers/grpc). */
import type { MachineFacts } from "../../match/format/format-context.ts";
import type { CloseCause } from "../../platform/conn.ts";
import type { GrpcCheck } from "../health/check-plan.ts";
import type { Network } from "../health/exchange.ts";
import { GrpcCheckConnection, type GrpcConnectionOwner } from "../health/grpc-connection.ts";
import { type GrpcVerdict, passes } from "../health/grpc-message.ts";
import { grpcQuestion } from "../health/grpc-probe.ts";
import type { ProbeHost } from "../health/http-probe.ts";
import { type CheckProbe, NETWORK_FAILURE, type ProbeOwner } from "./check-probe.ts";

export interface GrpcProbeOptions {
  readonly network: Network;
  readonly machine: MachineFacts;
  readonly host: ProbeHost;
  readonly check: GrpcCheck;
  /** The connection is kept for the next check. */
  readonly reuse: boolean;
}

export class GrpcCheckProbe implements CheckProbe, GrpcConnectionOwner {
  private readonly options: GrpcProbeOptions;
  private readonly owner: ProbeOwner;
  private connection: GrpcCheckConnection | null = null;

  constructor(options: GrpcProbeOptions, owner: ProbeOwner) {
    this.options = options;
    this.owner = owner;
  }

  begin(): void {
    if (this.connection !== null) return this.connection.ask();
    const { network, machine, host, check } = this.options;
    this.connection = new GrpcCheckConnection(grpcQuestion(network, machine, host, check), this);
    // the check's own timer is shorter
    this.connection.dial(network.dialer, host.address, check.timeoutMs + DIAL_GRACE_MS);
  }

  abandon(): void {
    if (this.connection?.giveUp() !== true || !this.options.reuse) this.close();
  }

  close(): void {
    const { connection } = this;
    this.connection = null;
    connection?.close();
  }

  onVerdict(connection: GrpcCheckConnection, verdict: GrpcVerdict, usable: boolean): void {
    if (this.connection !== connection) return;
    if (!usable || !this.options.reuse) this.close();
    if (passes(verdict)) this.owner.onPassed(false);
    else this.owner.onFailed({ kind: "ACTIVE", retriable: false, status: 0, immediate: false });
  }

  onLost(connection: GrpcCheckConnection, asking: boolean, cause: CloseCause | null): void {
    if (this.connection !== connection) return;
    if (cause !== null || !this.options.reuse) this.close();
    if (asking) this.owner.onFailed(NETWORK_FAILURE);
  }
}

const DIAL_GRACE_MS = 1000;
