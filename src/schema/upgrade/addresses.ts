/** Addresses that v1 wrote as URLs. */
import { isRawMap, type RawValue } from "../../diagnostics/raw.ts";
import type { MessageUpgrade, Rule } from "./message-upgrade.ts";

const ADDRESS = "envoy.api.v2.core.Address";

/** `tcp://10.0.0.1:80`, `tcp://[::1]:80`, `udp://...` and `unix://path` as an address of v3; undefined for other texts. */
export function addressOfUrl(message: MessageUpgrade, key: string, url: string): RawValue | undefined {
  const pipe = /^unix:\/\/(.+)$/.exec(url)?.[1];
  if (pipe !== undefined) return message.tree(key, raw({ pipe: raw({ path: pipe }) }));
  const [, protocol = "", host = "", port = ""] = /^(tcp|udp):\/\/(\[[^\]]+\]|[^:/]+):(\d+)\/?$/.exec(url) ?? [];
  if (port === "") return undefined;
  const address = { address: host.replace(/^\[|\]$/g, ""), port_value: Number(port) };
  return message.tree(key, raw({ socket_address: raw(protocol === "udp" ? { protocol: "UDP", ...address } : address) }));
}

/** A host in any of the old forms: a URL, `{ url: ... }`, or an address. */
export function hostAddress(message: MessageUpgrade, key: string, host: RawValue): RawValue {
  const url = typeof host === "string" ? host : isRawMap(host) ? host["url"] : undefined;
  const address = typeof url === "string" ? addressOfUrl(message, key, url) : undefined;
  return address ?? message.as(ADDRESS, host);
}

/** A field that v1 gives a URL and v2 an address. */
export const addressRule: Rule = (message, key, value) => {
  const address = typeof value === "string" ? addressOfUrl(message, key, value) : undefined;
  if (address === undefined) message.set("address", message.as(ADDRESS, value), key);
  else message.replace(key, "address", address, "v1", `${key} is a URL, which v3 does not take`);
};

/** A literal with the type of raw maps. */
export function raw(entries: Readonly<Record<string, RawValue>>): RawValue {
  return entries as RawValue;
}
