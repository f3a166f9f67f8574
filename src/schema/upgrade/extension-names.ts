/** Names that extensions had in the v1 and v2 APIs, and the messages that configure them. */
import { extensionByName } from "../extensions.ts";
import { V3, type MessageType } from "../table.ts";

const HTTP = "envoy.filters.http";
const NETWORK = "envoy.filters.network";

/** Old names whose new one is not the category and the old name without `envoy.`. */
const RENAMED: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  [HTTP]: { rate_limit: "ratelimit", http_dynamo_filter: "dynamo", local_rate_limit: "local_ratelimit", gzip: "compressor", "filters.http.gzip": "compressor" },
  [NETWORK]: {},
  "envoy.filters.listener": {},
  "envoy.access_loggers": { file_access_log: "file", http_grpc_access_log: "http_grpc", tcp_grpc_access_log: "tcp_grpc", wasm_access_log: "wasm", stdout_access_log: "stdout", stderr_access_log: "stderr" },
  "envoy.stats_sinks": {},
  "envoy.tracers": { "dynamic.ot": "dynamic_ot" },
  "envoy.transport_sockets.downstream": { ssl: "tls" },
  "envoy.transport_sockets.upstream": { ssl: "tls" },
};

/** Begin of the names of a category, where it is not the category's own name. */
const PREFIX: Readonly<Record<string, string>> = {
  "envoy.stats_sinks": "envoy.stat_sinks", "envoy.transport_sockets.downstream": "envoy.transport_sockets", "envoy.transport_sockets.upstream": "envoy.transport_sockets",
  "envoy.thrift_proxy.filters": "envoy.filters.thrift",
};

/** Messages of extensions that the released Envoy knows by a name of its own. */
const TYPES: Readonly<Record<string, string>> = {
  "envoy.filters.http.compressor": "envoy.extensions.filters.http.compressor.v3.Compressor",
  "envoy.filters.http.ext_proc": "envoy.extensions.filters.http.ext_proc.v3.ExternalProcessor",
  "envoy.filters.http.dynamo": "envoy.extensions.filters.http.dynamo.v3.Dynamo",
  "envoy.filters.network.client_ssl_auth": "envoy.extensions.filters.network.client_ssl_auth.v3.ClientSSLAuth",
  "envoy.tracers.lightstep": "envoy.config.trace.v3.LightstepConfig",
  "envoy.tracers.dynamic_ot": "envoy.config.trace.v3.DynamicOtConfig",
  "envoy.udp_listener.raw": "",
};

/** Messages for a route, a virtual host or a weighted cluster, where they are not the filter's own. */
const PER_ROUTE: Readonly<Record<string, string>> = { "envoy.filters.http.ext_proc": "envoy.extensions.filters.http.ext_proc.v3.ExtProcPerRoute" };

/** The name that v3 uses for an extension of a category; the same name where it is not an old one. */
export function newName(category: string, name: string): string {
  const bare = name.replace(/^envoy\.(?:listener\.(?=\w))?/, "");
  const prefix = PREFIX[category] ?? category;
  const candidates = [RENAMED[category]?.[bare], bare].filter((word) => word !== undefined).map((word) => `${prefix}.${word}`);
  return candidates.find((candidate) => candidate !== name && (extensionByName(category, candidate)?.types.length ?? 0) > 0 || TYPES[candidate] !== undefined) ?? name;
}

/** The message that configures an extension; undefined where none is known. */
export function typeByName(category: string, name: string): MessageType | undefined {
  const type = TYPES[name] ?? extensionByName(category, name)?.types[0];
  return type === undefined ? undefined : V3.message(type);
}

/** The v2 message behind an old name, where another extension took its place. */
export function formerType(name: string): string | undefined {
  return /(?:^|\.)gzip$/.test(name) ? "envoy.config.filter.http.gzip.v2.Gzip" : undefined;
}

/** The message that configures an HTTP filter for a route. */
export function routeTypeByName(name: string): MessageType | undefined {
  const types = extensionByName(HTTP, name)?.types ?? [];
  const type = PER_ROUTE[name] ?? types[1] ?? types[0];
  return type === undefined ? undefined : V3.message(type);
}
