/** Checks of extensions that legate cannot run: what Envoy's factories reject. Adding one is its file, its test and a line here. */
import type { MessageCheck } from "../../contract/message-check.ts";
import { ACCESS_STATS_CHECKS } from "./access-stats.ts";
import { CEL_EXPRESSION_CHECKS } from "./cel-expression.ts";
import { COMPRESSION_ZSTD_CHECKS } from "./compression-zstd.ts";
import { HTTP_ADDRESSES_CHECKS } from "./http-addresses.ts";
import { HTTP_AWS_CHECKS } from "./http-aws.ts";
import { HTTP_BASIC_AUTH_CHECKS } from "./http-basic-auth.ts";
import { HTTP_CUSTOM_RESPONSE_CHECKS } from "./http-custom-response.ts";
import { HTTP_EXT_PROC_CHECKS } from "./http-ext-proc.ts";
import { HTTP_FILES_CHECKS } from "./http-files.ts";
import { HTTP_HEADER_TO_METADATA_CHECKS } from "./http-header-to-metadata.ts";
import { HTTP_HEALTH_CHECK_CHECKS } from "./http-health-check.ts";
import { HTTP_EXT_AUTHZ_CHECKS } from "./http-ext-authz.ts";
import { HTTP_JWT_AUTHN_CHECKS } from "./http-jwt-authn.ts";
import { HTTP_LIMITS_CHECKS } from "./http-limits.ts";
import { HTTP_LUA_CHECKS } from "./http-lua.ts";
import { HTTP_OAUTH2_CHECKS } from "./http-oauth2.ts";
import { HTTP_SOURCES_CHECKS } from "./http-sources.ts";
import { HTTP_TAP_CHECKS } from "./http-tap.ts";
import { HTTP_TO_METADATA_CHECKS } from "./http-to-metadata.ts";
import { MATCHER_ACTIONS_CHECKS } from "./matcher-actions.ts";
import { MATCHER_INPUTS_CHECKS } from "./matcher-inputs.ts";
import { NETWORK_DUBBO_CHECKS } from "./network-dubbo.ts";
import { NETWORK_OTHERS_CHECKS } from "./network-others.ts";
import { NETWORK_REVERSE_TUNNEL_CHECKS } from "./network-reverse-tunnel.ts";
import { NETWORK_TCP_PROXY_CHECKS } from "./network-tcp-proxy.ts";
import { NETWORK_THRIFT_CHECKS } from "./network-thrift.ts";
import { RBAC_PRINCIPAL_CHECKS } from "./rbac-principals.ts";
import { REQUIRED_PARTS_CHECKS } from "./required-parts.ts";
import { RESOURCE_MONITORS_CHECKS } from "./resource-monitors.ts";
import { TLS_CONTEXT_CHECKS } from "./tls-context.ts";
import { TRACERS_CHECKS } from "./tracers.ts";
import { TRANSPORT_INTERNAL_CHECKS } from "./transport-internal.ts";
import { UDP_PROXY_CHECKS } from "./udp-proxy.ts";
import { UPSTREAM_FILTERS_CHECKS } from "./upstream-filters.ts";

export const EXTENSION_CHECKS: readonly MessageCheck[] = [
  ...ACCESS_STATS_CHECKS,
  ...CEL_EXPRESSION_CHECKS,
  ...COMPRESSION_ZSTD_CHECKS,
  ...HTTP_ADDRESSES_CHECKS,
  ...HTTP_AWS_CHECKS,
  ...HTTP_BASIC_AUTH_CHECKS,
  ...HTTP_CUSTOM_RESPONSE_CHECKS,
  ...HTTP_EXT_PROC_CHECKS,
  ...HTTP_FILES_CHECKS,
  ...HTTP_HEADER_TO_METADATA_CHECKS,
  ...HTTP_HEALTH_CHECK_CHECKS,
  ...HTTP_EXT_AUTHZ_CHECKS, ...HTTP_JWT_AUTHN_CHECKS,
  ...HTTP_LIMITS_CHECKS,
  ...HTTP_LUA_CHECKS,
  ...HTTP_OAUTH2_CHECKS,
  ...HTTP_SOURCES_CHECKS,
  ...HTTP_TAP_CHECKS,
  ...HTTP_TO_METADATA_CHECKS,
  ...MATCHER_ACTIONS_CHECKS,
  ...MATCHER_INPUTS_CHECKS,
  ...NETWORK_DUBBO_CHECKS,
  ...NETWORK_OTHERS_CHECKS,
  ...NETWORK_REVERSE_TUNNEL_CHECKS,
  ...NETWORK_TCP_PROXY_CHECKS,
  ...NETWORK_THRIFT_CHECKS,
  ...RBAC_PRINCIPAL_CHECKS,
  ...REQUIRED_PARTS_CHECKS,
  ...RESOURCE_MONITORS_CHECKS,
  ...TLS_CONTEXT_CHECKS,
  ...TRACERS_CHECKS,
  ...TRANSPORT_INTERNAL_CHECKS,
  ...UDP_PROXY_CHECKS,
  ...UPSTREAM_FILTERS_CHECKS,
];
