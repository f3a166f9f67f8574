/** Health checks. */
import { isRawMap, newRawMap, type RawValue, textOfRaw } from "../../diagnostics/raw.ts";
import { raw } from "./addresses.ts";
import type { MessageUpgrade, Rule, Rules } from "./message-upgrade.ts";
import { moved, rulesOf } from "./words.ts";

const CHECK = "envoy.api.v2.core.HealthCheck";

/** v1 said the kind of a check, with its fields beside it. */
const type: Rule = (message, key, value) => {
  const kind = textOfRaw(value).toLowerCase();
  const fields: Readonly<Record<string, RawValue>> = kind === "http" ? pick(message, ["path", "service_name"]) : kind === "tcp" ? payloads(message) : {};
  if (kind === "redis") return message.lose(key, "A Redis health check is an extension in v3", "Write custom_health_check: { name: envoy.health_checkers.redis, ... }", "v1");
  const check = Object.assign(newRawMap(), fields);
  message.walk.origins.derive(check, message.raw);
  const field = kind === "http" ? "HttpHealthCheck" : "TcpHealthCheck";
  message.replace(key, kind === "http" ? "http_health_check" : "tcp_health_check", message.as(`${CHECK}.${field}`, check), "v1", "A check's type is the name of its field in v3");
};

function pick(message: MessageUpgrade, keys: readonly string[]): Record<string, RawValue> {
  return Object.fromEntries(keys.flatMap((key) => (message.has(key) ? [[key, message.raw[key] ?? null]] : [])));
}

/** v1 wrote bytes as a list of `{ binary: hex }`. */
function payloads(message: MessageUpgrade): Record<string, RawValue> {
  const hex = (key: string): RawValue[] => message.items(message.raw[key] ?? null).map((part) => (isRawMap(part) ? part["binary"] ?? "" : part));
  const [send, receive] = [hex("send"), hex("receive")];
  return { ...(send.length === 0 ? {} : { send: message.tree("send", raw({ text: send.join("") })) }), ...(receive.length === 0 ? {} : { receive: message.tree("receive", receive.map((text) => raw({ text }))) }) };
}

/** Read where the type stands. */
const beside: Rule = (message, key, value) => {
  if (message.text("type") === "") message.set(key, value, key);
};

const useHttp2: Rule = (message, key, value) => {
  if (value === true || value === "true") message.replace(key, "codec_client_type", "HTTP2");
  else message.drop(key, "HTTP/1 is what a check speaks");
};

const serviceName: Rule = (message, key, value) => {
  if (value === "") return message.drop(key, "An empty name is none");
  message.replace(key, "service_name_matcher", message.tree(key, raw({ prefix: value })));
};

const receive: Rule = (message, key, value) => {
  if (!isRawMap(value)) return message.set(key, value, key);
  message.replace(key, "receive", message.tree(key, [value]), "none", "receive is a list in v3");
};

export const HEALTH_RULES: Rules = {
  ...rulesOf(CHECK, { type, path: beside, service_name: beside, send: beside, receive: beside, interval_jitter_ms: (message, key, value) => message.replace(key, "interval_jitter", `${Number(textOfRaw(value)) / 1000}s`, "v1") }),
  ...rulesOf(`${CHECK}.HttpHealthCheck`, { service_name: serviceName, use_http2: useHttp2, receive }),
  [`${CHECK}.RedisHealthCheck.key`]: moved("key", "v2"),
};
