/** Clusters. */
import { isRawMap, newRawMap, textOfRaw } from "../../diagnostics/raw.ts";
import { V3 } from "../table.ts";
import { hostAddress, raw } from "./addresses.ts";
import { typedConfig } from "./extension-rules.ts";
import type { Rule, Rules } from "./message-upgrade.ts";
import { restSource } from "./source-rules.ts";
import { tlsSocket } from "./tls-rules.ts";
import { moved, movedAs, rulesOf, worded } from "./words.ts";

const CLUSTER = "envoy.api.v2.Cluster";

const hosts: Rule = (message, key, value) => {
  if (/^(?:sds|eds|original_dst)$/i.test(textOfRaw(message.raw["type"] ?? ""))) return message.drop(key, "Hosts that are discovered are not given", "v2");
  const endpoints = message.items(value).map((host) => raw({ endpoint: raw({ address: hostAddress(message, key, host) }) }));
  const assignment = raw({ cluster_name: message.text("name"), endpoints: [raw({ lb_endpoints: endpoints })] });
  message.replace(key, "load_assignment", message.tree(key, assignment));
};

/** Discovery by v1's SDS became EDS. */
const type: Rule = (message, key, value) => {
  if (textOfRaw(value).toLowerCase() !== "sds") return message.set("type", value, key);
  message.replace(key, "type", "EDS", "v1", "sds is called EDS in v3");
  if (message.has("eds_cluster_config", "edsClusterConfig")) return;
  const { sds } = message.walk.told;
  const source = sds === undefined ? message.tree(key, raw({ resource_api_version: "V3", ads: raw({}) })) : restSource(message, key, sds);
  message.setAt(["eds_cluster_config", "eds_config"], source, key);
  message.say(key, sds === undefined ? "Nothing says where this cluster's endpoints come from; ADS is assumed" : "A cluster of type EDS names the source of its endpoints", "Write eds_cluster_config: { eds_config: ... }", "v1");
};

/** The balancer of an ORIGINAL_DST cluster is the cluster's own. */
const LB_POLICIES = { original_dst_lb: "CLUSTER_PROVIDED", weighted_least_request: "LEAST_REQUEST" };

const OPTIONS: Readonly<Record<string, string>> = {
  "envoy.filters.network.thrift_proxy": "envoy.extensions.filters.network.thrift_proxy.v3.ThriftProtocolOptions",
  "envoy.redis_proxy": "envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions",
  "envoy.filters.network.redis_proxy": "envoy.extensions.filters.network.redis_proxy.v3.RedisProtocolOptions",
};

const protocolOptions: Rule = (message, key, value) => {
  const typed = newRawMap();
  for (const [name, entry] of isRawMap(value) ? Object.entries(value) : []) {
    const known = V3.message(OPTIONS[name] ?? "");
    if (known === undefined) message.lose(key, `legate does not know the type of the options of ${name}`, "Write typed_extension_protocol_options by hand");
    else typed[name] = typedConfig(message, key, known, entry);
  }
  message.replace(key, "typed_extension_protocol_options", message.tree(key, typed));
};

/** v1 named protocols as "features". */
const features: Rule = (message, key, value) => {
  if (!textOfRaw(value).split(",").includes("http2")) return message.drop(key, "v3 has no such features");
  message.replace(key, "http2_protocol_options", isRawMap(message.out["http2_protocol_options"]) ? message.out["http2_protocol_options"] : message.made(key), "v1");
};

/** v1 had one set of thresholds for each priority. */
function thresholds(priority: "DEFAULT" | "HIGH"): Rule {
  return (message, key, value) => {
    const one = Object.assign(newRawMap(), { priority }, isRawMap(value) ? value : {});
    message.walk.origins.deriveEntry(one, message.raw, key);
    message.replace(key, "thresholds", message.tree(key, [...message.items(message.out["thresholds"] ?? null), one]), "v1");
  };
}

const tlsContext: Rule = (message, key, value) => tlsSocket(message, key, value, "envoy.api.v2.auth.UpstreamTlsContext");

export const CLUSTER_RULES: Rules = {
  ...rulesOf(CLUSTER, {
    hosts, type, features, tls_context: tlsContext, ssl_context: tlsContext, extension_protocol_options: protocolOptions,
    lb_policy: worded("lb_policy", LB_POLICIES, "v2"), lb_type: worded("lb_policy", { ...LB_POLICIES, round_robin: "ROUND_ROBIN", least_request: "LEAST_REQUEST", random: "RANDOM", ring_hash: "RING_HASH", maglev: "MAGLEV" }),
    service_name: (message, key, value) => {
      if (textOfRaw(message.raw["type"] ?? "").toLowerCase() === "sds") message.replace(key, ["eds_cluster_config", "service_name"], value, "v1");
      else message.drop(key, "Only clusters that are discovered have a service name");
    },
    http2_settings: movedAs("http2_protocol_options", "envoy.api.v2.core.Http2ProtocolOptions"),
    health_check: (message, key, value) => message.replace(key, "health_checks", message.tree(key, [message.as("envoy.api.v2.core.HealthCheck", value)]), "v1"),
  }),
  ...rulesOf("envoy.api.v2.cluster.CircuitBreakers", { default: thresholds("DEFAULT"), high: thresholds("HIGH") }),
  "envoy.api.v2.Cluster.RingHashLbConfig.deprecated_v1": (message, key, value) => {
    if (isRawMap(value) && value["use_std_hash"] === true) message.replace(key, "hash_function", "XX_HASH", "v2", "std::hash is no hash function of v3");
    else message.drop(key, "v3 always hashes with a function of its own", "v2");
  },
  "envoy.api.v2.ClusterLoadAssignment.Policy.disable_overprovisioning": (message, key, value) => {
    if (value === true) message.replace(key, "overprovisioning_factor", 100);
    else message.drop(key, "false is what v3 does");
  },
  "envoy.api.v2.LoadBalancingPolicy.Policy.name": moved("typed_extension_config.name", "v2"),
  "envoy.api.v2.LoadBalancingPolicy.Policy.typed_config": (message, key, value) => message.replace(key, ["typed_extension_config", "typed_config"], message.walk.value(message.type.byName.get("typed_config") as never, value)),
};

