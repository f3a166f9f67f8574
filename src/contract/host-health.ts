/**
 * A host's health as a word of flags: discovery, active health checks and outlier detection each set their own (Envoy's
 * `Host::HealthFlag`, the same bits). Control writes it, workers read it.
 */
export const FAILED_ACTIVE_HC = 0x1;
export const FAILED_OUTLIER_CHECK = 0x2;
export const FAILED_EDS_HEALTH = 0x4;
export const DEGRADED_ACTIVE_HC = 0x8;
export const DEGRADED_EDS_HEALTH = 0x10;
export const PENDING_DYNAMIC_REMOVAL = 0x20;
export const PENDING_ACTIVE_HC = 0x40;
export const EXCLUDED_VIA_IMMEDIATE_HC_FAIL = 0x80;
export const ACTIVE_HC_TIMEOUT = 0x100;
export const EDS_STATUS_DRAINING = 0x200;
export const DEGRADED_OUTLIER_DETECTION = 0x400;

const UNHEALTHY = FAILED_ACTIVE_HC | FAILED_OUTLIER_CHECK | FAILED_EDS_HEALTH | EDS_STATUS_DRAINING;
const DEGRADED = DEGRADED_ACTIVE_HC | DEGRADED_EDS_HEALTH | DEGRADED_OUTLIER_DETECTION;
const EXCLUDED = PENDING_ACTIVE_HC | EXCLUDED_VIA_IMMEDIATE_HC_FAIL | EDS_STATUS_DRAINING;

/** What discovery, and discovery alone, may set. */
export const EDS_FLAGS = FAILED_EDS_HEALTH | DEGRADED_EDS_HEALTH | EDS_STATUS_DRAINING;
/** What active health checks set. */
export const CHECK_FLAGS = FAILED_ACTIVE_HC | DEGRADED_ACTIVE_HC | PENDING_ACTIVE_HC | EXCLUDED_VIA_IMMEDIATE_HC_FAIL | ACTIVE_HC_TIMEOUT;

export function isUnhealthy(flags: number): boolean {
  return (flags & UNHEALTHY) !== 0;
}

export function isDegraded(flags: number): boolean {
  return (flags & UNHEALTHY) === 0 && (flags & DEGRADED) !== 0;
}

export function isHealthy(flags: number): boolean {
  return (flags & (UNHEALTHY | DEGRADED)) === 0;
}

/** Left out of the arithmetic of panic and priorities: it is not known yet, or leaves. */
export function isExcluded(flags: number): boolean {
  return (flags & EXCLUDED) !== 0;
}

/** Names as `/clusters` prints them, in its order. */
export const FLAG_NAMES: readonly (readonly [number, string])[] = [
  [FAILED_ACTIVE_HC, "failed_active_hc"], [FAILED_OUTLIER_CHECK, "failed_outlier_check"], [FAILED_EDS_HEALTH, "failed_eds_health"],
  [DEGRADED_ACTIVE_HC, "degraded_active_hc"], [DEGRADED_EDS_HEALTH, "degraded_eds_health"], [PENDING_DYNAMIC_REMOVAL, "pending_dynamic_removal"],
  [PENDING_ACTIVE_HC, "pending_active_hc"], [EXCLUDED_VIA_IMMEDIATE_HC_FAIL, "excluded_via_immediate_hc_fail"], [ACTIVE_HC_TIMEOUT, "active_hc_timeout"],
  [EDS_STATUS_DRAINING, "eds_status_draining"], [DEGRADED_OUTLIER_DETECTION, "degraded_outlier_detection"],
];
