/** The filter that answers health checks. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";

export const HTTP_HEALTH_CHECK_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.http.health_check.v3.HealthCheck", (config, refuse) => {
    const percentages = config.cluster_min_healthy_percentages ?? {};
    for (const [cluster, percent] of Object.entries(percentages)) if (Number.isNaN(Number(percent.value ?? 0))) refuse(percentages, cluster, "a percentage cannot be NaN");
    const passes = config.pass_through_mode === true;
    if (!passes && config.cache_time !== undefined) refuse(config, "cache_time", "cache_time is for pass_through_mode only");
    if (passes && Object.keys(percentages).length > 0) refuse(config, "cluster_min_healthy_percentages", "cluster_min_healthy_percentages is not for pass_through_mode");
  }),
];
