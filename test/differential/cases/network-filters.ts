import { once } from "../../support/scripted-upstream.ts";
import type { Case, Group } from "../case.ts";

const COUNTERS = [/^tcp\.\w+\.(?!.*_buffered)/, /rbac\./, /^connection_limit\./, /^local_rate_limit\./, /^listener\.(?!admin)\w+\.downstream_(cx|pre)/];
const ECHO = '"echo.v3.Echo": {}';
const rbac = (fields: string, more = ""): string => `filters: [{ "rbac.v3.RBAC": { stat_prefix: "p.", ${fields} } }${more}, { tcp: }]`;
const policy = (permission: string, principal: string): string => `policies: { one: { permissions: [${permission}], principals: [${principal}] } }`;
const LOCAL = "source_ip: { address_prefix: 127.0.0.0, prefix_len: 8 }";
const FAR = "source_ip: { address_prefix: 10.0.0.0, prefix_len: 8 }";
const state = (values: string, more = ""): string => `filters: [{ "set_filter_state.v3.Config": { ${values} } }, { tcp: { ${more} } }]`;
const value = (key: string, format: string): string => `{ object_key: ${key}, format_string: { text_format_source: { inline_string: "${format}" } } }`;
const STATE_LOG = `access_log: [{ name: file, typed_config: { "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: <wide>, log_format: { text_format_source: { inline_string: "%FILTER_STATE(a:PLAIN)% %FILTER_STATE(b:PLAIN)% %DYNAMIC_METADATA(envoy.filters.network.rbac)% %UPSTREAM_CLUSTER%\\n" } } } }]`;
const pong = once({ await: 4 }, "pong", { await: "close" }, { act: "end" });
const PING: Pick<Case, "client" | "upstreams"> = { client: ["ping", { text: "pong" }, { act: "end" }, { act: "closed" }], upstreams: { u: pong } };
const DENIED: Pick<Case, "client"> = { client: ["ping", { act: "closed" }] };

const CASES: readonly Case[] = [
  { title: "echo", to: "echo", client: ["ping", { text: "ping" }, "x".repeat(5000), { wait: 80 }, { act: "end" }, { act: "closed" }], logs: 0 },
  { title: "echo of a half close without bytes", to: "echo", client: [{ act: "end" }, { act: "closed" }], logs: 0 },
  { title: "a direct response", to: "direct", client: [{ act: "closed" }], logs: 0 },
  { title: "a direct response of bytes", to: "bytes", client: [{ act: "closed" }], logs: 0 },
  { title: "a direct response of nothing", to: "silence", client: [{ act: "closed" }], logs: 0 },
  { title: "rbac allows who is near", to: "near", ...PING },
  { title: "rbac denies who is not named", to: "far", ...DENIED },
  { title: "rbac says nothing before the first byte", to: "far", client: [{ wait: 120 }, { act: "end" }, { act: "closed" }] },
  { title: "rbac denies who is named", to: "denied", ...DENIED },
  { title: "rbac denies after a while", to: "late", client: ["ping", { wait: 60 }, "more", { act: "closed" }], patience: 600 },
  { title: "rbac: shadow rules only count", to: "shadow", ...PING },
  { title: "rbac: shadow rules under a prefix", to: "shadowPrefix", ...PING },
  { title: "rbac with each chunk", to: "continuous", client: ["ping", { text: "pong" }, "again", { wait: 40 }, { act: "end" }, { act: "closed" }], upstreams: { u: pong } },
  { title: "rbac by the port it was sent to", to: "byPort", ...PING },
  { title: "rbac by a range of ports", to: "byPorts", ...DENIED },
  { title: "rbac: not, and, or", to: "logic", ...PING },
  { title: "rbac by what is no request", to: "byHeader", ...DENIED },
  { title: "rbac without rules", to: "ruleless", ...PING },
  { title: "rbac only logs", to: "logging", ...PING },
  { title: "rbac by a matcher", to: "matcher", ...PING },
  { title: "rbac by a matcher that finds nothing", to: "unmatched", ...DENIED },
  { title: "rbac by filter state", to: "byState", ...PING },
  { title: "rbac by filter state that is something else", to: "byOtherState", ...DENIED },
  { title: "rbac in front of echo", to: "echoed", client: ["ping", { text: "ping" }, { act: "end" }, { act: "closed" }], logs: 0 },
  { title: "rbac in front of HTTP", to: "http", client: ["GET / HTTP/1.1\r\nhost: x\r\n\r\n", { responses: 1 }, "GET / HTTP/1.1\r\nhost: x\r\n\r\n", { responses: 2 }], logs: 0 },
  { title: "rbac denies HTTP", to: "deniedHttp", client: ["GET / HTTP/1.1\r\nhost: x\r\n\r\n", { act: "closed" }], logs: 0 },
  { title: "connection_limit lets the first in and closes the second", to: "one", client: ["ping", { text: "pong" }, { connect: "one" }, { act: "closed" }], upstreams: { u: pong }, logs: 2 },
  { title: "connection_limit of two listeners with one name for their statistics", to: "one", client: ["ping", { text: "pong" }, { connect: "one2" }, "ping", { text: "pong" }, { act: "end" }, { act: "closed" }], upstreams: { u: pong }, logs: 2 },
  { title: "connection_limit closes after a while", to: "slow", client: ["ping", { text: "pong" }, { connect: "slow" }, "ping", { act: "closed" }], upstreams: { u: pong }, logs: 2 },
  { title: "connection_limit that is switched off", to: "off", ...PING, uncounted: /active_connections/ },
  { title: "connection_limit is free again", to: "one", client: ["ping", { text: "pong" }, { act: "end" }, { act: "closed" }, { wait: 60 }, { connect: "one" }, "ping", { text: "pong" }, { act: "end" }, { act: "closed" }], upstreams: { u: pong }, logs: 2 },
  { title: "local_ratelimit lets two in, and no third", to: "limited", client: ["ping", { text: "pong" }, { act: "end" }, { act: "closed" }, { connect: "limited" }, "ping", { text: "pong" }, { act: "end" }, { act: "closed" }, { connect: "limited" }, { act: "closed" }], upstreams: { u: pong }, logs: 3 },
  { title: "local_ratelimit that is switched off", to: "unlimited", ...PING },
  { title: "local_ratelimit with a key", to: "keyed", client: ["ping", { text: "pong" }, { act: "end" }, { act: "closed" }, { connect: "keyed2" }, { act: "closed" }, { connect: "keyed3" }, "ping", { text: "pong" }, { act: "end" }, { act: "closed" }], upstreams: { u: pong }, logs: 3 },
  { title: "sni_cluster without a name", to: "sni", ...PING },
  { title: "filter state chooses the cluster", to: "stateCluster", client: ["ping", { text: "pong" }, { act: "end" }, { act: "closed" }], upstreams: { v: pong } },
  { title: "filter state chooses a cluster that is not there", to: "stateNowhere", ...DENIED },
  { title: "filter state sets the idle timeout", to: "stateIdle", client: ["ping", { text: "pong" }, { act: "closed" }], upstreams: { u: once({ await: 4 }, "pong", { await: "close" }) } },
  { title: "filter state in the log", to: "stateLog", ...PING },
  { title: "filter state with the first bytes", to: "stateData", ...PING },
  { title: "filter state that is empty", to: "stateEmpty", ...PING },
];

/** Network filters in front of others. */
export const networkFilters: Group = {
  name: "network filters",
  listeners: {
    echo: `filters: [{ ${ECHO} }]`,
    direct: 'filters: [{ "direct_response.v3.Config": { response: { inline_string: "hello" } } }]',
    bytes: 'filters: [{ "direct_response.v3.Config": { response: { inline_bytes: "AAECAw==" } } }]',
    silence: 'filters: [{ "direct_response.v3.Config": {} }]',
    near: rbac(`rules: { ${policy("any: true", LOCAL)} }`),
    far: rbac(`rules: { ${policy("any: true", FAR)} }`),
    denied: rbac(`rules: { action: DENY, ${policy("any: true", "any: true")} }`),
    late: rbac(`delay_deny: 0.2s, rules: { action: DENY, ${policy("any: true", "any: true")} }`),
    shadow: rbac(`shadow_rules: { ${policy("any: true", FAR)} }`).replace("{ tcp: }", `{ tcp: { ${STATE_LOG} } }`),
    shadowPrefix: rbac(`shadow_rules_stat_prefix: "s.", shadow_rules: { ${policy("any: true", LOCAL)} }`).replace("{ tcp: }", `{ tcp: { ${STATE_LOG} } }`),
    continuous: rbac(`enforcement_type: CONTINUOUS, rules: { ${policy("any: true", LOCAL)} }, shadow_rules: { ${policy("any: true", FAR)} }`),
    byPort: rbac(`rules: { ${policy("destination_port: <port:byPort>", "any: true")} }`),
    byPorts: rbac(`rules: { ${policy("destination_port_range: { start: 1, end: 1000 }", "any: true")} }`),
    logic: rbac(`rules: { ${policy("and_rules: { rules: [{ any: true }, { not_rule: { destination_port: 1 } }] }", `or_ids: { ids: [{ ${FAR} }, { not_id: { ${FAR} } }] }`)} }`),
    byHeader: rbac(`rules: { ${policy("any: true", "metadata: { filter: x, path: [{ key: a }], value: { present_match: true } }")} }`),
    ruleless: rbac(""),
    logging: rbac(`rules: { action: LOG, ${policy("any: true", "any: true")} }`),
    matcher: rbac(`matcher: { matcher_tree: { input: { name: ip, typed_config: { "@type": type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3.SourceIPInput } }, exact_match_map: { map: { "127.0.0.1": { action: { name: a, typed_config: { "@type": type.googleapis.com/envoy.config.rbac.v3.Action, name: me, action: ALLOW } } } } } } }`),
    unmatched: rbac(`matcher: { matcher_tree: { input: { name: ip, typed_config: { "@type": type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3.SourceIPInput } }, exact_match_map: { map: { "127.0.0.9": { action: { name: a, typed_config: { "@type": type.googleapis.com/envoy.config.rbac.v3.Action, name: me, action: ALLOW } } } } } } }`),
    byState: `filters: [{ "set_filter_state.v3.Config": { on_new_connection: [${value("k", "yes").replace("object_key: k", "object_key: k, factory_key: envoy.string")}] } }, { "rbac.v3.RBAC": { stat_prefix: "p.", rules: { ${policy("any: true", "filter_state: { key: k, string_match: { exact: yes } }")} } } }, { tcp: }]`.replace("exact: yes", 'exact: "yes"'),
    byOtherState: `filters: [{ "set_filter_state.v3.Config": { on_new_connection: [${value("k", "no").replace("object_key: k", "object_key: k, factory_key: envoy.string")}] } }, { "rbac.v3.RBAC": { stat_prefix: "p.", rules: { ${policy("any: true", 'filter_state: { key: k, string_match: { exact: "yes" } }')} } } }, { tcp: }]`,
    echoed: `filters: [{ "rbac.v3.RBAC": { stat_prefix: "p.", rules: { ${policy("any: true", LOCAL)} } } }, { ${ECHO} }]`,
    http: `filters: [{ "rbac.v3.RBAC": { stat_prefix: "p.", rules: { ${policy("any: true", LOCAL)} } } }, { "http_connection_manager.v3.HttpConnectionManager": { stat_prefix: h, route_config: { virtual_hosts: [{ name: a, domains: ["*"], routes: [{ match: { prefix: / }, direct_response: { status: 200 } }] }] }, http_filters: [{ name: router, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }] } }]`,
    deniedHttp: `filters: [{ "rbac.v3.RBAC": { stat_prefix: "p.", rules: { ${policy("any: true", FAR)} } } }, { "http_connection_manager.v3.HttpConnectionManager": { stat_prefix: h, route_config: { virtual_hosts: [{ name: a, domains: ["*"], routes: [{ match: { prefix: / }, direct_response: { status: 200 } }] }] }, http_filters: [{ name: router, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }] } }]`,
    one: 'filters: [{ "connection_limit.v3.ConnectionLimit": { stat_prefix: lim, max_connections: 1 } }, { tcp: }]',
    one2: 'filters: [{ "connection_limit.v3.ConnectionLimit": { stat_prefix: lim, max_connections: 1 } }, { tcp: }]',
    slow: 'filters: [{ "connection_limit.v3.ConnectionLimit": { stat_prefix: slow, max_connections: 1, delay: 0.15s } }, { tcp: }]',
    off: 'filters: [{ "connection_limit.v3.ConnectionLimit": { stat_prefix: off, max_connections: 1, runtime_enabled: { default_value: false, runtime_key: a } } }, { tcp: }]',
    limited: 'filters: [{ "local_ratelimit.v3.LocalRateLimit": { stat_prefix: lim, token_bucket: { max_tokens: 2, fill_interval: 600s } } }, { tcp: }]',
    unlimited: 'filters: [{ "local_ratelimit.v3.LocalRateLimit": { stat_prefix: un, token_bucket: { max_tokens: 1, fill_interval: 600s }, runtime_enabled: { default_value: false, runtime_key: a } } }, { tcp: }]',
    keyed: 'filters: [{ "local_ratelimit.v3.LocalRateLimit": { stat_prefix: k, share_key: one, token_bucket: { max_tokens: 1, fill_interval: 600s } } }, { tcp: }]',
    keyed2: 'filters: [{ "local_ratelimit.v3.LocalRateLimit": { stat_prefix: k2, share_key: one, token_bucket: { max_tokens: 1, fill_interval: 600s } } }, { tcp: }]',
    keyed3: 'filters: [{ "local_ratelimit.v3.LocalRateLimit": { stat_prefix: k3, share_key: one, token_bucket: { max_tokens: 1, fill_interval: 700s } } }, { tcp: }]',
    sni: 'filters: [{ "sni_cluster.v3.SniCluster": {} }, { tcp: }]',
    stateCluster: state(`on_new_connection: [${value("envoy.tcp_proxy.cluster", "v")}]`),
    stateNowhere: state(`on_new_connection: [${value("envoy.tcp_proxy.cluster", "absent")}]`),
    stateIdle: state(`on_new_connection: [${value("envoy.tcp_proxy.per_connection_idle_timeout_ms", "200")}]`),
    stateLog: state(`on_new_connection: [${value("a", "from %DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%").replace("object_key: a", "object_key: a, factory_key: envoy.string")}, ${value("b", "%FILTER_STATE(a:PLAIN)%!").replace("object_key: b", "object_key: b, factory_key: envoy.string")}]`, STATE_LOG),
    stateData: state(`on_downstream_data: [${value("a", "with data").replace("object_key: a", "object_key: a, factory_key: envoy.string")}]`, STATE_LOG),
    stateEmpty: state(`on_new_connection: [${value("a", "%DYNAMIC_METADATA(x)%").replace("object_key: a", "object_key: a, factory_key: envoy.string, skip_if_empty: true").replace("text_format_source", "omit_empty_values: true, text_format_source")}]`, STATE_LOG),
  },
  upstreams: ["v"],
  cases: CASES.map((theCase) => ({ counters: COUNTERS, unhurried: true, ...theCase })),
};
