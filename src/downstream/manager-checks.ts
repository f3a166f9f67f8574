/** What Envoy rejects about an HTTP connection manager and its list of filters (envoy-semantics 13.8). */
import { checkFilterOrder } from "../contract/filter-order.ts";
import { TYPED_STRUCTS } from "../contract/find-extension.ts";
import { messageCheck, type MessageCheck, type Refuse, refusals } from "../contract/message-check.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { extensionByType } from "../schema/extensions.ts";
import type { ExtensionConfigSource } from "../schema/generated/envoy/config/core/v3.ts";
import type { ScopedRouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import type { HttpConnectionManager, HttpFilter, Rds } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import { typeOf } from "../schema/table.ts";

function checkOptions(config: HttpConnectionManager, refuse: Refuse): void {
  const http2 = config.http2_protocol_options;
  if ((http2?.max_header_field_size_kb ?? 0) > (config.max_request_headers_kb ?? 60)) refuse(http2 as object, "max_header_field_size_kb", "max_header_field_size_kb must not exceed max_request_headers_kb");
  const common = config.common_http_protocol_options;
  if (common?.max_response_headers_kb !== undefined) refuse(common, "max_response_headers_kb", "max_response_headers_kb is for clusters, not for the connection manager");
  if ((config.original_ip_detection_extensions ?? []).length > 0 && (config.xff_num_trusted_hops ?? 0) > 0) {
    refuse(config, "xff_num_trusted_hops", "original_ip_detection_extensions and xff_num_trusted_hops may not be mixed");
  }
  if (config.typed_header_validation_config !== undefined) refuse(config, "typed_header_validation_config", "Envoy 1.40.0 is built without header validators");
  checkLogging(config, refuse);
  checkRds(config.rds, refuse);
  for (const scope of config.scoped_routes?.scoped_route_configurations_list?.scoped_route_configurations ?? []) checkInlineScope(scope, refuse);
}

function checkInlineScope(scope: ScopedRouteConfiguration, refuse: Refuse): void {
  if ((scope.route_configuration_name ?? "") !== "") refuse(scope, "route_configuration_name", "fetching routes via RDS (route_configuration_name) is not supported with inline scoped routes");
  else if (scope.route_configuration === undefined) refuse(scope, undefined, "a scope that stands in the connection manager needs a route_configuration");
}

function checkLogging(config: HttpConnectionManager, refuse: Refuse): void {
  if (config.access_log_options === undefined) return;
  for (const key of ["flush_access_log_on_new_request", "access_log_flush_interval"] as const) {
    if (config[key] !== undefined) refuse(config, key, `only one of ${key} and access_log_options can be specified`);
  }
}

function checkRds(rds: Rds | undefined, refuse: Refuse): void {
  const name = rds?.route_config_name ?? "";
  if (rds !== undefined && rds.config_source === undefined && !name.startsWith("xdstp:")) refuse(rds, undefined, "rds needs a config_source, or a route_config_name that is an xdstp URL");
}

/** Scoped routes that stand in the configuration hold their tables. */
function checkScopes(config: HttpConnectionManager, refuse: Refuse): void {
  for (const scope of config.scoped_routes?.scoped_route_configurations_list?.scoped_route_configurations ?? []) {
    if ((scope.route_configuration_name ?? "") !== "") refuse(scope, "route_configuration_name", "inline scoped routes cannot fetch their table by name");
    else if (scope.route_configuration === undefined) refuse(scope, undefined, "an inline scoped route needs its route_configuration");
  }
}

function checkUpgrades(config: HttpConnectionManager, refuse: Refuse): void {
  const seen = new Set<string>();
  for (const upgrade of config.upgrade_configs ?? []) {
    const name = (upgrade.upgrade_type ?? "").toLowerCase();
    if (seen.has(name)) refuse(upgrade, "upgrade_type", `there are several upgrade_configs for '${upgrade.upgrade_type ?? ""}'`);
    seen.add(name);
  }
}

function checkFilters(filters: readonly HttpFilter[], refuse: Refuse): void {
  const last = filters.at(-1);
  if (last?.disabled === true) refuse(last, "disabled", "the last (terminal) filter of the chain cannot be disabled");
  for (const filter of filters) if (filter.config_discovery !== undefined) checkDiscovery(filter.name ?? "", filter.config_discovery, refuse);
}

function checkDiscovery(name: string, source: ExtensionConfigSource, refuse: Refuse): void {
  const types = (source.type_urls ?? []).map((url) => typeOf(url) ?? url);
  for (const [i, type] of types.entries()) {
    if (extensionByType("envoy.filters.http", type) === undefined) refuse(source.type_urls as object, i, `${type} is not the configuration of an HTTP filter`);
  }
  const config = source.default_config as { readonly "@type"?: string; readonly type_url?: string } | undefined;
  if (config === undefined) {
    if (source.apply_default_config_without_warming === true) refuse(source, "apply_default_config_without_warming", `filter '${name}' has no default_config to apply`);
    return;
  }
  const outer = typeOf(config["@type"] ?? "") ?? "";
  const type = TYPED_STRUCTS.has(outer) ? (typeOf(config.type_url ?? "") ?? "") : outer;
  if (extensionByType("envoy.filters.http", type) === undefined) refuse(source, "default_config", `${type} is not the configuration of an HTTP filter`);
  else if (!types.includes(type)) refuse(source, "default_config", `the default is a ${type}, which is not one of type_urls`);
}

function checkConflicts(config: HttpConnectionManager, diagnostics: Diagnostics): void {
  if (config.strip_any_host_port === true && config.strip_matching_host_port === true) {
    diagnostics.report({
      code: "LGT0603", at: config, key: "strip_any_host_port",
      message: "strip_any_host_port and strip_matching_host_port are both set; only one of them may be",
      related: [{ at: config, key: "strip_matching_host_port", message: "set here too" }],
    });
  }
  if (config.use_remote_address === true && (config.original_ip_detection_extensions ?? []).length > 0) {
    diagnostics.report({
      code: "LGT0604", at: config, key: "original_ip_detection_extensions",
      message: "original_ip_detection_extensions and use_remote_address may not be mixed",
      related: [{ at: config, key: "use_remote_address", message: "set here" }],
    });
  }
}

/** A terminal filter stands last, and the last is terminal, whether or not legate can run them. */
function checkOrder(config: HttpConnectionManager, diagnostics: Diagnostics): void {
  if ((config.http_filters ?? []).length === 0) diagnostics.report({ code: "LGT0602", at: config, message: "http_filters is empty: nothing answers a request; the router filter must be the last", severity: "warning" });
  else checkFilterOrder(config.http_filters ?? [], "http_filters", diagnostics);
  for (const upgrade of config.upgrade_configs ?? []) checkFilterOrder(upgrade.filters ?? [], `the filters of upgrade '${upgrade.upgrade_type ?? ""}'`, diagnostics);
}

const MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

export const MANAGER_CHECKS: readonly MessageCheck[] = [
  messageCheck(MANAGER, (config, { diagnostics }) => {
    checkOrder(config, diagnostics);
    checkConflicts(config, diagnostics);
  }),
  refusals("LGT0613", MANAGER, (config, refuse) => {
    checkOptions(config, refuse);
    checkUpgrades(config, refuse);
    checkScopes(config, refuse);
    checkFilters(config.http_filters ?? [], refuse);
    for (const upgrade of config.upgrade_configs ?? []) checkFilters(upgrade.filters ?? [], refuse);
  }),
  refusals("LGT0613", "envoy.extensions.filters.network.http_connection_manager.v3.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor", (extractor, refuse) => {
    if (extractor.index === undefined && extractor.element === undefined) refuse(extractor, undefined, "one of index and element must be set");
    if ((extractor.element_separator ?? "") === "" && (extractor.index ?? 0) !== 0) refuse(extractor, "index", "index > 0 needs an element_separator");
  }),
];
