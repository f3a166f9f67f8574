/** The HTTP connection manager. */
import { isRawMap, newRawMap, textOfRaw } from "../../diagnostics/raw.ts";
import { raw } from "./addresses.ts";
import type { Finishers, MessageUpgrade, Rule, Rules } from "./message-upgrade.ts";
import { restSource } from "./source-rules.ts";
import { timeAt } from "./times.ts";
import { moved, movedAs, needless, rulesOf, worded } from "./words.ts";

const PACKAGE = "envoy.config.filter.network.http_connection_manager.v2";
const MANAGER = `${PACKAGE}.HttpConnectionManager`;
const ROUTER = "envoy.extensions.filters.http.router.v3.Router";

/** The direction is the listener's in v3. */
const operationName: Rule = (message, key, value) => {
  const direction = textOfRaw(value).toLowerCase() === "egress" || value === 1 ? "OUTBOUND" : "INBOUND";
  message.walk.told.direction = direction;
  message.say(key, `${key} is no field of v3; the listener says its direction`, `Write traffic_direction: ${direction} in the listener`);
};

const tags: Rule = (message, key, value) => {
  const made = message.items(value).map((name) => raw({ tag: textOfRaw(name), request_header: raw({ name: textOfRaw(name) }) }));
  message.replace(key, "custom_tags", message.tree(key, [...message.items(message.out["custom_tags"] ?? null), ...made]));
};

/** v1's RDS: `{ cluster, route_config_name, refresh_delay_ms }`. */
const rds: Rule = (message, key, value) => {
  if (!isRawMap(value) || typeof value["cluster"] !== "string") return message.set(key, message.as(`${PACKAGE}.Rds`, value), key);
  const name = value["route_config_name"] ?? "";
  message.replace(key, "rds", message.tree(key, raw({ route_config_name: name, config_source: restSource(message, key, value) })), "v1", "rds names a cluster where v3 has a config_source");
};

const CERT_DETAILS: Readonly<Record<string, string>> = { subject: "subject", san: "uri", uri: "uri", cert: "cert", dns: "dns" };

/** v1 listed which details of the client's certificate to send. */
const certDetails: Rule = (message, key, value) => {
  if (!Array.isArray(value)) return message.set(key, value, key);
  const details = Object.fromEntries(value.map((word) => [CERT_DETAILS[textOfRaw(word).toLowerCase()] ?? textOfRaw(word), true]));
  message.replace(key, key, message.tree(key, raw(details)), "v1", `${key} is a list, where v3 has a message`);
};

const http1: Rule = (message, key, value) => message.replace(key, "http_protocol_options", message.as("envoy.api.v2.core.Http1ProtocolOptions", value), "v1");

/** Without the router a request would never be answered. */
function addRouter(message: MessageUpgrade): void {
  if (message.has("http_filters", "httpFilters", "filters")) return;
  const key = Object.keys(message.raw)[0];
  if (key === undefined) return;
  const router = raw({ name: "envoy.filters.http.router", typed_config: raw({ "@type": `type.googleapis.com/${ROUTER}` }) });
  message.out["http_filters"] = message.tree(key, [router]);
  message.say(undefined, "This HTTP connection manager has no http_filters, so no request would be answered", `Add http_filters: [{ name: envoy.filters.http.router, typed_config: { "@type": type.googleapis.com/${ROUTER} } }]`, "none");
}

const filters: Rule = (message, key, value) => {
  const type = `${PACKAGE}.HttpFilter`;
  message.set("http_filters", message.tree(key, message.items(value).map((filter) => message.as(type, filter))), key);
  message.say(key, `${key} is no field of v3; http_filters takes its place`, "Write http_filters: [...]", "v1");
};

export const CONNECTION_MANAGER_RULES: Rules = {
  ...rulesOf(MANAGER, {
    idle_timeout: moved("common_http_protocol_options.idle_timeout", "v2"), idle_timeout_s: timeAt("common_http_protocol_options.idle_timeout", "s"), idle_timeout_ms: timeAt("common_http_protocol_options.idle_timeout"),
    filters, rds, http1_settings: http1, http2_settings: movedAs("http2_protocol_options", "envoy.api.v2.core.Http2ProtocolOptions"),
    forward_client_cert: worded("forward_client_cert_details", { forward_only: "FORWARD_ONLY", append_forward: "APPEND_FORWARD", sanitize: "SANITIZE", sanitize_set: "SANITIZE_SET", always_forward_only: "ALWAYS_FORWARD_ONLY" }),
    set_current_client_cert_details: certDetails,
  }),
  ...rulesOf(`${MANAGER}.Tracing`, { operation_name: operationName, request_headers_for_tags: tags }),
  [`${MANAGER}.SetCurrentClientCertDetails.san`]: moved("uri", "v2"),
  [`${PACKAGE}.HttpFilter.type`]: needless("v3 asks the filter itself"),
};

/** An idle timeout in both places: the message's own wins. */
function joinOptions(message: MessageUpgrade): void {
  const own = message.raw["common_http_protocol_options"] ?? null;
  const moved = message.out["common_http_protocol_options"];
  if (!isRawMap(own) || !isRawMap(moved) || !message.has("idle_timeout", "idle_timeout_s", "idle_timeout_ms")) return;
  const joined = Object.assign(newRawMap(), moved, own);
  message.walk.origins.derive(joined, own);
  message.out["common_http_protocol_options"] = joined;
}

export const CONNECTION_MANAGER_FINISHERS: Finishers = {
  [MANAGER]: (message) => {
    joinOptions(message);
    addRouter(message);
  },
};
