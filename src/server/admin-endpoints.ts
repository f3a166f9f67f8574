/** The endpoints of the admin server: the list is the registry. */
import { certs, hotRestartVersion, initDump, memory, serverInfo } from "./admin-server-info.ts";
import { clusters } from "./admin-clusters.ts";
import { commands } from "./admin-commands.ts";
import { configDump } from "./admin-config-dump.ts";
import type { AdminEndpoint } from "./admin-endpoint.ts";
import { helpEndpoint } from "./admin-help.ts";
import { homeEndpoint } from "./admin-home.ts";
import { listeners } from "./admin-listeners.ts";
import { logging } from "./admin-logging.ts";
import { lookups, profilers } from "./admin-profilers.ts";
import { ready } from "./admin-ready.ts";
import { runtime, runtimeModify } from "./admin-runtime.ts";
import { prometheus, stats } from "./admin-stats.ts";

export const ADMIN_ENDPOINTS: readonly AdminEndpoint[] = [
  homeEndpoint(() => ADMIN_ENDPOINTS), helpEndpoint(() => ADMIN_ENDPOINTS), ready, stats, prometheus, clusters, listeners, configDump, serverInfo, memory,
  certs, hotRestartVersion, initDump, runtime, runtimeModify, logging, ...commands, ...profilers, ...lookups,
];
