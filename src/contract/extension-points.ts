/**
 * Where messages carry extensions, and of which categories: message -> field -> categories. The field holds an Any, a
 * carrier `{ name, typed_config }`, or a list or map of one of them. Envoy looks each up by the type of its configuration.
 */
const HTTP = ["envoy.filters.http"];
const UPSTREAM_HTTP = ["envoy.filters.http.upstream"];
const DOWNSTREAM_SOCKETS = ["envoy.transport_sockets.downstream"];
const UPSTREAM_SOCKETS = ["envoy.transport_sockets.upstream"];
const SOCKETS = [...DOWNSTREAM_SOCKETS, ...UPSTREAM_SOCKETS];
const FORMATTERS = ["envoy.formatter"];
const DNS = ["envoy.network.dns_resolver"];
const INPUTS = [
  "envoy.matching.common_inputs", "envoy.matching.http.input", "envoy.matching.network.input", "envoy.matching.generic_proxy_request_input.input",
  "envoy.matching.stat_matching_data.input", "envoy.matching.stat_tag_matching_data.input", "envoy.matching.transport_socket.input",
];
const MATCHERS = ["envoy.matching.input_matchers", "envoy.matching.http.custom_matchers", "envoy.matching.network.custom_matchers"];
const PER_ROUTE = { typed_per_filter_config: HTTP };
const LEVEL = { ...PER_ROUTE, route_specifiers: ["envoy.router.route_specifiers"] };
const DETECTORS = ["envoy.tracers.opentelemetry.resource_detectors"];
const SAMPLERS = ["envoy.tracers.opentelemetry.samplers"];
const PARSERS = ["envoy.content_parsers"];
const MODIFIERS = ["envoy.http.ext_proc.processing_request_modifiers"];
const EXT = "envoy.extensions";
const CONFIG = "envoy.config";

export const EXTENSION_POINTS: Readonly<Record<string, Readonly<Record<string, readonly string[]>>>> = {
  [`${CONFIG}.accesslog.v3.AccessLog`]: { typed_config: ["envoy.access_loggers"] },
  [`${CONFIG}.accesslog.v3.ExtensionFilter`]: { typed_config: ["envoy.access_loggers.extension_filters"] },
  [`${CONFIG}.bootstrap.v3.Bootstrap`]: { bootstrap_extensions: ["envoy.bootstrap"], default_regex_engine: ["envoy.regex_engines"], listener_manager: ["envoy.listener_manager_impl"], xds_delegate_extension: ["envoy.xds_delegates"], xds_config_tracker_extension: ["envoy.config.xds_tracker"] },
  [`${CONFIG}.bootstrap.v3.Watchdog.WatchdogAction`]: { config: ["envoy.guarddog_actions"] },
  [`${CONFIG}.cluster.v3.Cluster`]: { typed_dns_resolver_config: DNS, upstream_config: ["envoy.upstreams"], transport_socket: UPSTREAM_SOCKETS },
  [`${CONFIG}.cluster.v3.Cluster.QueuingPolicies`]: { pending_rq_policy: ["envoy.queue_policy"] },
  [`${CONFIG}.cluster.v3.Cluster.TransportSocketMatch`]: { transport_socket: UPSTREAM_SOCKETS },
  [`${CONFIG}.cluster.v3.Filter`]: { typed_config: ["envoy.filters.upstream_network"] },
  [`${CONFIG}.common.key_value.v3.KeyValueStoreConfig`]: { config: ["envoy.common.key_value"] },
  [`${CONFIG}.common.matcher.v3.Matcher.MatcherList.Predicate.SinglePredicate`]: { input: INPUTS, custom_match: MATCHERS },
  [`${CONFIG}.common.matcher.v3.Matcher.MatcherTree`]: { input: INPUTS, custom_match: MATCHERS },
  "xds.type.matcher.v3.Matcher.MatcherList.Predicate.SinglePredicate": { input: INPUTS, custom_match: MATCHERS },
  "xds.type.matcher.v3.Matcher.MatcherTree": { input: INPUTS, custom_match: MATCHERS },
  [`${CONFIG}.core.v3.ApiConfigSource`]: { config_validators: ["envoy.config.validators"] },
  [`${CONFIG}.core.v3.BindConfig`]: { local_address_selector: ["envoy.upstream.local_address_selector"] },
  [`${CONFIG}.core.v3.HealthCheck`]: { event_logger: ["envoy.health_check.event_sinks"] },
  [`${CONFIG}.core.v3.HealthCheck.CustomHealthCheck`]: { typed_config: ["envoy.health_checkers"] },
  [`${CONFIG}.core.v3.Http1ProtocolOptions.HeaderKeyFormat`]: { stateful_formatter: ["envoy.http.stateful_header_formatters"] },
  [`${CONFIG}.core.v3.HttpService`]: { formatters: FORMATTERS },
  [`${CONFIG}.core.v3.SubstitutionFormatString`]: { formatters: FORMATTERS },
  [`${CONFIG}.listener.v3.Filter`]: { typed_config: ["envoy.filters.network"] },
  [`${CONFIG}.listener.v3.FilterChain`]: { transport_socket: DOWNSTREAM_SOCKETS },
  [`${CONFIG}.listener.v3.ListenerFilter`]: { typed_config: ["envoy.filters.listener", "envoy.filters.udp_listener"] },
  [`${CONFIG}.listener.v3.QuicProtocolOptions`]: {
    crypto_stream_config: ["envoy.quic.server.crypto_stream"], proof_source_config: ["envoy.quic.proof_source"], connection_id_generator_config: ["envoy.quic.connection_id_generator"],
    server_preferred_address_config: ["envoy.quic.server_preferred_address"], connection_debug_visitor_config: ["envoy.quic.connection_debug_visitor"],
  },
  [`${CONFIG}.listener.v3.UdpListenerConfig`]: { udp_packet_packet_writer_config: ["envoy.udp_packet_writer"] },
  [`${CONFIG}.metrics.v3.StatsSink`]: { typed_config: ["envoy.stats_sinks"] },
  [`${CONFIG}.overload.v3.ResourceMonitor`]: { typed_config: ["envoy.resource_monitors"] },
  [`${CONFIG}.rbac.v3.Principal`]: { custom: ["envoy.rbac.principals"] },
  [`${CONFIG}.rbac.v3.Permission`]: { matcher: ["envoy.rbac.matchers"], uri_template: ["envoy.path.match"] },
  [`${CONFIG}.route.v3.ClusterSpecifierPlugin`]: { extension: ["envoy.router.cluster_specifier_plugin"] },
  [`${CONFIG}.route.v3.InternalRedirectPolicy`]: { predicates: ["envoy.internal_redirect_predicates"] },
  [`${CONFIG}.route.v3.RateLimit.Action`]: { extension: ["envoy.rate_limit_descriptors", "envoy.matching.http.input"] },
  [`${CONFIG}.route.v3.RetryPolicy`]: { retry_options_predicates: ["envoy.retry_options_predicates"] },
  [`${CONFIG}.route.v3.RetryPolicy.RetryHostPredicate`]: { typed_config: ["envoy.retry_host_predicates"] },
  [`${CONFIG}.route.v3.RetryPolicy.RetryPriority`]: { typed_config: ["envoy.retry_priorities"] },
  [`${CONFIG}.route.v3.RouteAction`]: { early_data_policy: ["envoy.route.early_data_policy"], path_rewrite_policy: ["envoy.path.rewrite"] },
  [`${CONFIG}.route.v3.RouteMatch`]: { path_match_policy: ["envoy.path.match"] },
  [`${CONFIG}.route.v3.RouteConfiguration`]: LEVEL,
  [`${CONFIG}.route.v3.VirtualHost`]: LEVEL,
  [`${CONFIG}.route.v3.Route`]: LEVEL,
  [`${CONFIG}.route.v3.WeightedCluster.ClusterWeight`]: PER_ROUTE,
  [`${CONFIG}.tap.v3.OutputSink`]: { custom_sink: ["envoy.tap.sinks"] },
  [`${CONFIG}.trace.v3.Tracing.Http`]: { typed_config: ["envoy.tracers"] },
  [`${CONFIG}.trace.v3.OpenTelemetryConfig`]: { resource_detectors: DETECTORS, sampler: SAMPLERS },
  [`${EXT}.access_loggers.fluentd.v3.FluentdAccessLogConfig`]: { formatters: FORMATTERS },
  [`${EXT}.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig`]: { formatters: FORMATTERS, resource_detectors: DETECTORS },
  [`${EXT}.clusters.dns.v3.DnsCluster`]: { typed_dns_resolver_config: DNS },
  [`${EXT}.common.dynamic_forward_proxy.v3.DnsCacheConfig`]: { typed_dns_resolver_config: DNS },
  [`${EXT}.common.matching.v3.ExtensionWithMatcher`]: { extension_config: HTTP },
  [`${EXT}.filters.http.ai_protocol_manager.v3.AiProtocolManager`]: { filters: ["envoy.http.ai_filters"] },
  [`${EXT}.filters.http.aws_eventstream_parser.v3.AwsEventstreamParser.ProcessingRules`]: { content_parser: PARSERS },
  [`${EXT}.filters.http.composite.v3.ExecuteFilterAction`]: { typed_config: HTTP },
  [`${EXT}.filters.http.composite.v3.FilterChainConfiguration`]: { typed_config: HTTP },
  [`${EXT}.filters.http.compressor.v3.Compressor`]: { compressor_library: ["envoy.compression.compressor"] },
  [`${EXT}.filters.http.compressor.v3.CompressorOverrides`]: { compressor_library: ["envoy.compression.compressor"] },
  [`${EXT}.filters.http.credential_injector.v3.CredentialInjector`]: { credential: ["envoy.http.injected_credentials"] },
  [`${EXT}.filters.http.decompressor.v3.Decompressor`]: { decompressor_library: ["envoy.compression.decompressor"] },
  [`${EXT}.filters.http.ext_proc.v3.ExternalProcessor`]: { processing_request_modifier: MODIFIERS, on_processing_response: ["envoy.http.ext_proc.response_processors"] },
  [`${EXT}.filters.http.ext_proc.v3.ExtProcOverrides`]: { processing_request_modifier: MODIFIERS },
  [`${EXT}.filters.http.filter_chain.v3.FilterChain`]: { filters: HTTP },
  [`${EXT}.filters.http.geoip.v3.Geoip`]: { provider: ["envoy.geoip_providers"] },
  [`${EXT}.filters.http.header_mutation.v3.Mutations`]: { formatters: FORMATTERS },
  [`${EXT}.filters.network.geoip.v3.Geoip`]: { provider: ["envoy.geoip_providers"] },
  [`${EXT}.filters.http.router.v3.Router`]: { upstream_http_filters: UPSTREAM_HTTP },
  [`${EXT}.filters.http.sse_to_metadata.v3.SseToMetadata.ProcessingRules`]: { content_parser: PARSERS },
  [`${EXT}.upstreams.http.v3.HttpProtocolOptions`]: { http_filters: UPSTREAM_HTTP, header_validation_config: ["envoy.http.header_validators"] },
  [`${EXT}.filters.http.stateful_session.v3.StatefulSession`]: { session_state: ["envoy.http.stateful_session"] },
  [`${EXT}.filters.network.generic_proxy.v3.GenericProxy`]: { codec_config: ["envoy.generic_proxy.codecs"], filters: ["envoy.generic_proxy.filters"] },
  [`${EXT}.filters.network.http_connection_manager.v3.HttpConnectionManager`]: {
    http_filters: HTTP, early_header_mutation_extensions: ["envoy.http.early_header_mutation"], original_ip_detection_extensions: ["envoy.http.original_ip_detection"],
  },
  [`${EXT}.filters.network.http_connection_manager.v3.RequestIDExtension`]: { typed_config: ["envoy.request_id"] },
  [`${EXT}.filters.network.tcp_proxy.v3.TcpProxy.TunnelingConfig`]: { formatters: FORMATTERS },
  [`${EXT}.filters.network.thrift_proxy.v3.ThriftFilter`]: { typed_config: ["envoy.thrift_proxy.filters"] },
  [`${EXT}.filters.udp.dns_filter.v3.DnsFilterConfig.ClientContextConfig`]: { typed_dns_resolver_config: DNS },
  [`${EXT}.filters.udp.udp_proxy.v3.UdpProxyConfig.UdpTunnelingConfig`]: { formatters: FORMATTERS },
  [`${EXT}.filters.udp.udp_proxy.v3.UdpProxyConfig.SessionFilter`]: { typed_config: ["envoy.filters.udp.session"] },
  [`${EXT}.stat_sinks.open_telemetry.v3.SinkConfig`]: { resource_detectors: DETECTORS },
  [`${EXT}.tracers.opentelemetry.samplers.v3.ParentBasedSamplerConfig`]: { wrapped_sampler: SAMPLERS },
  [`${EXT}.transport_sockets.tls.v3.CommonTlsContext`]: { custom_handshaker: ["envoy.tls_handshakers"], custom_tls_certificate_selector: ["envoy.tls.certificate_selectors", "envoy.tls.upstream_certificate_selectors"] },
  [`${EXT}.transport_sockets.tls.cert_selectors.on_demand_secret.v3.Config`]: { certificate_mapper: ["envoy.tls.certificate_mappers", "envoy.tls.upstream_certificate_mappers"] },
  [`${EXT}.transport_sockets.tls.v3.CertificateValidationContext`]: { custom_validator_config: ["envoy.tls.cert_validator"] },
  [`${EXT}.transport_sockets.internal_upstream.v3.InternalUpstreamTransport`]: { transport_socket: UPSTREAM_SOCKETS },
  [`${EXT}.transport_sockets.proxy_protocol.v3.ProxyProtocolUpstreamTransport`]: { transport_socket: UPSTREAM_SOCKETS },
  [`${EXT}.transport_sockets.tap.v3.Tap`]: { transport_socket: SOCKETS },
  "envoy.type.matcher.v3.StringMatcher": { custom: ["envoy.string_matcher"] },
};
