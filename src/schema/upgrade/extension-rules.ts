/** Extensions: from `config`, a Struct without a type, to `typed_config`; and from old names to new ones. */
import { isRawMap, newRawMap, type RawMap, type RawValue, textOfRaw } from "../../diagnostics/raw.ts";
import type { MessageType } from "../table.ts";
import { formerType, newName, routeTypeByName, typeByName } from "./extension-names.ts";
import type { Finishers, MessageUpgrade, Rule, Rules } from "./message-upgrade.ts";
import { v2MessageOf } from "./successors.ts";

const TRANSPORT_SOCKET = "envoy.api.v2.core.TransportSocket";

/** Messages of v2 that name an extension, and its category. */
const NAMING: Readonly<Record<string, string>> = {
  "envoy.api.v2.listener.Filter": "envoy.filters.network",
  "envoy.api.v2.listener.ListenerFilter": "envoy.filters.listener",
  "envoy.config.filter.network.http_connection_manager.v2.HttpFilter": "envoy.filters.http",
  "envoy.config.filter.accesslog.v2.AccessLog": "envoy.access_loggers",
  "envoy.config.filter.accesslog.v2.ExtensionFilter": "envoy.access_loggers.extension_filters",
  "envoy.config.metrics.v2.StatsSink": "envoy.stats_sinks",
  "envoy.config.trace.v2.Tracing.Http": "envoy.tracers",
  "envoy.api.v2.core.HealthCheck.CustomHealthCheck": "envoy.health_checkers",
  "envoy.api.v2.route.RetryPolicy.RetryHostPredicate": "envoy.retry_host_predicates",
  "envoy.api.v2.route.RetryPolicy.RetryPriority": "envoy.retry_priorities",
  "envoy.config.overload.v2alpha.ResourceMonitor": "envoy.resource_monitors",
  "envoy.api.v2.auth.PrivateKeyProvider": "envoy.tls.key_providers",
  "envoy.api.v2.core.GrpcService.GoogleGrpc.CallCredentials.MetadataCredentialsFromPlugin": "envoy.grpc_credentials",
  "envoy.config.filter.network.thrift_proxy.v2alpha1.ThriftFilter": "envoy.thrift_proxy.filters",
  [TRANSPORT_SOCKET]: "",
};

function categoryOf({ type, walk }: MessageUpgrade): string {
  if (type.name === TRANSPORT_SOCKET) return walk.told.downstream ? "envoy.transport_sockets.downstream" : "envoy.transport_sockets.upstream";
  return NAMING[type.name] ?? "";
}

/** A configuration without a type as an Any of the type; `key` is where it stands, `name` what the extension was called. */
export function typedConfig(message: MessageUpgrade, key: string, type: MessageType, config: RawValue, name = ""): RawMap {
  const former = formerType(name);
  const old = v2MessageOf(former ?? type.name);
  const raw = isRawMap(config) ? config : message.made(key);
  const upgraded = old === undefined ? raw : message.walk.message(old, raw);
  const typed = Object.assign(newRawMap(), { "@type": `type.googleapis.com/${type.name}` }, upgraded);
  message.walk.origins.derive(typed, upgraded);
  return typed;
}

/** `config`: what is in it has the type that the extension's name stands for. */
const config: Rule = (message, key, value) => {
  const category = categoryOf(message);
  const type = typeByName(category, newName(category, message.text("name")));
  if (type === undefined) return; // the name itself is reported: nobody knows it
  message.set("typed_config", typedConfig(message, key, type, value, message.text("name")), key);
  message.say(key, `${key} is no field of v3; typed_config, which names its type, takes its place`, `Write typed_config: { "@type": type.googleapis.com/${type.name}, ... }`);
};

/** An empty typed_config names no type, which v3 does not take. */
function isTyped(config: RawValue): boolean {
  return config !== null && (!isRawMap(config) || Object.keys(config).length > 0);
}

function finish(message: MessageUpgrade): void {
  const category = categoryOf(message);
  const name = message.text("name");
  const renamed = newName(category, name);
  if (renamed !== name) {
    message.set("name", renamed, "name");
    message.say("name", `${name} is called ${renamed} in v3`, `Write name: ${renamed}`, "none");
  }
  if (message.has("config", "config_discovery", "configDiscovery") || isTyped(message.out["typed_config"] ?? null)) return;
  const type = typeByName(category, renamed);
  if (type === undefined) return;
  message.set("typed_config", typedConfig(message, "name", type, null, name), "name");
  message.say("name", `${renamed} needs a typed_config in v3`, `Add typed_config: { "@type": type.googleapis.com/${type.name} }`, renamed === name ? "none" : "v2");
}

/** Configuration of filters for a route, by the filters' names. */
const perFilterConfig: Rule = (message, key, value) => {
  const typed = newRawMap();
  for (const [name, entry] of isRawMap(value) ? Object.entries(value) : []) {
    const renamed = newName("envoy.filters.http", name);
    const type = routeTypeByName(renamed);
    if (type === undefined) {
      message.lose(key, `legate knows no filter ${name} that takes configuration for a route`, "Give the filter a typed_per_filter_config by hand");
      continue;
    }
    typed[renamed] = typedConfig(message, key, type, entry);
  }
  if (isRawMap(value)) message.walk.origins.derive(typed, value, new Map(Object.keys(value).map((name) => [newName("envoy.filters.http", name), name])));
  message.set("typed_per_filter_config", typed, key);
  message.say(key, `${key} is no field of v3; typed_per_filter_config, whose entries name their types, takes its place`, `Write typed_per_filter_config: { ${Object.entries(typed).map(([name, entry]) => `${name}: { "@type": ${textOfRaw((entry as RawMap)["@type"])}, ... }`).join(", ")} }`);
};

/** The keys are names of filters. */
const typedPerFilterConfig: Rule = (message, key, value) => {
  const field = message.type.byName.get(key);
  const upgraded = field === undefined ? value : message.walk.value(field, value);
  if (!isRawMap(upgraded)) return message.set("typed_per_filter_config", upgraded, key);
  const out = newRawMap();
  const names = new Map<string, string>();
  for (const [name, entry] of Object.entries(upgraded)) {
    const renamed = newName("envoy.filters.http", name);
    out[renamed] = entry;
    names.set(renamed, name);
    if (renamed !== name) message.say(key, `${name} is called ${renamed} in v3`, `Write ${renamed}`, "none");
  }
  message.walk.origins.derive(out, upgraded, names);
  message.set("typed_per_filter_config", out, key);
};

const downstream: Rule = (message, key, value) => {
  const { told } = message.walk;
  told.downstream = true;
  message.set("transport_socket", message.as(TRANSPORT_SOCKET, value), key);
  told.downstream = false;
};

const PER_ROUTE = ["envoy.api.v2.route.Route", "envoy.api.v2.route.VirtualHost", "envoy.api.v2.route.WeightedCluster.ClusterWeight"];

export const EXTENSION_RULES: Rules = {
  ...Object.fromEntries(Object.keys(NAMING).map((type) => [`${type}.config`, config])),
  ...Object.fromEntries(PER_ROUTE.flatMap((type) => [[`${type}.per_filter_config`, perFilterConfig], [`${type}.typed_per_filter_config`, typedPerFilterConfig]])),
  "envoy.api.v2.listener.FilterChain.transport_socket": downstream,
};

export const EXTENSION_FINISHERS: Finishers = Object.fromEntries(Object.keys(NAMING).map((type) => [type, finish]));
