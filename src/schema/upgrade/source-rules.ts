/** Where configuration is discovered: v3 insists on saying that it is v3. */
import { isRawMap, type RawMap, type RawValue, textOfRaw } from "../../diagnostics/raw.ts";
import { raw } from "./addresses.ts";
import type { Finishers, MessageUpgrade, Rule, Rules } from "./message-upgrade.ts";
import { duration } from "./times.ts";

/** v1's `{ cluster, refresh_delay_ms }` as a REST source. */
export function restSource(message: MessageUpgrade, key: string, source: RawMap): RawValue {
  const cluster = source["cluster"] ?? null;
  const name = isRawMap(cluster) ? cluster["name"] ?? "" : cluster ?? "";
  const delay = Number(textOfRaw(source["refresh_delay_ms"] ?? 30_000));
  return message.tree(key, raw({
    resource_api_version: "V3",
    api_config_source: raw({ api_type: "REST", transport_api_version: "V3", cluster_names: [name], refresh_delay: duration(delay) }),
  }));
}

/** v2 and "auto" were other words for the API that is gone. */
const version: Rule = (message, key, value) => {
  const field = message.type.byName.get(key)?.name ?? key;
  if (textOfRaw(value).toUpperCase() === "V3") return message.set(field, value, key);
  message.replace(key, field, "V3", "v2", `${textOfRaw(value)} is no version that Envoy speaks`);
};

function versioned(field: string, camel: string, when: (message: MessageUpgrade) => boolean = () => true) {
  return (message: MessageUpgrade): void => {
    if (message.has(field, camel) || message.out[field] !== undefined || !when(message)) return;
    message.out[field] = "V3";
    message.say(undefined, `In v3, what speaks Envoy's API says which version, with ${field}`, `Add ${field}: V3`, "none");
  };
}

const transport = versioned("transport_api_version", "transportApiVersion");
const CONFIG_SOURCE = "envoy.api.v2.core.ConfigSource";
const API_SOURCE = "envoy.api.v2.core.ApiConfigSource";

/** Messages that name a gRPC service of Envoy's own API. */
const GRPC_USERS = [
  API_SOURCE, "envoy.config.ratelimit.v2.RateLimitServiceConfig", "envoy.config.accesslog.v2.CommonGrpcAccessLogConfig", "envoy.config.metrics.v2.MetricsServiceConfig",
  "envoy.config.filter.network.ext_authz.v2.ExtAuthz",
];

/** v1 and early v2 gave the API by one word, and the clusters by their names. */
const apiType: Rule = (message, key, value) => {
  const word = textOfRaw(value).toUpperCase();
  if (word !== "REST_LEGACY" && word !== "UNSUPPORTED_REST_LEGACY") return message.set("api_type", value, key);
  message.replace(key, "api_type", "REST", "v2", `${word} is no API that Envoy speaks`);
};

/** A gRPC source named clusters before it named services. */
function clusterNames(message: MessageUpgrade): void {
  const { out } = message;
  const names = out["cluster_names"] ?? null;
  const type = textOfRaw(out["api_type"] ?? "").toUpperCase();
  if (names === null || (type !== "GRPC" && type !== "DELTA_GRPC") || out["grpc_services"] !== undefined) return;
  const key = message.has("cluster_names") ? "cluster_names" : "clusterNames";
  delete out["cluster_names"];
  message.replace(key, "grpc_services", message.tree(key, message.items(names).map((name) => raw({ envoy_grpc: raw({ cluster_name: name }) }))));
}

export const SOURCE_RULES: Rules = {
  [`${CONFIG_SOURCE}.resource_api_version`]: version,
  [`${API_SOURCE}.transport_api_version`]: version,
  [`${API_SOURCE}.api_type`]: apiType,
};

export const SOURCE_FINISHERS: Finishers = {
  ...Object.fromEntries(GRPC_USERS.map((type) => [type, transport])),
  [API_SOURCE]: (message) => {
    transport(message);
    clusterNames(message);
  },
  [CONFIG_SOURCE]: versioned("resource_api_version", "resourceApiVersion"),
  "envoy.config.filter.http.ext_authz.v2.ExtAuthz": versioned("transport_api_version", "transportApiVersion", (message) => message.has("grpc_service", "grpcService")),
};
