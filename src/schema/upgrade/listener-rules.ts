/** Listeners and their filter chains. */
import { isRawMap, newRawMap, type RawMap, type RawValue, textOfRaw } from "../../diagnostics/raw.ts";
import { addressRule } from "./addresses.ts";
import type { Finishers, MessageUpgrade, Rule, Rules } from "./message-upgrade.ts";
import { tlsSocket } from "./tls-rules.ts";
import { needless, rulesOf } from "./words.ts";

const CHAIN = "envoy.api.v2.listener.FilterChain";

/** A word of v1's listener that stands in its one filter chain. */
function inChain(field: string): Rule {
  return (message, key, value) => {
    const chain = Object.assign(newRawMap(), { [field]: value });
    message.walk.origins.derive(chain, message.raw, new Map([[field, key]]));
    const upgraded = message.walk.named(CHAIN, chain);
    const [first = null] = message.items(message.out["filter_chains"] ?? null);
    const joined: RawMap = isRawMap(first) ? first : message.made(key);
    for (const [name, entry] of Object.entries(upgraded)) joined[name] = entry;
    message.set("filter_chains", message.tree(key, [joined]), key);
    message.say(key, `${key} stands in a filter chain`, `Write filter_chains: [{ ${field}: ... }]`, "v1");
  };
}

function finish(message: MessageUpgrade): void {
  const { told } = message.walk;
  const { direction } = told;
  delete told.direction;
  if (direction === undefined || message.has("traffic_direction", "trafficDirection")) return;
  message.out["traffic_direction"] = direction;
}

/** UDP listeners were extensions by name. */
const udpListenerName: Rule = (message, key, value) => {
  if (/raw_udp/.test(textOfRaw(value))) message.drop(key, "A raw UDP listener is what v3 opens", "v2");
  else message.lose(key, `The UDP listener ${textOfRaw(value)} was removed without a successor`, "Use quic_options for QUIC");
};

const dropConfig = needless("v3 has fields for what a UDP listener needs", "v2");

const LISTENER = "envoy.api.v2.Listener";

const chainTls: Rule = (message, key, value: RawValue) => tlsSocket(message, key, value, "envoy.api.v2.auth.DownstreamTlsContext");

export const LISTENER_RULES: Rules = {
  ...rulesOf(LISTENER, { address: addressRule, filters: inChain("filters"), ssl_context: inChain("ssl_context"), tls_context: inChain("tls_context"), use_proxy_proto: inChain("use_proxy_proto") }),
  ...rulesOf(CHAIN, { tls_context: chainTls, ssl_context: chainTls }),
  "envoy.api.v2.listener.Filter.type": needless("v3 asks the filter itself"),
  "envoy.api.v2.listener.UdpListenerConfig.udp_listener_name": udpListenerName,
  "envoy.api.v2.listener.UdpListenerConfig.config": dropConfig, "envoy.api.v2.listener.UdpListenerConfig.typed_config": dropConfig,
  // server names once had a list of their own kind
  "envoy.api.v2.listener.FilterChainMatch.sni_domains": (message, key, value) => message.replace(key, "server_names", value),
};

export const LISTENER_FINISHERS: Finishers = { [LISTENER]: finish };
