/** The extensions of this build. This list is the registry: adding one is its file, its test and a line here. */
import type { Extension } from "../contract/extension.ts";
import { fileAccessLog } from "./access/file.ts";
import { stderrAccessLog } from "./access/stderr.ts";
import { stdoutAccessLog } from "./access/stdout.ts";
import { buffer } from "./http/buffer.ts";
import { compressor } from "./http/compressor.ts";
import { cors } from "./http/cors.ts";
import { headerMutation } from "./http/header-mutation.ts";
import { healthCheck } from "./http/health-check.ts";
import { apiKeyAuth } from "./http/api-key-auth.ts";
import { basicAuth } from "./http/basic-auth.ts";
import { cdnLoop } from "./http/cdn-loop.ts";
import { csrf } from "./http/csrf.ts";
import { decompressor } from "./http/decompressor.ts";
import { extAuthz } from "./http/ext-authz.ts";
import { fault } from "./http/fault.ts";
import { headerToMetadata } from "./http/header-to-metadata.ts";
import { ipTagging } from "./http/ip-tagging.ts";
import { jsonToMetadata } from "./http/json-to-metadata.ts";
import { setFilterState } from "./http/set-filter-state.ts";
import { setMetadata } from "./http/set-metadata.ts";
import { localRateLimit } from "./http/local-ratelimit.ts";
import { jwtAuthn } from "./http/jwt-authn.ts";
import { onDemand } from "./http/on-demand.ts";
import { grpcHttp1Bridge } from "./http/grpc-http1-bridge.ts";
import { grpcStats } from "./http/grpc-stats.ts";
import { grpcWeb } from "./http/grpc-web.ts";
import { rbac } from "./http/rbac.ts";
import { statefulSession } from "./http/stateful-session.ts";
import { router } from "./http/router.ts";
import { httpInspector } from "./listener/http-inspector.ts";
import { listenerLocalRatelimit } from "./listener/local-ratelimit.ts";
import { listenerSetFilterState } from "./listener/set-filter-state.ts";
import { originalDst } from "./listener/original-dst.ts";
import { proxyProtocol } from "./listener/proxy-protocol.ts";
import { tlsInspector } from "./listener/tls-inspector.ts";
import { httpConnectionManager } from "./network/http-connection-manager.ts";
import { connectionLimit } from "./network/connection-limit.ts";
import { directResponse } from "./network/direct-response.ts";
import { echo } from "./network/echo.ts";
import { networkLocalRateLimit } from "./network/local-ratelimit.ts";
import { networkRbac } from "./network/rbac.ts";
import { networkSetFilterState } from "./network/set-filter-state.ts";
import { sniCluster } from "./network/sni-cluster.ts";
import { tcpProxy } from "./network/tcp-proxy.ts";
import { allowListedRoutes } from "./redirect/allow-listed-routes.ts";
import { previousRoutes } from "./redirect/previous-routes.ts";
import { safeCrossScheme } from "./redirect/safe-cross-scheme.ts";
import { omitCanaryHosts } from "./retry/omit-canary-hosts.ts";
import { omitHostMetadata } from "./retry/omit-host-metadata.ts";
import { previousPriorities } from "./retry/previous-priorities.ts";
import { previousHosts } from "./retry/previous-hosts.ts";
import { http11Proxy } from "./transport/http-11-proxy.ts";
import { upstreamProxyProtocol } from "./transport/proxy-protocol.ts";
import { rawBufferDownstream, rawBufferUpstream } from "./transport/raw-buffer.ts";
import { tlsDownstream } from "./transport/tls-downstream.ts";
import { tlsUpstream } from "./transport/tls-upstream.ts";

export const ALL_EXTENSIONS: readonly Extension[] = [
  fileAccessLog,
  stderrAccessLog,
  stdoutAccessLog,
  buffer,
  compressor,
  cors,
  headerMutation,
  healthCheck,
  apiKeyAuth,
  basicAuth,
  cdnLoop,
  csrf,
  decompressor,
  extAuthz,
  fault,
  headerToMetadata,
  ipTagging,
  jsonToMetadata,
  setFilterState,
  setMetadata,
  localRateLimit,
  jwtAuthn,
  onDemand,
  grpcHttp1Bridge, grpcStats, grpcWeb,
  rbac,
  statefulSession,
  router,
  httpConnectionManager,
  connectionLimit,
  directResponse,
  echo,
  networkLocalRateLimit,
  networkRbac,
  networkSetFilterState,
  sniCluster,
  tcpProxy,
  allowListedRoutes,
  previousRoutes,
  safeCrossScheme,
  previousHosts, omitCanaryHosts, omitHostMetadata, previousPriorities,
  rawBufferDownstream,
  rawBufferUpstream,
  httpInspector,
  listenerLocalRatelimit,
  listenerSetFilterState,
  originalDst,
  proxyProtocol,
  tlsInspector,
  tlsDownstream,
  tlsUpstream,
  upstreamProxyProtocol,
  http11Proxy,
];
