/** The event log of outlier detection: a line of JSON for each (`envoy.data.cluster.v3.OutlierDetectionEvent`, its fields in their order). */
import { toWire } from "../../base/wire-text.ts";
import type { LogSink } from "../../contract/env.ts";
import type { Clock } from "../../platform/clock.ts";
import type { EjectionType } from "../../upstream/outlier-plan.ts";
import type { OutlierHost } from "./outlier-host.ts";

/** Averages of the cluster, percent; -1 where they are not known. */
export interface RateAverages {
  readonly average: number;
  readonly threshold: number;
}

export class OutlierEvents {
  private readonly sink: LogSink | null;
  private readonly cluster: string;
  private readonly clock: Clock;

  constructor(sink: LogSink | null, cluster: string, clock: Clock) {
    this.sink = sink;
    this.cluster = cluster;
    this.clock = clock;
  }

  ejected(host: OutlierHost, type: EjectionType | "DEGRADED", enforced: boolean, averages: RateAverages): void {
    this.write(host, type, "EJECT", enforced, host.lastUnejection, causeOf(host, type, averages));
  }

  returned(host: OutlierHost): void {
    this.write(host, "CONSECUTIVE_5XX", "UNEJECT", false, host.lastEjection, {});
  }

  private write(host: OutlierHost, type: string, action: string, enforced: boolean, since: number, cause: object): void {
    this.sink?.write(toWire(`${JSON.stringify({
      type, timestamp: new Date(this.clock.wall()).toISOString(), ...(since < 0 ? {} : { secs_since_last_action: String(Math.floor((this.clock.now() - since) / 1000)) }),
      cluster_name: this.cluster, upstream_url: host.address, action, num_ejections: host.ejections, enforced, ...cause,
    })}\n`));
  }
}

function causeOf(host: OutlierHost, type: EjectionType | "DEGRADED", { average, threshold }: RateAverages): object {
  const rate = type.endsWith("LOCAL_ORIGIN") ? host.local : host.external;
  if (type.startsWith("SUCCESS_RATE")) {
    return { eject_success_rate_event: { host_success_rate: whole(rate), cluster_average_success_rate: whole(average), cluster_success_rate_ejection_threshold: whole(threshold) } };
  }
  if (type.startsWith("FAILURE_PERCENTAGE")) return { eject_failure_percentage_event: { host_success_rate: whole(rate) } };
  return { eject_consecutive_event: {} };
}

function whole(percent: number): number {
  return Math.trunc(percent) >>> 0;
}
