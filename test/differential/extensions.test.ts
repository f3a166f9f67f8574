/** Every extension that Envoy registers, with an empty configuration in its place: as valid for legate as for Envoy, runnable here or not. */
import { expect, it } from "vitest";
import { EXTENSIONS } from "../../src/schema/generated/extensions.ts";
import { any, envoy, ext, type Json, type Parts, ROUTER, verdicts } from "../support/both-verdicts.ts";

const CHECK = { timeout: "1s", interval: "1s", unhealthy_threshold: 1, healthy_threshold: 1 };
const LOG = "access_loggers.stream.v3.StdoutAccessLog";

/** Where an extension of a category stands. */
const PLACES: Readonly<Record<string, (extension: Json) => Parts>> = {
  "envoy.access_loggers": (e) => ({ listener: { access_log: [e] } }),
  "envoy.access_loggers.extension_filters": (e) => ({ listener: { access_log: [{ ...ext(LOG), filter: { extension_filter: e } }] } }),
  "envoy.bootstrap": (e) => ({ bootstrap: { bootstrap_extensions: [e] } }),
  "envoy.clusters": (e) => ({ cluster: { cluster_type: e } }),
  "envoy.filters.http": (e) => ({ manager: { http_filters: [e, ROUTER] } }),
  "envoy.filters.http.upstream": (e) => ({ manager: { http_filters: [ext("filters.http.router.v3.Router", { upstream_http_filters: [e, ext("filters.http.upstream_codec.v3.UpstreamCodec")] })] } }),
  "envoy.filters.listener": (e) => ({ listener: { listener_filters: [e] } }),
  "envoy.filters.network": (e) => ({ listener: { filter_chains: [{ filters: [e] }] } }),
  "envoy.formatter": (e) => ({ manager: { local_reply_config: { body_format: { text_format_source: { inline_string: "a" }, formatters: [e] } } } }),
  "envoy.health_checkers": (e) => ({ cluster: { health_checks: [{ ...CHECK, custom_health_check: e }] } }),
  "envoy.http.early_header_mutation": (e) => ({ manager: { early_header_mutation_extensions: [e] } }),
  "envoy.http.original_ip_detection": (e) => ({ manager: { original_ip_detection_extensions: [e] } }),
  "envoy.http.stateful_header_formatters": (e) => ({ manager: { http_protocol_options: { header_key_format: { stateful_formatter: e } } } }),
  "envoy.internal_redirect_predicates": (e) => ({ action: { internal_redirect_policy: { predicates: [e] } } }),
  "envoy.load_balancing_policies": (e) => ({ cluster: { load_balancing_policy: { policies: [{ typed_extension_config: e }] } } }),
  "envoy.network.dns_resolver": (e) => ({ cluster: { type: "STRICT_DNS", typed_dns_resolver_config: e } }),
  "envoy.path.match": (e) => ({ route: { match: { path_match_policy: e } } }),
  "envoy.rate_limit_descriptors": (e) => ({ action: { rate_limits: [{ actions: [{ extension: e }] }] } }),
  "envoy.request_id": ({ typed_config }) => ({ manager: { request_id_extension: { typed_config } } }),
  "envoy.resource_monitors": (e) => ({ bootstrap: { overload_manager: { resource_monitors: [e] } } }),
  "envoy.retry_host_predicates": (e) => ({ action: { retry_policy: { retry_host_predicate: [e] } } }),
  "envoy.router.cluster_specifier_plugin": (e) => ({ table: { cluster_specifier_plugins: [{ extension: e }] }, route: { route: { cluster_specifier_plugin: e["name"] } } }),
  "envoy.stats_sinks": (e) => ({ bootstrap: { stats_sinks: [e] } }),
  "envoy.string_matcher": (e) => ({ route: { match: { prefix: "/", headers: [{ name: "a", string_match: { custom: e } }] } } }),
  "envoy.tracers": (e) => ({ manager: { tracing: { provider: e } } }),
  "envoy.transport_sockets.downstream": (e) => ({ listener: { filter_chains: [{ filters: [ext("filters.network.echo.v3.Echo")], transport_socket: e }] } }),
  "envoy.transport_sockets.upstream": (e) => ({ cluster: { transport_socket: e } }),
  "envoy.upstreams": (e) => ({ cluster: { upstream_config: e } }),
};

/** Configurations of routes, which stand in no list of filters. */
const PER_ROUTE = /(?:PerRoute(?:Config)?|Override|FilterConfigPerRoute)$/;

/** Where the two differ, and why. */
const DIFFER: Readonly<Record<string, string>> = {
  "envoy.extensions.filters.network.reverse_tunnel.v3.DrainAwareHttpConnectionManager": "Envoy crashes",
  "envoy.config.core.v3.HealthCheck.HttpHealthCheck": "Envoy does not hold such a check to its rules where it stands as a custom one",
  "envoy.extensions.health_checkers.udp.v3.UdpHealthCheck": "Envoy does not hold such a check to its rules",
  "envoy.extensions.internal_redirect.filter_state.v3.FilterStateConfig": "Envoy makes the predicate when it redirects, and holds it to its rules then",
};

it.skipIf(envoy === undefined).each(Object.keys(PLACES))("%s", (category) => {
  const rows = EXTENSIONS.filter(([of]) => of === category).flatMap(([, name, ...types]) => types.map((type) => ({ name, type })));
  expect(rows.length).toBeGreaterThan(0);
  const differing = rows.filter(({ type }) => !PER_ROUTE.test(type)).flatMap(({ name, type }) => {
    const [theirs, ours] = verdicts(PLACES[category]?.({ name, typed_config: any(type, type === "google.protobuf.Struct" ? { value: {} } : {}) }) ?? {});
    return (theirs === "") === (ours === "") ? [] : [{ type, theirs, ours }];
  });
  expect(differing.filter(({ type }) => DIFFER[type] === undefined)).toEqual([]);
}, 60_000);
