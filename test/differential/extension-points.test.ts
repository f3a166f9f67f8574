/** What stands where an extension belongs must be one of its kind: for Envoy and legate alike, also where legate cannot run it. */
import { describe, expect, it } from "vitest";
import { any, envoy, ext, type Json, type Parts, verdicts } from "../support/both-verdicts.ts";

const WRONG = { name: "x", typed_config: any("google.protobuf.StringValue", { value: "a" }) };
const GRPC = { envoy_grpc: { cluster_name: "a" } };

const tlsCluster = (common: Json): Json => ({ transport_socket: ext("transport_sockets.tls.v3.UpstreamTlsContext", { common_tls_context: common }) });

const UDP = { address: { socket_address: { protocol: "UDP", address: "127.0.0.1", port_value: 0 } }, filter_chains: [] };
const delegate = (action: Json): Json => ext("common.matching.v3.ExtensionWithMatcher", { extension_config: ext("filters.http.composite.v3.Composite"), xds_matcher: { on_no_match: { action } } });
const reduce = (config: Json): Json => ({
  overload_manager: {
    resource_monitors: [{ name: "m", typed_config: any("envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig", { max_heap_size_bytes: 1 }) }],
    actions: [{ name: "envoy.overload_actions.reduce_timeouts", triggers: [{ name: "m", threshold: { value: 1 } }], typed_config: config }],
  },
});
const compressor = (library: Json): Json => ({ typed_per_filter_config: { c: any("envoy.extensions.filters.http.compressor.v3.CompressorPerRoute", { overrides: { compressor_library: library } }) } });
const openTelemetry = (detector: Json): Json => ({
  access_log: [ext("access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig", { common_config: { log_name: "l", transport_api_version: "V3", grpc_service: GRPC }, resource_detectors: [detector] })],
});
const METADATA_FORMATTER = ext("formatter.metadata.v3.Metadata");

/** A point, how a configuration carries an extension there, and what may stand there (undefined: nothing that needs no more than itself). */
type Point = readonly [point: string, parts: (extension: Json) => Parts, right: Json | undefined];

const POINTS: readonly Point[] = [
  ["Cluster.filters", (filters) => ({ cluster: { filters: [filters] } }), { name: "x", typed_config: any("google.protobuf.Empty") }],
  ["Cluster.queuing_policies.pending_rq_policy", (policy) => ({ cluster: { queuing_policies: { pending_rq_policy: policy } } }), ext("queue_policy.fifo.v3.FifoQueuePolicyConfig")],
  ["Cluster.transport_socket_matcher", (action) => ({ cluster: { transport_socket_matcher: { on_no_match: { action } } } }), undefined],
  ["CommonTlsContext.custom_handshaker", (handshaker) => ({ cluster: tlsCluster({ custom_handshaker: handshaker }) }), undefined],
  ["CommonTlsContext.custom_tls_certificate_selector", (selector) => ({ cluster: tlsCluster({ custom_tls_certificate_selector: selector }) }), undefined],
  ["Route.route_specifiers", (specifier) => ({ route: { route_specifiers: [specifier] } }), undefined],
  ["VirtualHost.route_specifiers", (specifier) => ({ host: { route_specifiers: [specifier] } }), undefined],
  ["RouteConfiguration.route_specifiers", (specifier) => ({ table: { route_specifiers: [specifier] } }), undefined],
  ["RetryPolicy.retry_options_predicates", (predicate) => ({ route: { route: { cluster: "a", retry_policy: { retry_options_predicates: [predicate] } } } }), undefined],
  ["CompressorOverrides.compressor_library", (library) => ({ filter: ext("filters.http.compressor.v3.Compressor", { compressor_library: ext("compression.gzip.compressor.v3.Gzip") }), route: compressor(library) }), ext("compression.brotli.compressor.v3.Brotli")],
  ["ExternalProcessor.processing_request_modifier", (modifier) => ({ filter: ext("filters.http.ext_proc.v3.ExternalProcessor", { grpc_service: GRPC, processing_request_modifier: modifier }) }), ext("http.ext_proc.processing_request_modifiers.mapped_attribute_builder.v3.MappedAttributeBuilder")],
  ["ExternalProcessor.on_processing_response", (processor) => ({ filter: ext("filters.http.ext_proc.v3.ExternalProcessor", { grpc_service: GRPC, on_processing_response: processor }) }), ext("http.ext_proc.response_processors.save_processing_response.v3.SaveProcessingResponse")],
  ["FilterChain.filters", (filter) => ({ filter: ext("filters.http.filter_chain.v3.FilterChainConfig", { default_filter_chain: { filters: [filter] } }) }), ext("filters.http.cors.v3.Cors")],
  ["Mutations.formatters", (formatter) => ({ filter: ext("filters.http.header_mutation.v3.HeaderMutation", { mutations: { formatters: [formatter] } }) }), METADATA_FORMATTER],
  ["SseToMetadata content_parser", (parser) => ({ filter: ext("filters.http.sse_to_metadata.v3.SseToMetadata", { response_rules: { content_parser: parser } }) }), undefined],
  ["AwsEventstreamParser content_parser", (parser) => ({ filter: ext("filters.http.aws_eventstream_parser.v3.AwsEventstreamParser", { response_rules: { content_parser: parser } }) }), undefined],
  ["OutputSink.custom_sink", (sink) => ({ filter: ext("filters.http.tap.v3.Tap", { common_config: { static_config: { match: { any_match: true }, output_config: { sinks: [{ custom_sink: sink }] } } } }) }), undefined],
  ["OpenTelemetryAccessLogConfig.resource_detectors", (detector) => ({ manager: openTelemetry(detector) }), ext("tracers.opentelemetry.resource_detectors.v3.StaticConfigResourceDetectorConfig", { attributes: { a: "b" } })],
  ["ExtensionWithMatcher's actions", (action) => ({ filter: delegate(action) }), ext("filters.http.composite.v3.ExecuteFilterAction", { typed_config: ext("filters.http.cors.v3.Cors") })],
  ["ExecuteFilterAction.typed_config", (filter) => ({ filter: delegate(ext("filters.http.composite.v3.ExecuteFilterAction", { typed_config: filter })) }), ext("filters.http.buffer.v3.Buffer", { max_request_bytes: 1 })],
  ["Bootstrap.xds_delegate_extension", (delegated) => ({ bootstrap: { xds_delegate_extension: delegated } }), undefined],
  ["Bootstrap.xds_config_tracker_extension", (tracker) => ({ bootstrap: { xds_config_tracker_extension: tracker } }), undefined],
  ["a TCP listener's filters", (filter) => ({ listener: { listener_filters: [filter] } }), ext("filters.listener.tls_inspector.v3.TlsInspector")],
  ["a UDP listener's filters", (filter) => ({ listener: { ...UDP, listener_filters: [filter] } }), ext("filters.udp.udp_proxy.v3.UdpProxyConfig", { stat_prefix: "u", cluster: "a" })],
  ["the configuration of an overload action", ({ typed_config: config }) => ({ bootstrap: reduce(config as Json) }), { typed_config: any("envoy.config.overload.v3.ScaleTimersOverloadActionConfig", { timer_scale_factors: [{ timer: "HTTP_DOWNSTREAM_CONNECTION_IDLE", min_timeout: "1s" }] }) }],
];

describe.skipIf(envoy === undefined)("where an extension belongs", () => {
  it.each<Point>(POINTS)("%s takes no message that is no extension", (_point, parts) => {
    expect(verdicts(parts(WRONG))).toEqual([expect.stringContaining(""), expect.stringMatching(/^LGT0\d/)]);
    expect(verdicts(parts(WRONG))[0]).not.toBe("");
  });

  it.each<Point>(POINTS.filter(([, , right]) => right !== undefined))("%s takes one of its kind", (_point, parts, right) => {
    expect(verdicts(parts(right ?? {}))).toEqual(["", ""]);
  });
});

it.skipIf(envoy === undefined).each([
  ["a UDP filter in a TCP listener", { listener: { listener_filters: [ext("filters.udp.udp_proxy.v3.UdpProxyConfig", { stat_prefix: "u", cluster: "a" })] } }],
  ["a TCP filter in a UDP listener", { listener: { ...UDP, listener_filters: [ext("filters.listener.tls_inspector.v3.TlsInspector")] } }],
] as const)("neither takes %s", (_what, parts) => {
  expect(verdicts(parts)).toEqual([expect.stringContaining("Didn't find a registered implementation"), expect.stringMatching(/^LGT0\d/)]);
});
