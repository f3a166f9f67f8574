/** A worker's half of outlier detection and of checks that fail by the host's own word: it counts in memory that all workers share, and tells control when a row is long enough. */
import type { Host } from "../contract/host.ts";
import type { HostEvent, HostMonitor } from "../contract/host-monitor.ts";
import type { RuntimeView } from "../contract/request-view.ts";
import { formatAddress } from "../platform/address.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import type { OutlierNumber, OutlierPlan } from "./outlier-plan.ts";
import { W_5XX, W_EXTERNAL_SUCCESS, W_EXTERNAL_TOTAL, W_GATEWAY, W_LOCAL, W_LOCAL_SUCCESS, W_LOCAL_TOTAL } from "./outlier-stats.ts";
import { runtimeNumber } from "./runtime-number.ts";

/** A host that is watched has windows (`WINDOW_SHAPE`). */
export interface WatchedHost extends Host {
  readonly window: StatBlock | null;
}

export class HostWatch implements HostMonitor {
  private readonly plan: OutlierPlan | undefined;
  private readonly checked: boolean;
  private readonly runtime: RuntimeView;
  private readonly report: (address: string, event: HostEvent) => void;

  /** `checked`: the cluster has active checks. */
  constructor(plan: OutlierPlan | undefined, checked: boolean, runtime: RuntimeView, report: (address: string, event: HostEvent) => void) {
    this.plan = plan;
    this.checked = checked;
    this.runtime = runtime;
    this.report = report;
  }

  connected(host: Host): void {
    if (this.plan?.split === true) this.countLocal(host, true);
  }

  answered(host: Host, status: number, degraded: boolean, immediate: boolean): void {
    if (immediate && this.checked) this.tell(host, "immediate-fail");
    if (this.plan === undefined) return;
    if (degraded && status < 500 && this.plan.detectDegraded) this.tell(host, "DEGRADED");
    this.countStatus(host, status);
  }

  timedOut(host: Host, status: number): void {
    if (this.plan?.split === true) this.countLocal(host, false);
    else this.countStatus(host, status);
  }

  broken(host: Host): void {
    if (this.plan?.split === true) this.countLocal(host, false);
    else this.countStatus(host, 503);
  }

  private countStatus(host: Host, status: number): void {
    const { window } = host as WatchedHost;
    if (window === null) return;
    window.inc(W_EXTERNAL_TOTAL);
    if (status < 500 || status >= 600) {
      window.inc(W_EXTERNAL_SUCCESS);
      window.zero(W_5XX);
      window.zero(W_GATEWAY);
      return;
    }
    if (status >= 502 && status <= 504) this.raise(host, window, W_GATEWAY, "consecutive_gateway_failure", "CONSECUTIVE_GATEWAY_FAILURE");
    else window.zero(W_GATEWAY);
    this.raise(host, window, W_5XX, "consecutive_5xx", "CONSECUTIVE_5XX");
  }

  private countLocal(host: Host, success: boolean): void {
    const { window } = host as WatchedHost;
    if (window === null) return;
    window.inc(W_LOCAL_TOTAL);
    if (!success) return this.raise(host, window, W_LOCAL, "consecutive_local_origin_failure", "CONSECUTIVE_LOCAL_ORIGIN_FAILURE");
    window.inc(W_LOCAL_SUCCESS);
    window.zero(W_LOCAL);
  }

  private raise(host: Host, window: StatBlock, place: number, name: OutlierNumber, event: HostEvent): void {
    const most = this.plan?.numbers[name] ?? 0;
    if (window.raise(place) === runtimeNumber(this.runtime, `outlier_detection.${name}`, most)) this.tell(host, event);
  }

  private tell(host: Host, event: HostEvent): void {
    this.report(formatAddress(host.address), event);
  }
}
