/** Numbers of outlier detection: those of a cluster under Envoy's names, and the windows of each host, which all workers write together. */
import { placeIn, statLayout } from "../contract/stat-layout.ts";
import { HIDDEN } from "./cluster-stats.ts";
import type { EjectionType } from "./outlier-plan.ts";

const KINDS = [
  "consecutive_5xx", "consecutive_gateway_failure", "consecutive_local_origin_failure", "failure_percentage", "local_origin_failure_percentage", "local_origin_success_rate", "success_rate",
] as const;

export const OUTLIER_SHAPE = statLayout({
  counters: [
    "ejections_consecutive_5xx", ...KINDS.map((kind) => `ejections_detected_${kind}`), "ejections_detected_degradation", ...KINDS.map((kind) => `ejections_enforced_${kind}`),
    "ejections_enforced_total", "ejections_overflow", "ejections_success_rate", "ejections_total",
  ],
  gauges: ["ejections_active"],
});

const KIND_OF: Readonly<Record<EjectionType, (typeof KINDS)[number]>> = {
  CONSECUTIVE_5XX: "consecutive_5xx", CONSECUTIVE_GATEWAY_FAILURE: "consecutive_gateway_failure", CONSECUTIVE_LOCAL_ORIGIN_FAILURE: "consecutive_local_origin_failure",
  SUCCESS_RATE: "success_rate", SUCCESS_RATE_LOCAL_ORIGIN: "local_origin_success_rate", FAILURE_PERCENTAGE: "failure_percentage", FAILURE_PERCENTAGE_LOCAL_ORIGIN: "local_origin_failure_percentage",
};

export function detectedPlace(type: EjectionType): number {
  return placeIn(OUTLIER_SHAPE, `ejections_detected_${KIND_OF[type]}`);
}

export function enforcedPlace(type: EjectionType): number {
  return placeIn(OUTLIER_SHAPE, `ejections_enforced_${KIND_OF[type]}`);
}

export const EJECTIONS_ACTIVE = placeIn(OUTLIER_SHAPE, "ejections_active");
export const EJECTIONS_CONSECUTIVE_5XX = placeIn(OUTLIER_SHAPE, "ejections_consecutive_5xx");
export const EJECTIONS_DETECTED_DEGRADATION = placeIn(OUTLIER_SHAPE, "ejections_detected_degradation");
export const EJECTIONS_ENFORCED_TOTAL = placeIn(OUTLIER_SHAPE, "ejections_enforced_total");
export const EJECTIONS_OVERFLOW = placeIn(OUTLIER_SHAPE, "ejections_overflow");
export const EJECTIONS_SUCCESS_RATE = placeIn(OUTLIER_SHAPE, "ejections_success_rate");
export const EJECTIONS_TOTAL = placeIn(OUTLIER_SHAPE, "ejections_total");

/** Of one host: failures in a row, in the whole process, and requests since the start; control takes the differences. */
export const WINDOW_SHAPE = statLayout({
  counters: ["external_total", "external_success", "local_total", "local_success"],
  limits: ["consecutive_5xx", "consecutive_gateway_failure", "consecutive_local_origin_failure"],
});
export const W_EXTERNAL_TOTAL = placeIn(WINDOW_SHAPE, "external_total");
export const W_EXTERNAL_SUCCESS = placeIn(WINDOW_SHAPE, "external_success");
export const W_LOCAL_TOTAL = placeIn(WINDOW_SHAPE, "local_total");
export const W_LOCAL_SUCCESS = placeIn(WINDOW_SHAPE, "local_success");
export const W_5XX = placeIn(WINDOW_SHAPE, "consecutive_5xx");
export const W_GATEWAY = placeIn(WINDOW_SHAPE, "consecutive_gateway_failure");
export const W_LOCAL = placeIn(WINDOW_SHAPE, "consecutive_local_origin_failure");

export function windowPrefix(cluster: string, address: string): string {
  return `${HIDDEN}outlier.${cluster}.${address}.`;
}
