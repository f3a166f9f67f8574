/** The checks of one host: what came of the last ones, and when the next is due (Envoy's ActiveHealthCheckSession). */
import * as H from "../../contract/host-health.ts";
import type { HostSpec } from "../../contract/host-spec.ts";
import type { RuntimeView } from "../../contract/request-view.ts";
import { placeIn } from "../../contract/stat-layout.ts";
import type { Clock, Timer } from "../../platform/clock.ts";
import type { Random } from "../../platform/random.ts";
import type { StatBlock } from "../../stats/stat-block.ts";
import { CHECK_SHAPE } from "../../upstream/cluster-stats.ts";
import type { CheckEvents } from "./check-events.ts";
import type { CheckFailure, CheckProbe, ProbeOwner } from "./check-probe.ts";
import { type CheckRules, firstCheck, nextCheck } from "./check-rules.ts";

/** What the sessions of a cluster share. */
export interface SessionSurroundings {
  readonly clock: Clock;
  readonly random: Random;
  readonly runtime: RuntimeView;
  readonly rules: CheckRules;
  /** `CHECK_SHAPE`. */
  readonly stats: StatBlock;
  readonly events: CheckEvents;
  readonly logFailures: boolean;
  readonly logSuccesses: boolean;
  /** The cluster has ever had a connection. */
  hasTraffic(): boolean;
  /** The flags of a session changed, or its first check is through. */
  changed(session: HostSession): void;
  passed(session: HostSession): void;
}

const at = (name: string): number => placeIn(CHECK_SHAPE, name);
const [ATTEMPT, FAILURE, NETWORK_FAILURE, PASSIVE_FAILURE, SUCCESS, VERIFY_CLUSTER, DEGRADED, HEALTHY] = [
  at("attempt"), at("failure"), at("network_failure"), at("passive_failure"), at("success"), at("verify_cluster"), at("degraded"), at("healthy"),
];

export class HostSession implements ProbeOwner {
  host: HostSpec;
  flags: number;
  /** No check has come to an end yet. */
  first = true;
  private readonly shared: SessionSurroundings;
  private readonly probe: CheckProbe;
  private readonly interval: Timer;
  private readonly timeout: Timer;
  private passed = 0;
  private failed = 0;
  private closed = false;

  constructor(host: HostSpec, flags: number, shared: SessionSurroundings, probe: (owner: ProbeOwner) => CheckProbe) {
    this.host = host;
    this.flags = flags;
    this.shared = shared;
    this.probe = probe(this);
    this.interval = shared.clock.timer(() => this.begin());
    this.timeout = shared.clock.timer(() => this.tooLate());
    if (!this.has(H.FAILED_ACTIVE_HC)) shared.stats.add(HEALTHY, 1);
  }

  start(): void {
    const { rules, random, runtime } = this.shared;
    const wait = firstCheck(rules, random, runtime);
    if (wait === 0) this.begin();
    else this.interval.arm(wait);
  }

  close(): void {
    if (this.closed) return;
    this.closed = true;
    this.interval.cancel();
    this.timeout.cancel();
    this.probe.close();
    if (!this.has(H.FAILED_ACTIVE_HC)) this.shared.stats.sub(HEALTHY, 1);
    if (this.has(H.DEGRADED_ACTIVE_HC)) this.shared.stats.sub(DEGRADED, 1);
  }

  onServiceVerified(): void {
    this.shared.stats.inc(VERIFY_CLUSTER);
  }

  onPassed(degraded: boolean): void {
    if (this.closed) return;
    const { stats, events, rules } = this.shared;
    const before = this.flags;
    let pending = false;
    this.failed = 0;
    const first = this.first;
    if (this.has(H.FAILED_ACTIVE_HC)) {
      // the very first check decides alone
      if (first || ++this.passed === rules.healthyThreshold) {
        this.clear(H.ACTIVE_HC_TIMEOUT | H.EXCLUDED_VIA_IMMEDIATE_HC_FAIL | H.FAILED_ACTIVE_HC);
        stats.add(HEALTHY, 1);
        events.added(this.host, first);
      } else {
        pending = true;
      }
    }
    if (this.flags === before && this.shared.logSuccesses) events.passed(this.host);
    if (this.has(H.PENDING_ACTIVE_HC)) pending = false;
    this.clear(H.PENDING_ACTIVE_HC);
    this.markDegraded(degraded);
    stats.inc(SUCCESS);
    this.settle(before, { healthy: true, pending });
    this.shared.passed(this);
  }

  onFailed(failure: CheckFailure): void {
    if (this.closed) return;
    const { stats } = this.shared;
    if (failure.immediate) this.flags |= H.EXCLUDED_VIA_IMMEDIATE_HC_FAIL;
    const before = failure.immediate ? -1 : this.flags;
    const pending = this.markFailed(failure);
    if (failure.kind === "NETWORK_TIMEOUT" && this.has(H.FAILED_ACTIVE_HC)) this.flags |= H.ACTIVE_HC_TIMEOUT;
    else this.clear(H.ACTIVE_HC_TIMEOUT);
    const settled = this.has(H.PENDING_ACTIVE_HC);
    this.clear(H.PENDING_ACTIVE_HC);
    if (this.first || this.shared.logFailures) this.shared.events.failed(this.host, failure, this.first);
    stats.inc(FAILURE);
    if (isNetwork(failure)) stats.inc(NETWORK_FAILURE);
    else if (failure.kind === "PASSIVE") stats.inc(PASSIVE_FAILURE);
    if (failure.kind === "PASSIVE") this.tell(before);
    else this.settle(before, { healthy: false, pending: pending && !settled });
  }

  /** The host itself says, in answer to a request, that it is to be left out. */
  failImmediately(): void {
    if (this.closed) return;
    this.onFailed({ kind: "PASSIVE", retriable: false, status: 0, immediate: true });
  }

  private begin(): void {
    this.timeout.arm(this.shared.rules.timeoutMs);
    this.shared.stats.inc(ATTEMPT);
    this.probe.begin();
  }

  private tooLate(): void {
    this.probe.abandon();
    this.onFailed({ kind: "NETWORK_TIMEOUT", retriable: false, status: 0, immediate: false });
  }

  /** True: it is not failed yet, but will be. */
  private markFailed(failure: CheckFailure): boolean {
    this.passed = 0;
    if (this.has(H.FAILED_ACTIVE_HC)) return false;
    const atOnce = !isNetwork(failure) && !failure.retriable;
    if (!atOnce && ++this.failed !== this.shared.rules.unhealthyThreshold) return true;
    this.flags |= H.FAILED_ACTIVE_HC;
    this.shared.stats.sub(HEALTHY, 1);
    this.shared.events.ejected(this.host, failure);
    return false;
  }

  private markDegraded(degraded: boolean): void {
    if (degraded === this.has(H.DEGRADED_ACTIVE_HC)) return;
    this.shared.events.degraded(this.host, degraded);
    if (degraded) {
      this.flags |= H.DEGRADED_ACTIVE_HC;
      this.shared.stats.add(DEGRADED, 1);
    } else {
      this.clear(H.DEGRADED_ACTIVE_HC); // the gauge stays, as in Envoy 1.40
    }
  }

  private settle(before: number, state: { readonly healthy: boolean; readonly pending: boolean }): void {
    const { rules, random, runtime } = this.shared;
    this.timeout.cancel();
    this.tell(before);
    if (!this.closed) this.interval.arm(nextCheck(rules, { ...state, traffic: this.shared.hasTraffic() }, random, runtime));
  }

  private tell(before: number): void {
    const { first } = this;
    this.first = false;
    if (first || before !== this.flags) this.shared.changed(this);
  }

  private has(flag: number): boolean {
    return (this.flags & flag) !== 0;
  }

  private clear(flags: number): void {
    this.flags &= ~flags;
  }
}

function isNetwork({ kind }: CheckFailure): boolean {
  return kind === "NETWORK" || kind === "NETWORK_TIMEOUT";
}
