/** The bootstrap: v1's layout, bare fragments, and what v2 named otherwise. */
import { isRawMap, newRawMap, type RawMap, type RawValue } from "../../diagnostics/raw.ts";
import { addressOfUrl, addressRule, raw } from "./addresses.ts";
import { typedConfig } from "./extension-rules.ts";
import type { MessageUpgrade, Rule, Rules } from "./message-upgrade.ts";
import { typeByName } from "./extension-names.ts";
import { timeAt } from "./times.ts";
import { restSource } from "./source-rules.ts";
import { needless, rulesOf } from "./words.ts";

const CLUSTER = "envoy.api.v2.Cluster";
const CLUSTER_MANAGER = "envoy.config.bootstrap.v2.ClusterManager";

/** Adds to a list below `static_resources`. */
function addStatic(message: MessageUpgrade, key: string, list: "listeners" | "clusters", items: readonly RawValue[]): void {
  const resources = message.out["static_resources"];
  const before = isRawMap(resources) ? resources[list] ?? null : null;
  const all = message.tree(key, [...message.items(before), ...items]);
  message.setAt(["static_resources", list], all, key);
}

/** Top-level `listeners` and `clusters`. */
function bare(list: "listeners" | "clusters", type: string): Rule {
  return (message, key, value) => {
    addStatic(message, key, list, message.items(value).map((item) => message.as(type, item)));
    message.say(key, `${key} stands below static_resources`, `Write static_resources: { ${key}: [...] }`);
  };
}

/** Upgraded after what may stand before it, and joined with bare lists. */
const staticResources: Rule = (message, key, value) => {
  if (!isRawMap(value)) return message.set(key, value, key);
  const upgraded = message.walk.named("envoy.config.bootstrap.v2.Bootstrap.StaticResources", value);
  for (const list of ["listeners", "clusters"] as const) {
    const earlier = isRawMap(message.out["static_resources"]) ? message.out["static_resources"][list] : undefined;
    if (earlier !== undefined) upgraded[list] = message.tree(key, [...message.items(earlier), ...message.items(upgraded[list] ?? null)]);
  }
  message.set("static_resources", upgraded, key);
};

/** v1 kept the clusters, and where they are discovered, in the cluster manager. */
const clusterManager: Rule = (message, key, value) => {
  if (!isRawMap(value)) return message.set(key, value, key);
  const { clusters, sds, cds, ...rest } = value;
  const say = (word: string, fix: string): void => message.walk.change({ at: value, key: word, message: `${word} does not stand in cluster_manager in v3`, fix, proof: "v1" });
  if (isRawMap(sds ?? null)) {
    message.walk.told.sds = sds as RawMap;
    addStatic(message, key, "clusters", serving(message, sds as RawMap));
    say("sds", "Write an eds_cluster_config in each cluster that it serves, and its own cluster below static_resources. A server of v1's SDS must be replaced by one that speaks EDS");
  }
  if (isRawMap(cds ?? null)) {
    addStatic(message, key, "clusters", serving(message, cds as RawMap));
    message.setAt(["dynamic_resources", "cds_config"], restSource(message, key, cds as RawMap), key);
    say("cds", "Write dynamic_resources: { cds_config: ... }, and its own cluster below static_resources");
  }
  if (clusters !== undefined) {
    addStatic(message, key, "clusters", message.items(clusters).map((cluster) => message.as(CLUSTER, cluster)));
    say("clusters", "Write static_resources: { clusters: [...] }");
  }
  if (Object.keys(rest).length === 0) return;
  const manager = Object.assign(newRawMap(), rest);
  message.walk.origins.derive(manager, value);
  message.set("cluster_manager", message.as(CLUSTER_MANAGER, manager), key);
};

/** The cluster that a v1 source of configuration is served by, where it is written there. */
function serving(message: MessageUpgrade, source: RawMap): RawValue[] {
  const cluster = source["cluster"] ?? null;
  return isRawMap(cluster) ? [message.as(CLUSTER, cluster)] : [];
}

const lds: Rule = (message, key, value) => {
  if (!isRawMap(value)) return;
  message.replace(key, ["dynamic_resources", "lds_config"], restSource(message, key, value), "v1");
};

/** v2's runtime is two folders and their values, in this order of strength. */
const runtime: Rule = (message, key, value) => {
  if (!isRawMap(value)) return message.lose(key, "runtime is no field of v3", "Write layered_runtime");
  const { base, symlink_root: root = null, subdirectory = null, override_subdirectory: over = null } = value;
  const layers: RawValue[] = [];
  if (base !== undefined) layers.push(raw({ name: "base", static_layer: base }));
  if (root !== null) layers.push(raw({ name: "root", disk_layer: raw({ symlink_root: root, ...(subdirectory === null ? {} : { subdirectory }) }) }));
  if (root !== null && over !== null) layers.push(raw({ name: "override", disk_layer: raw({ symlink_root: root, subdirectory: over, append_service_cluster: true }) }));
  layers.push(raw({ name: "admin", admin_layer: raw({}) }));
  message.replace(key, ["layered_runtime", "layers"], message.tree(key, layers));
};

/** v1's two forms of the statsd sink. */
function statsd(field: "address" | "tcp_cluster_name"): Rule {
  return (message, key, value) => {
    const type = typeByName("envoy.stats_sinks", "envoy.stat_sinks.statsd");
    const url = field === "address" && typeof value === "string" ? addressOfUrl(message, key, `udp://${value}`) : undefined;
    if (type === undefined) return;
    const sink = message.made(key, { name: "envoy.stat_sinks.statsd", typed_config: typedConfig(message, key, type, message.made(key, { [field]: url ?? value })) });
    message.replace(key, "stats_sinks", message.tree(key, [...message.items(message.out["stats_sinks"] ?? null), sink]), "v1");
  };
}

const WATCHDOG = ["miss_timeout", "megamiss_timeout", "kill_timeout", "multikill_timeout"];

export const BOOTSTRAP_RULES: Rules = {
  ...rulesOf("envoy.config.bootstrap.v2.Bootstrap", {
    listeners: bare("listeners", "envoy.api.v2.Listener"), clusters: bare("clusters", CLUSTER), static_resources: staticResources, cluster_manager: clusterManager, lds, runtime,
    statsd_udp_ip_address: statsd("address"), statsd_tcp_cluster_name: statsd("tcp_cluster_name"),
    ...Object.fromEntries(WATCHDOG.map((name) => [`watchdog_${name.replace("_timeout", "")}_timeout_ms`, timeAt(`watchdog.${name}`)])),
    rate_limit_service: (message, key) => message.lose(key, "In v3 each rate limit filter names its own service", "Write rate_limit_service into the configuration of each rate limit filter"),
  }),
  "envoy.config.bootstrap.v2.Admin.address": addressRule,
  "envoy.api.v2.core.Node.build_version": needless("Envoy writes its build version itself", "v2"),
};
