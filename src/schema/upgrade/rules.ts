/** All rules of the upgrade. */
import { ACCESS_LOG_RULES } from "./access-log-rules.ts";
import { BOOTSTRAP_RULES } from "./bootstrap-rules.ts";
import { CLUSTER_RULES } from "./cluster-rules.ts";
import { CONNECTION_MANAGER_FINISHERS, CONNECTION_MANAGER_RULES } from "./connection-manager-rules.ts";
import { EXTENSION_FINISHERS, EXTENSION_RULES } from "./extension-rules.ts";
import { GZIP_FINISHERS, GZIP_RULES } from "./gzip-rules.ts";
import { HEALTH_RULES } from "./health-rules.ts";
import { HTTP_FILTER_RULES } from "./http-filter-rules.ts";
import { LISTENER_FINISHERS, LISTENER_RULES } from "./listener-rules.ts";
import type { Finishers, Rules } from "./message-upgrade.ts";
import { NETWORK_FILTER_RULES } from "./network-filter-rules.ts";
import { RATE_LIMIT_RULES } from "./rate-limit-rules.ts";
import { ROUTE_MATCH_RULES } from "./route-match-rules.ts";
import { ROUTE_RULES } from "./route-rules.ts";
import { SOURCE_FINISHERS, SOURCE_RULES } from "./source-rules.ts";
import { TLS_RULES } from "./tls-rules.ts";
import { TRACING_FINISHERS, TRACING_RULES } from "./tracing-rules.ts";

export const RULES: Rules = {
  ...EXTENSION_RULES, ...BOOTSTRAP_RULES, ...CLUSTER_RULES, ...HEALTH_RULES, ...LISTENER_RULES, ...CONNECTION_MANAGER_RULES, ...ACCESS_LOG_RULES, ...ROUTE_RULES,
  ...ROUTE_MATCH_RULES, ...RATE_LIMIT_RULES, ...HTTP_FILTER_RULES, ...GZIP_RULES, ...NETWORK_FILTER_RULES, ...SOURCE_RULES, ...TLS_RULES, ...TRACING_RULES,
};

export const FINISHERS: Finishers = {
  ...EXTENSION_FINISHERS, ...LISTENER_FINISHERS, ...CONNECTION_MANAGER_FINISHERS, ...GZIP_FINISHERS, ...SOURCE_FINISHERS,
  ...TRACING_FINISHERS,
};
