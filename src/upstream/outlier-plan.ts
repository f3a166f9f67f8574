/** `Cluster.outlier_detection` compiled. Pure. */
import { optionalMs } from "../base/duration.ts";
import type { OutlierDetection } from "../schema/generated/envoy/config/cluster/v3.ts";

export const honours = {
  "envoy.config.cluster.v3.Cluster": ["outlier_detection"],
  "envoy.config.cluster.v3.OutlierDetection": [
    "consecutive_5xx", "interval", "base_ejection_time", "max_ejection_percent", "enforcing_consecutive_5xx", "enforcing_success_rate", "success_rate_minimum_hosts",
    "success_rate_request_volume", "success_rate_stdev_factor", "consecutive_gateway_failure", "enforcing_consecutive_gateway_failure", "split_external_local_origin_errors",
    "consecutive_local_origin_failure", "enforcing_consecutive_local_origin_failure", "enforcing_local_origin_success_rate", "failure_percentage_threshold",
    "enforcing_failure_percentage", "enforcing_failure_percentage_local_origin", "failure_percentage_minimum_hosts", "failure_percentage_request_volume", "max_ejection_time",
    "max_ejection_time_jitter", "successful_active_health_check_uneject_host", "always_eject_one_host", "detect_degraded_hosts",
  ],
} as const;

export type EjectionType =
  | "CONSECUTIVE_5XX" | "CONSECUTIVE_GATEWAY_FAILURE" | "CONSECUTIVE_LOCAL_ORIGIN_FAILURE" | "SUCCESS_RATE" | "SUCCESS_RATE_LOCAL_ORIGIN" | "FAILURE_PERCENTAGE"
  | "FAILURE_PERCENTAGE_LOCAL_ORIGIN";

export interface OutlierPlan {
  /** Names as in the runtime, behind `outlier_detection.`; percents and counts as they are, times in ms. */
  readonly numbers: Readonly<Record<OutlierNumber, number>>;
  /** Percent of the ejections of each kind that are carried out. */
  readonly enforcing: Readonly<Record<EjectionType, number>>;
  /** Errors of the connection are told from those of the host's answers. */
  readonly split: boolean;
  readonly alwaysOne: boolean;
  readonly detectDegraded: boolean;
  /** A passed health check ends an ejection. */
  readonly unejectByCheck: boolean;
}

export type OutlierNumber =
  | "interval_ms" | "base_ejection_time_ms" | "max_ejection_time_ms" | "max_ejection_time_jitter_ms" | "max_ejection_percent" | "consecutive_5xx" | "consecutive_gateway_failure"
  | "consecutive_local_origin_failure" | "success_rate_minimum_hosts" | "success_rate_request_volume" | "success_rate_stdev_factor" | "failure_percentage_threshold"
  | "failure_percentage_minimum_hosts" | "failure_percentage_request_volume";

export function compileOutliers(config: OutlierDetection | undefined): OutlierPlan | undefined {
  if (config === undefined) return undefined;
  const base = optionalMs(config.base_ejection_time) ?? 30_000;
  return {
    numbers: {
      interval_ms: optionalMs(config.interval) ?? 10_000, base_ejection_time_ms: base, max_ejection_time_ms: optionalMs(config.max_ejection_time) ?? Math.max(300_000, base),
      max_ejection_time_jitter_ms: optionalMs(config.max_ejection_time_jitter) ?? 0, max_ejection_percent: config.max_ejection_percent ?? 10,
      consecutive_5xx: config.consecutive_5xx ?? 5, consecutive_gateway_failure: config.consecutive_gateway_failure ?? 5,
      consecutive_local_origin_failure: config.consecutive_local_origin_failure ?? 5, success_rate_minimum_hosts: config.success_rate_minimum_hosts ?? 5,
      success_rate_request_volume: config.success_rate_request_volume ?? 100, success_rate_stdev_factor: config.success_rate_stdev_factor ?? 1900,
      failure_percentage_threshold: config.failure_percentage_threshold ?? 85, failure_percentage_minimum_hosts: config.failure_percentage_minimum_hosts ?? 5,
      failure_percentage_request_volume: config.failure_percentage_request_volume ?? 50,
    },
    enforcing: {
      CONSECUTIVE_5XX: config.enforcing_consecutive_5xx ?? 100, CONSECUTIVE_GATEWAY_FAILURE: config.enforcing_consecutive_gateway_failure ?? 0,
      CONSECUTIVE_LOCAL_ORIGIN_FAILURE: config.enforcing_consecutive_local_origin_failure ?? 100, SUCCESS_RATE: config.enforcing_success_rate ?? 100,
      SUCCESS_RATE_LOCAL_ORIGIN: config.enforcing_local_origin_success_rate ?? 100, FAILURE_PERCENTAGE: config.enforcing_failure_percentage ?? 0,
      FAILURE_PERCENTAGE_LOCAL_ORIGIN: config.enforcing_failure_percentage_local_origin ?? 0,
    },
    split: config.split_external_local_origin_errors ?? false, alwaysOne: config.always_eject_one_host ?? false, detectDegraded: config.detect_degraded_hosts ?? false,
    unejectByCheck: config.successful_active_health_check_uneject_host ?? true,
  };
}

/** The runtime key of an enforcement: `outlier_detection.enforcing_...`. */
export const ENFORCING_KEYS: Readonly<Record<EjectionType, string>> = {
  CONSECUTIVE_5XX: "enforcing_consecutive_5xx", CONSECUTIVE_GATEWAY_FAILURE: "enforcing_consecutive_gateway_failure",
  CONSECUTIVE_LOCAL_ORIGIN_FAILURE: "enforcing_consecutive_local_origin_failure", SUCCESS_RATE: "enforcing_success_rate", SUCCESS_RATE_LOCAL_ORIGIN: "enforcing_local_origin_success_rate",
  FAILURE_PERCENTAGE: "enforcing_failure_percentage", FAILURE_PERCENTAGE_LOCAL_ORIGIN: "enforcing_failure_percentage_local_origin",
};
