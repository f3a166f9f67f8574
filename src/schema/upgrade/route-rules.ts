/** Routes: v1 had one flat map for each; v2 has names that v3 changed. */
import { isRawMap, newRawMap, type RawValue } from "../../diagnostics/raw.ts";
import { raw } from "./addresses.ts";
import type { MessageUpgrade, Rule, Rules } from "./message-upgrade.ts";
import { moved, rulesOf, worded } from "./words.ts";

const ROUTE = "envoy.api.v2.route.Route";
const ACTION = "envoy.api.v2.route.RouteAction";
const MATCH = "envoy.api.v2.route.RouteMatch";

/** A word of v1's route that stands in a message of v2's: upgraded by that message's rules, with its place. */
function within(field: "match" | "route" | "redirect", type: string, name?: string): Rule {
  return (message, key, value) => {
    const part = Object.assign(newRawMap(), { [name ?? key]: value });
    message.walk.origins.derive(part, message.raw, new Map([[name ?? key, key]]));
    const upgraded = message.walk.named(type, part);
    for (const [inner, entry] of Object.entries(upgraded)) message.setAt([field, inner], entry, key);
    message.say(key, `${key} stands in the ${field} of a route`, `Write ${field}: { ${Object.keys(upgraded).join(", ")}: ... }`, "v1");
  };
}

const origins = (message: MessageUpgrade, key: string, value: RawValue, matcher: (origin: RawValue) => RawValue): void => {
  const before = message.items(message.out["allow_origin_string_match"] ?? null);
  message.replace(key, "allow_origin_string_match", message.tree(key, [...before, ...message.items(value).map(matcher)]));
};

/** `*` as an origin stood for all of them. */
const allowOrigin: Rule = (message, key, value) => origins(message, key, value, (origin) => (origin === "*" ? raw({ safe_regex: raw({ regex: ".*" }) }) : raw({ exact: origin })));
const allowOriginRegex: Rule = (message, key, value) => origins(message, key, value, (origin) => raw({ safe_regex: raw({ regex: origin }) }));

const corsEnabled: Rule = (message, key, value) => {
  const on = (isRawMap(value) ? value["value"] : value) !== false;
  message.replace(key, "filter_enabled", message.tree(key, raw({ default_value: raw({ numerator: on ? 100 : 0, denominator: "HUNDRED" }) })));
};

/** v2's mirror policy stood alone; its key of the runtime named a share of 10,000, none by default. */
const mirror: Rule = (message, key, value) => {
  message.replace(key, "request_mirror_policies", message.tree(key, [message.as(`${ACTION}.RequestMirrorPolicy`, value)]), key === "shadow" ? "v1" : "v2");
};

const mirrorKey: Rule = (message, key, value) => {
  if (value === "") return message.drop(key, "An empty key says nothing", "v2");
  message.replace(key, "runtime_fraction", message.tree(key, raw({ default_value: raw({ numerator: 0, denominator: "TEN_THOUSAND" }), runtime_key: value })));
};

const websocket: Rule = (message, key, value) => {
  if (value !== true && value !== "true") return message.drop(key, "Routes do not upgrade by themselves", "v2");
  message.replace(key, "upgrade_configs", message.tree(key, [raw({ upgrade_type: "websocket" })]));
};

/** v1's `{ key, default }` is a share of a hundred. */
const runtime: Rule = (message, key, value) => {
  if (!isRawMap(value)) return message.set(key, value, key);
  const { key: name = value["runtime_key"] ?? "", default: share = value["default_value"] ?? 0 } = value;
  const fraction = raw({ default_value: raw({ numerator: share, denominator: "HUNDRED" }), runtime_key: name });
  message.replace(key, "runtime_fraction", message.tree(key, fraction));
};

/** A header to add, which v1 wrote as bare key and value. */
const headerPart: Rule = (message, key, value) => message.replace(key, ["header", key], value, "v1", `${key} stands in header`);

/** v3 has a field `host_rewrite` of its own, which is a message. */
const hostRewrite: Rule = (message, key, value) => {
  if (typeof value === "string") message.replace(key, "host_rewrite_literal", value);
  else message.set(key, value, key);
};

const opaque: Rule = (message, key, value) => message.replace(key, ["metadata", "filter_metadata", "envoy.filters.http.router"], message.tree(key, value), "v1");

const ON_ACTION = [
  "cluster", "cluster_header", "weighted_clusters", "prefix_rewrite", "host_rewrite", "auto_host_rewrite", "timeout_ms", "retry_policy", "shadow", "priority", "rate_limits", "include_vh_rate_limits",
  "hash_policy", "cors", "use_websocket",
];

/** A redirect and a forwarding share some words of v1. */
const redirected: Rule = (message, key, value) => {
  const redirects = message.has("host_redirect", "path_redirect");
  within(redirects ? "redirect" : "route", redirects ? "envoy.api.v2.route.RedirectAction" : ACTION)(message, key, value);
};

const hashHeader: Rule = (message, key, value) => message.replace(key, ["header", "header_name"], value, "v1");

export const ROUTE_RULES: Rules = {
  ...rulesOf(ROUTE, {
    prefix: within("match", MATCH), path: within("match", MATCH), regex: within("match", MATCH), case_sensitive: within("match", MATCH), headers: within("match", MATCH), runtime: within("match", MATCH),
    host_redirect: within("redirect", "envoy.api.v2.route.RedirectAction"), path_redirect: within("redirect", "envoy.api.v2.route.RedirectAction"),
    ...Object.fromEntries(ON_ACTION.map((word) => [word, within("route", ACTION)])), prefix_rewrite: redirected, opaque_config: opaque,
  }),
  [`${MATCH}.runtime`]: runtime,
  ...rulesOf(ACTION, { request_mirror_policy: mirror, shadow: mirror, use_websocket: websocket, host_rewrite: hostRewrite }),
  [`${ACTION}.RequestMirrorPolicy.runtime_key`]: mirrorKey,
  [`${ACTION}.HashPolicy.header_name`]: hashHeader,
  ...rulesOf("envoy.api.v2.route.CorsPolicy", { allow_origin: allowOrigin, allow_origin_regex: allowOriginRegex, enabled: corsEnabled }),
  "envoy.api.v2.route.VirtualHost.require_ssl": worded("require_tls", { all: "ALL", external_only: "EXTERNAL_ONLY" }),
  ...rulesOf("envoy.api.v2.core.HeaderValueOption", { key: headerPart, value: headerPart }),
  "envoy.config.filter.http.dynamic_forward_proxy.v2alpha.PerRouteConfig.host_rewrite": moved("host_rewrite_literal", "v2"),
};
