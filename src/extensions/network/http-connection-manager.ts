/** The HTTP connection manager: the network filter that speaks HTTP. */
import { defineExtension } from "../../contract/extension.ts";
import { honours as keyFormat } from "../../codec/http1-key-format.ts";
import { honours as http2 } from "../../codec/http2-plan.ts";
import { honours as detection } from "../../downstream/address-detection.ts";
import { HttpConnection } from "../../downstream/http-connection.ts";
import { honours as early } from "../../downstream/early-mutations.ts";
import { honours as proxyStatus } from "../../downstream/proxy-status.ts";
import { honours as localReplies } from "../../downstream/local-replies.ts";
import { Manager } from "../../downstream/manager.ts";
import { compileManager } from "../../downstream/manager-plan.ts";
import { honours as scopedRoutes } from "../../router/scoped-routes.ts";
import { honours as logFilter } from "../../stream/log-filter.ts";
import type { HttpConnectionManager } from "../../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";

const PACKAGE = "envoy.extensions.filters.network.http_connection_manager.v3";

export const httpConnectionManager = defineExtension<"envoy.filters.network", HttpConnectionManager>({
  category: "envoy.filters.network",
  name: "envoy.filters.network.http_connection_manager",
  config: `${PACKAGE}.HttpConnectionManager`,
  honours: {
    [`${PACKAGE}.HttpConnectionManager`]: [
      "codec_type=AUTO|HTTP1|HTTP2", "stat_prefix", "rds", "route_config", "scoped_routes", "http_filters", "add_user_agent", "common_http_protocol_options",
      "http_protocol_options", "http2_protocol_options", "server_name", "server_header_transformation", "scheme_header_transformation", "max_request_headers_kb",
      "stream_idle_timeout", "request_timeout", "request_headers_timeout", "drain_timeout", "delayed_close_timeout", "access_log", "access_log_options",
      "flush_access_log_on_new_request", "early_header_mutation_extensions", "http1_safe_max_connection_duration", "drain_timeout_jitter", "proxy_status_config", "access_log_flush_interval", "local_reply_config",
      "use_remote_address", "xff_num_trusted_hops", "internal_address_config", "skip_xff_append", "via", "generate_request_id",
      "preserve_external_request_id", "always_set_request_id_in_response", "forward_client_cert_details", "set_current_client_cert_details", "proxy_100_continue",
      "normalize_path", "merge_slashes", "path_with_escaped_slashes_action", "strip_matching_host_port", "strip_any_host_port",
      "stream_error_on_invalid_http_message", "upgrade_configs", "request_id_extension", "original_ip_detection_extensions", "strip_trailing_host_dot", "append_x_forwarded_port",
    ],
    [`${PACKAGE}.HttpFilter`]: ["name", "typed_config", "is_optional", "disabled"],
    [`${PACKAGE}.HttpConnectionManager.UpgradeConfig`]: ["upgrade_type", "filters", "enabled"],
    [`${PACKAGE}.HttpConnectionManager.SetCurrentClientCertDetails`]: ["subject", "cert", "chain", "dns", "uri"],
    [`${PACKAGE}.HttpConnectionManager.InternalAddressConfig`]: ["unix_sockets", "cidr_ranges"],
    "envoy.config.core.v3.CidrRange": ["address_prefix", "prefix_len"],
    "envoy.config.core.v3.SchemeHeaderTransformation": ["scheme_to_overwrite"],
    "envoy.config.core.v3.HttpProtocolOptions": [
      "idle_timeout", "max_headers_count", "max_response_headers_kb", "max_stream_duration", "max_connection_duration", "max_connection_duration_jitter", "headers_with_underscores_action", "max_requests_per_connection",
    ],
    "envoy.config.core.v3.Http1ProtocolOptions": [
      "allow_absolute_url", "accept_http_10", "default_host_for_http_10", "header_key_format", "enable_trailers", "allow_chunked_length",
      "override_stream_error_on_invalid_http_message", "allow_custom_methods", "send_fully_qualified_url", "use_balsa_parser=true",
    ],
    "envoy.config.accesslog.v3.AccessLog": ["name", "filter", "typed_config"],
    [`${PACKAGE}.HttpConnectionManager.HcmAccessLogOptions`]: ["access_log_flush_interval", "flush_access_log_on_new_request", "flush_log_on_tunnel_successfully_established"],
    ...logFilter, ...localReplies, [`${PACKAGE}.RequestIDExtension`]: ["typed_config"],
    "envoy.extensions.request_id.uuid.v3.UuidRequestIdConfig": ["pack_trace_reason", "use_request_id_for_trace_sampling=true"],
    ...keyFormat, ...early, ...proxyStatus, ...http2, ...detection, ...scopedRoutes, "envoy.config.core.v3.TypedExtensionConfig": ["name", "typed_config"],
  },
  terminal: true,
  compile(config, context) {
    const plan = compileManager(config, context);
    const { listenerPrefix } = context.surroundings;
    return {
      needs: [{ type: "route", name: plan.routeTable }],
      open(env) {
        const manager = new Manager(plan, listenerPrefix, env);
        return { kind: "terminal", create: (connection, done) => new HttpConnection(manager, connection, done) };
      },
    };
  },
});
