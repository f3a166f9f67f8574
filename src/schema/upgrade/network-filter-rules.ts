/** Network filters other than the HTTP connection manager. */
import { isRawMap, type RawValue } from "../../diagnostics/raw.ts";
import { raw } from "./addresses.ts";
import type { Rule, Rules } from "./message-upgrade.ts";
import { timeAt } from "./times.ts";
import { moved, rulesOf } from "./words.ts";

const REDIS = "envoy.config.filter.network.redis_proxy.v2.RedisProxy";
const TCP = "envoy.config.filter.network.tcp_proxy.v2.TcpProxy";

const catchAll: Rule = (message, key, value) => message.replace(key, ["prefix_routes", "catch_all_route"], message.tree(key, raw({ cluster: value })));

/** A TCP proxy's routes chose by addresses and ports, which filter chains do in v3; one route without conditions is a cluster. */
const routes: Rule = (message, key, value) => {
  const list: readonly RawValue[] = isRawMap(value) ? message.items(value["routes"] ?? null) : [];
  const [only] = list;
  if (list.length === 1 && isRawMap(only) && Object.keys(only).every((name) => name === "cluster")) {
    return message.replace(key, "cluster", only["cluster"] ?? "", key === "deprecated_v1" ? "v2" : "v1", "One route without conditions is a cluster");
  }
  message.lose(key, "A TCP proxy of v3 has one cluster; addresses and ports choose a filter chain", "Write one filter chain with its filter_chain_match for each route");
};

export const NETWORK_FILTER_RULES: Rules = {
  ...rulesOf(REDIS, { cluster: catchAll, cluster_name: catchAll, conn_pool: (message, key, value) => message.replace(key, "settings", message.as(`${REDIS}.ConnPoolSettings`, value), "v1") }),
  [`${REDIS}.PrefixRoutes.catch_all_cluster`]: (message, key, value) => message.replace(key, "catch_all_route", message.tree(key, raw({ cluster: value }))),
  ...rulesOf(TCP, { deprecated_v1: routes, route_config: routes }),
  "envoy.config.filter.network.mongo_proxy.v2.MongoProxy.fault": moved("delay"),
  "envoy.config.filter.network.client_ssl_auth.v2.ClientSSLAuth.ip_white_list": (message, key, value) => message.replace(key, "ip_white_list", message.tree(key, message.items(value).map((range) => cidr(range)))),
  "envoy.config.filter.network.rate_limit.v2.RateLimit.timeout_s": timeAt("timeout", "s"),
};

/** `10.0.0.0/8`, as v1 wrote it, as a message. */
function cidr(range: RawValue): RawValue {
  const [, address, bits] = typeof range === "string" ? /^(.+)\/(\d+)$/.exec(range) ?? [] : [];
  return address === undefined ? range : raw({ address_prefix: address, prefix_len: Number(bits) });
}
