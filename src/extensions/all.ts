/** The extensions of this build. This list is the registry: adding one is its file, its test and a line here. */
import type { Extension } from "../contract/extension.ts";
import { fileAccessLog } from "./access/file.ts";
import { stderrAccessLog } from "./access/stderr.ts";
import { stdoutAccessLog } from "./access/stdout.ts";
import { buffer } from "./http/buffer.ts";
import { cors } from "./http/cors.ts";
import { headerMutation } from "./http/header-mutation.ts";
import { healthCheck } from "./http/health-check.ts";
import { router } from "./http/router.ts";
import { httpConnectionManager } from "./network/http-connection-manager.ts";
import { tcpProxy } from "./network/tcp-proxy.ts";
import { allowListedRoutes } from "./redirect/allow-listed-routes.ts";
import { previousRoutes } from "./redirect/previous-routes.ts";
import { safeCrossScheme } from "./redirect/safe-cross-scheme.ts";
import { previousHosts } from "./retry/previous-hosts.ts";
import { rawBufferDownstream, rawBufferUpstream } from "./transport/raw-buffer.ts";

export const ALL_EXTENSIONS: readonly Extension[] = [
  fileAccessLog,
  stderrAccessLog,
  stdoutAccessLog,
  buffer,
  cors,
  headerMutation,
  healthCheck,
  router,
  httpConnectionManager,
  tcpProxy,
  allowListedRoutes,
  previousRoutes,
  safeCrossScheme,
  previousHosts,
  rawBufferDownstream,
  rawBufferUpstream,
];
