import { describe, expect, test } from "vitest";
import { EXTENSION_CHECKS } from "../../../src/extensions/checks/all.ts";
import { V3 } from "../../../src/schema/table.ts";
import { checked, type CheckCase } from "../../support/checked.ts";

const EXT = "envoy.extensions";
const HTTP = `${EXT}.filters.http`;
const NETWORK = `${EXT}.filters.network`;
const STATS = `${EXT}.access_loggers.stats.v3.Config`;
const TLS = `${EXT}.transport_sockets.tls.v3`;
const KEYS = "private_key: { filename: k }, certificate_chain: { filename: c }";
const BUCKET = "stat_prefix: x, token_bucket: { max_tokens: 1, fill_interval: 1s }";
const HASH = "{SHA}tESsBmE/yNY3lb6a0L6vVQEZNqw=";
const OPTIONS = `"@type": type.googleapis.com/${HTTP}`;
const route = (config: string): string => `{ match: { prefix: / }, direct_response: { status: 200 }, typed_per_filter_config: { x: { ${OPTIONS}.${config} } } }`;

const GENERIC = (filters: string): string => `{ stat_prefix: a, route_config: { name: r }, codec_config: { name: c, typed_config: { "@type": type.googleapis.com/${NETWORK}.generic_proxy.codecs.http1.v3.Http1CodecConfig } }, filters: [${filters}] }`;
const DELEGATE = (action: string): string => `{ extension_config: { name: c, typed_config: { "@type": type.googleapis.com/${HTTP}.cors.v3.Cors } }, xds_matcher: { on_no_match: { action: { name: x, typed_config: { "@type": type.googleapis.com/${action} } } } } }`;

const CODEC = `{ name: codec, typed_config: { ${OPTIONS}.upstream_codec.v3.UpstreamCodec } }`;

const CASES: readonly CheckCase[] = [
  ["a counter has one value", `${STATS}.Counter`, "{ stat: { name: a }, value_fixed: 1 }", "{ stat: { name: a }, value_fixed: 1, value_format: '%BYTES_SENT%' }", "LGT0406 value_fixed"],
  ["a gauge has one operation", `${STATS}.Gauge`, "{ stat: { name: a }, value_fixed: 1, set: { log_type: DownstreamEnd } }", "{ stat: { name: a }, value_fixed: 1, set: { log_type: DownstreamEnd }, add_subtract: { add_log_type: DownstreamStart, sub_log_type: DownstreamEnd } }", "LGT0406 add_subtract"],
  ["a gauge is set at a log entry", `${STATS}.Gauge.Set`, "{ log_type: DownstreamEnd }", "{ log_type: NotSet }", "LGT0406 log_type"],
  ["a CEL filter compiles", `${EXT}.access_loggers.filters.cel.v3.ExpressionFilter`, "{ expression: 'response.code >= 400' }", "{ expression: '(+++' }", "LGT0406 expression"],
  ["CEL has no other functions", `${EXT}.access_loggers.filters.cel.v3.ExpressionFilter`, "{ expression: 'request.path.startsWith(\"/\")' }", "{ expression: 'f()' }", "LGT0406 expression"],
  ["the last filter of a generic proxy is its router", `${NETWORK}.generic_proxy.v3.GenericProxy`, GENERIC("{ name: r, typed_config: { \"@type\": type.googleapis.com/envoy.extensions.filters.network.generic_proxy.router.v3.Router } }"), GENERIC(""), "LGT0406 filters"],
  ["a filter is delegated to by actions of its kind", `${EXT}.common.matching.v3.ExtensionWithMatcher`, DELEGATE(`${EXT}.filters.common.matcher.action.v3.SkipFilter`), DELEGATE("google.protobuf.Empty"), "LGT0406 xds_matcher.on_no_match.action.typed_config"],
  ["the codec is the last of the filters of an upstream", `${HTTP}.router.v3.Router`, `{ upstream_http_filters: [${CODEC}] }`, `{ upstream_http_filters: [${CODEC}, ${CODEC}] }`, "LGT0602 upstream_http_filters[0].name"],
  ["what Thrift headers become has a value", `${NETWORK}.thrift_proxy.filters.header_to_metadata.v3.HeaderToMetadata.Rule`, "{ header: a, on_missing: { metadata_namespace: m, key: k, value: v } }", "{ header: a, on_missing: { metadata_namespace: m, key: k } }", "LGT0406 on_missing"],
  ["a Wasm plugin has code", `${HTTP}.wasm.v3.Wasm`, "{ config: { vm_config: { code: { local: { filename: a } } } } }", "{ config: { vm_config: {} } }", "LGT0406 config.vm_config"],
  ["a dynamic module is named", `${HTTP}.dynamic_modules.v3.DynamicModuleFilter`, "{ dynamic_module_config: { name: a } }", "{ dynamic_module_config: {} }", "LGT0406 dynamic_module_config"],
  ["a module without configuration is not named", `${NETWORK}.dynamic_modules.v3.DynamicModuleNetworkFilter`, "{ dynamic_module_config: { name: a } }", "{}", "LGT0406 -"],
  ["spans go somewhere", "envoy.config.trace.v3.OpenTelemetryConfig", "{ grpc_service: { envoy_grpc: { cluster_name: a } } }", "{}", "LGT0406 -"],
  ["an expression is there", `${EXT}.access_loggers.filters.cel.v3.ExpressionFilter`, "{ expression: 'true' }", "{}", "LGT0406 -"],
  ["a transcoder knows its messages", `${HTTP}.grpc_json_reverse_transcoder.v3.GrpcJsonReverseTranscoder`, "{ descriptor_path: a }", "{}", "LGT0406 -"],
  ["a scrubber knows its messages", `${HTTP}.proto_api_scrubber.v3.ProtoApiScrubberConfig`, "{ descriptor_set: { data_source: { filename: a } } }", "{}", "LGT0406 descriptor_set"],
  ["statistics of a log have one place", STATS, "{ stat_prefix: a }", "{}", "LGT0406 -"],
  ["a limit of log entries is discovered", `${EXT}.access_loggers.filters.process_ratelimit.v3.ProcessRateLimitFilter`, "{ dynamic_config: { resource_name: a, config_source: { ads: {} } } }", "{}", "LGT0406 -"],
  ["a dictionary is not empty", `${EXT}.compression.zstd.decompressor.v3.Zstd`, "{ dictionaries: [{ inline_string: a }] }", "{ dictionaries: [{ inline_string: '' }] }", "LGT0406 dictionaries[0]"],
  ["an ARN names a function", `${HTTP}.aws_lambda.v3.Config`, "{ arn: 'arn:aws:lambda:r:1:function:f' }", "{ arn: 'arn:aws:lambda:r:1:fun' }", "LGT0406 arn"],
  ["SigV4 has one region", `${HTTP}.aws_request_signing.v3.AwsRequestSigning`, "{ service_name: s3, region: a }", "{ service_name: s3, region: 'a,b' }", "LGT0406 region"],
  ["users have passwords", `${HTTP}.basic_auth.v3.BasicAuth`, `{ users: { inline_string: "a:${HASH}" } }`, `{ users: { inline_string: "a${HASH}" } }`, "LGT0406 users.inline_string"],
  ["users stand once", `${HTTP}.basic_auth.v3.BasicAuth`, `{ users: { inline_string: "a:${HASH}\\nb:${HASH}" } }`, `{ users: { inline_string: "a:${HASH}\\na:${HASH}" } }`, "LGT0406 users.inline_string"],
  ["custom responses keep the prefix", `${EXT}.http.custom_response.redirect_policy.v3.RedirectPolicy`, "{ redirect_action: { host_redirect: a } }", "{ redirect_action: { host_redirect: a, prefix_rewrite: /b } }", "LGT0406 redirect_action.prefix_rewrite"],
  ["a directory file stands once", `${HTTP}.file_server.v3.FileServerConfig`, "{ manager_config: { thread_pool: {} }, directory_behaviors: [{ default_file: a }, { list: {} }] }", "{ manager_config: { thread_pool: {} }, directory_behaviors: [{ default_file: a }, { default_file: a }] }", "LGT0406 directory_behaviors[1]"],
  ["a geo database is named", `${EXT}.geoip_providers.maxmind.v3.MaxMindConfig`, "{ city_db_path: a.mmdb, common_provider_config: { geo_field_keys: { city: x } } }", "{ common_provider_config: { geo_field_keys: { city: x } } }", "LGT0406 -"],
  ["on_error has a value", `${HTTP}.json_to_metadata.v3.JsonToMetadata`, "{ request_rules: { rules: [{ selectors: [{ key: a }], on_present: { key: b } }] } }", "{ request_rules: { rules: [{ selectors: [{ key: a }], on_present: { key: b }, on_error: { key: b } }] } }", "LGT0406 request_rules.rules[0].on_error"],
  ["a rule has a header or a cookie", `${HTTP}.header_to_metadata.v3.Config`, "{ request_rules: [{ header: a, on_header_present: { key: b } }] }", "{ request_rules: [{ header: a, cookie: b, on_header_present: { key: b } }] }", "LGT0406 request_rules[0]"],
  ["Lua has one source", `${HTTP}.lua.v3.Lua`, "{ inline_code: 'x' }", "{ inline_code: 'x', default_source_code: { inline_string: x } }", "LGT0406 inline_code"],
  ["buckets are filled every 50 ms or slower", `${HTTP}.local_ratelimit.v3.LocalRateLimit`, `{ ${BUCKET} }`, `{ ${BUCKET.replace("1s", "0.01s")} }`, "LGT0406 token_bucket.fill_interval"],
  ["a route's bandwidth is limited", "envoy.config.route.v3.Route", route("bandwidth_limit.v3.BandwidthLimit, stat_prefix: a, limit_kbps: 1"), route("bandwidth_limit.v3.BandwidthLimit, stat_prefix: a"), "LGT0406 typed_per_filter_config.x"],
  ["a percentage is a number", `${HTTP}.health_check.v3.HealthCheck`, "{ pass_through_mode: false, cluster_min_healthy_percentages: { a: { value: 50 } } }", "{ pass_through_mode: true, cluster_min_healthy_percentages: { a: { value: 50 } } }", "LGT0406 cluster_min_healthy_percentages"],
  ["requirements name providers", `${HTTP}.jwt_authn.v3.JwtAuthentication`, "{ rules: [] }", "{ rules: [{ match: { prefix: / }, requires: { provider_name: a } }] }", "LGT0406 rules[0].requires.provider_name"],
  ["full duplex sends trailers", `${HTTP}.ext_proc.v3.ExternalProcessor`, "{ grpc_service: { envoy_grpc: { cluster_name: a } } }", "{ grpc_service: { envoy_grpc: { cluster_name: a } }, processing_mode: { request_body_mode: FULL_DUPLEX_STREAMED } }", "LGT0406 processing_mode.request_body_mode"],
  ["tags have addresses", `${HTTP}.ip_tagging.v3.IPTagging`, "{ ip_tags: [{ ip_tag_name: a, ip_list: [{ address_prefix: 1.2.3.4, prefix_len: 8 }] }] }", "{ ip_tags: [{ ip_tag_name: a, ip_list: [{ address_prefix: x, prefix_len: 8 }] }] }", "LGT0406 ip_tags[0].ip_list[0].address_prefix"],
  ["a key has a source", `${HTTP}.api_key_auth.v3.KeySource`, "{ header: a }", "{}", "LGT0406 -"],
  ["filter state has a kind", `${EXT}.filters.common.set_filter_state.v3.FilterStateValue`, "{ object_key: envoy.string, format_string: { text_format_source: { inline_string: a } } }", "{ object_key: nothing, format_string: { text_format_source: { inline_string: a } } }", "LGT0406 object_key"],
  ["a tap has a match", "envoy.config.tap.v3.TapConfig", "{ match: { any_match: true }, output_config: { sinks: [{ format: JSON_BODY_AS_BYTES, file_per_tap: { path_prefix: a } }] } }", "{ output_config: { sinks: [{ format: JSON_BODY_AS_BYTES, file_per_tap: { path_prefix: a } }] } }", "LGT0406 -"],
  ["early data has a limit", `${NETWORK}.tcp_proxy.v3.TcpProxy`, "{ stat_prefix: a, cluster: b }", "{ stat_prefix: a, cluster: b, upstream_connect_mode: ON_DOWNSTREAM_DATA }", "LGT0406 upstream_connect_mode"],
  ["Dubbo filters are found by name", `${NETWORK}.dubbo_proxy.v3.DubboProxy`, "{ stat_prefix: a, dubbo_filters: [{ name: envoy.filters.dubbo.router }] }", "{ stat_prefix: a, dubbo_filters: [{ name: nothing }] }", "LGT0406 dubbo_filters[0].name"],
  ["opcodes stand once", `${NETWORK}.zookeeper_proxy.v3.ZooKeeperProxy`, "{ stat_prefix: a }", "{ stat_prefix: a, latency_threshold_overrides: [{ opcode: Sync, threshold: 1s }, { opcode: Sync, threshold: 2s }] }", "LGT0406 latency_threshold_overrides[1].opcode"],
  ["a threshold is below the modulo", `${EXT}.matching.input_matchers.consistent_hashing.v3.ConsistentHashing`, "{ modulo: 100, threshold: 50 }", "{ modulo: 100, threshold: 200 }", "LGT0406 threshold"],
  ["Zipkin has a collector", "envoy.config.trace.v3.ZipkinConfig", "{ collector_cluster: a, collector_endpoint: /b, collector_endpoint_version: HTTP_JSON }", "{ collector_endpoint_version: HTTP_JSON }", "LGT0406 -"],
  ["a heap has a size", `${EXT}.resource_monitors.fixed_heap.v3.FixedHeapConfig`, "{ max_heap_size_bytes: 1 }", "{ max_heap_size_bytes: 0 }", "LGT0406 max_heap_size_bytes"],
  ["UDP sessions have no load balancing per packet", `${EXT}.filters.udp.udp_proxy.v3.UdpProxyConfig`, "{ stat_prefix: a, cluster: b }", "{ stat_prefix: a, cluster: b, use_per_packet_load_balancing: true, tunneling_config: { proxy_host: a, target_host: b, default_target_port: 1 } }", "LGT0406 tunneling_config"],
  ["TLS curves are BoringSSL's", `${TLS}.TlsParameters`, "{ ecdh_curves: [X25519, P-256] }", "{ ecdh_curves: [nothing] }", "LGT0614 ecdh_curves"],
  ["signature algorithms too", `${TLS}.TlsParameters`, "{ signature_algorithms: [rsa_pss_rsae_sha256] }", "{ signature_algorithms: [nothing] }", "LGT0614 signature_algorithms"],
  ["PKCS 12 holds key and chain", `${TLS}.TlsCertificate`, "{ pkcs12: { filename: p } }", "{ pkcs12: { filename: p }, private_key: { filename: k } }", "LGT0614 private_key"],
  ["a certificate has a chain", `${TLS}.TlsCertificate`, `{ ${KEYS} }`, "{ private_key: { filename: k } }", "LGT0614 certificate_chain"],
  ["a server has a certificate", `${TLS}.DownstreamTlsContext`, `{ common_tls_context: { tls_certificates: [{ ${KEYS} }] } }`, "{ common_tls_context: {} }", "LGT0614 common_tls_context"],
  ["a client has one certificate", `${TLS}.UpstreamTlsContext`, `{ common_tls_context: { tls_certificates: [{ ${KEYS} }] } }`, `{ common_tls_context: { tls_certificates: [{ ${KEYS} }, { ${KEYS} }] } }`, "LGT0614 common_tls_context.tls_certificates"],
  ["trusted_ca is not empty", `${TLS}.CertificateValidationContext`, "{ trusted_ca: { filename: a } }", "{ trusted_ca: { inline_bytes: '' } }", "LGT0614 trusted_ca"],
];

describe("what an extension refuses:", () => {
  test.each(CASES)("%s", (_, type, valid, invalid, error) => {
    expect(checked(type, valid)).toEqual([]);
    expect(checked(type, invalid)).toEqual([error]);
  });

  test("each check is of a message that the API has", () => {
    expect(EXTENSION_CHECKS.filter((check) => V3.message(check.type) === undefined).map((check) => check.type)).toEqual([]);
  });

  test("a static secret that is named is there", () => {
    const type = `${TLS}.SdsSecretConfig`;
    expect(checked(type, "{ name: a }", {})).toEqual(["LGT0614 name"]);
    expect(checked(type, "{ name: a }", { static_resources: { secrets: [{ name: "a" }] } })).toEqual([]);
    expect(checked(type, "{ name: a }")).toEqual([]);
  });

  test("reverse tunnels, Thrift routes and cluster rate limits need something of the bootstrap", () => {
    const thrift = "{ stat_prefix: a, route_config: { name: r, routes: [{ match: { method_name: m }, route: { cluster: c } }] } }";
    expect(checked(`${NETWORK}.thrift_proxy.v3.ThriftProxy`, thrift, {})).toEqual(["LGT0406 route_config.routes[0].route.cluster"]);
    expect(checked(`${NETWORK}.thrift_proxy.v3.ThriftProxy`, thrift)).toEqual([]);
    expect(checked(`${NETWORK}.reverse_tunnel.v3.ReverseTunnel`, "{}", {})).toEqual(["LGT0406 -"]);
    expect(checked(`${HTTP}.local_ratelimit.v3.LocalRateLimit`, `{ ${BUCKET}, local_cluster_rate_limit: {} }`, {})).toEqual(["LGT0406 local_cluster_rate_limit"]);
  });
});
