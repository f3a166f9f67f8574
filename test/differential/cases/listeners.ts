import { once } from "../../support/scripted-upstream.ts";
import type { Case, Group } from "../case.ts";

const COUNTERS = [/^tcp\.\w+\.(?!.*_buffered)/, /^listener\.(?!admin)\w+\.(downstream|no_filter)_/];
const pong = once({ await: 4 }, "pong", { await: "close" }, { act: "end" });
const PING: Pick<Case, "client" | "upstreams"> = { client: ["ping", { text: "pong" }, { act: "end" }, { act: "closed" }], upstreams: { u: pong } };
const file = (format: string): string => `[{ name: file, typed_config: { "@type": type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog, path: <wide>, log_format: { text_format_source: { inline_string: "${format}\\n" } } } }]`;
const LOG = file("%ACCESS_LOG_TYPE% rx=%BYTES_RECEIVED% tx=%BYTES_SENT% flags=%RESPONSE_FLAGS% cluster=%UPSTREAM_CLUSTER% host=%UPSTREAM_HOST% remote=%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT% local=%DOWNSTREAM_LOCAL_ADDRESS% code=%RESPONSE_CODE% details=%RESPONSE_CODE_DETAILS% protocol=%PROTOCOL% closed=%CONNECTION_TERMINATION_DETAILS%|%DOWNSTREAM_LOCAL_CLOSE_REASON%");
const proxyHeader = (port: string): string => `PROXY TCP4 10.1.1.1 127.0.0.1 5000 ${port}\r\n`;
const FROM_PROXY = 'listener_filters: [{ name: pp, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol } }]';
const HTTP = '"http_connection_manager.v3.HttpConnectionManager": { stat_prefix: h, route_config: { virtual_hosts: [{ name: a, domains: ["*"], routes: [{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: hello } } }] }] }, http_filters: [{ name: router, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }] }';
const GET = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

const CASES: readonly Case[] = [
  { title: "a listener's log of a TCP proxy", to: "main", ...PING },
  { title: "a listener's log of a client that resets", to: "main", client: ["ping", { text: "pong" }, { act: "reset" }, { wait: 80 }], upstreams: { u: pong } },
  { title: "a listener's log of echo", to: "echo", client: ["hello", { text: "hello" }, { act: "end" }, { act: "closed" }] },
  { title: "a listener's log of a direct response", to: "direct", client: [{ act: "closed" }] },
  { title: "a listener's log of HTTP", to: "http", client: [GET, { responses: 1 }, GET, { responses: 2 }, { act: "end" }, { act: "closed" }] },
  { title: "a listener's log of a denied connection", to: "denied", client: ["ping", { act: "closed" }] },
  { title: "a listener's log behind a PROXY header", to: "proxied", client: [`${proxyHeader("9")}ping`, { text: "pong" }, { act: "end" }, { act: "closed" }], upstreams: { u: pong } },
  { title: "a listener's log with a filter", to: "filtered", ...PING, logs: 0 },
  { title: "one connection more than the listener's limit", to: "limited", client: ["ping", { text: "pong" }, { connect: "limited" }, { act: "closed" }], upstreams: { u: pong } },
  { title: "the listener's limit is free again", to: "limited", client: ["ping", { text: "pong" }, { act: "end" }, { act: "closed" }, { wait: 60 }, { connect: "limited" }, "ping", { text: "pong" }, { act: "end" }, { act: "closed" }], upstreams: { u: pong }, logs: 2 },
  { title: "another address of the listener", to: "main", client: [{ connect: "more" }, "ping", { text: "pong" }, { act: "end" }, { act: "closed" }], upstreams: { u: pong }, logs: 0 },
  { title: "handed over to the listener of the original address", to: "handing", client: [`${proxyHeader("<port:unbound>")}ping`, { text: "pong" }, { act: "end" }, { act: "closed" }], upstreams: { u: pong } },
  { title: "handed over to the listener of the port", to: "handing", client: [`PROXY TCP4 10.1.1.1 127.7.7.7 5000 <port:everywhere>\r\nping`, { text: "pong" }, { act: "end" }, { act: "closed" }], upstreams: { u: pong } },
  { title: "not handed over where there is no such listener", to: "handing", client: [`${proxyHeader("9")}ping`, { text: "ping" }, { act: "end" }, { act: "closed" }] },
  { title: "not handed over without being told to", to: "keeping", client: [`${proxyHeader("<port:unbound>")}ping`, { text: "ping" }, { act: "end" }, { act: "closed" }] },
];

/** What listeners do besides their filters: logs, limits, addresses. */
export const listeners: Group = {
  name: "listeners",
  runtime: { "envoy.resource_limits.listener.limited.connection_limit": 1 },
  listeners: {
    main: `filters: [{ tcp: { access_log: [] } }]\nlistener: { access_log: ${LOG} }`,
    echo: `filters: [{ "echo.v3.Echo": {} }]\nlistener: { access_log: ${LOG} }`,
    direct: `filters: [{ "direct_response.v3.Config": { response: { inline_string: hello } } }]\nlistener: { access_log: ${LOG} }`,
    http: `filters: [{ ${HTTP} }]\nlistener: { access_log: ${LOG} }`,
    denied: `filters: [{ "rbac.v3.RBAC": { stat_prefix: "p.", rules: { policies: {} } } }, { tcp: { access_log: [] } }]\nlistener: { access_log: ${LOG} }`,
    proxied: `filters: [{ tcp: { access_log: [] } }]\nlistener: { access_log: ${LOG}, ${FROM_PROXY} }`,
    filtered: `filters: [{ tcp: { access_log: [] } }]\nlistener: { access_log: ${LOG.replace("name: file", "name: file, filter: { response_flag_filter: { flags: [UF] } }")} }`,
    limited: `filters: [{ tcp: { access_log: [] } }]\nlistener: { access_log: ${LOG} }`,
    handing: `filters: [{ "echo.v3.Echo": {} }]\nlistener: { use_original_dst: true, access_log: ${LOG}, ${FROM_PROXY} }`,
    keeping: `filters: [{ "echo.v3.Echo": {} }]\nlistener: { access_log: ${LOG}, ${FROM_PROXY} }`,
    unbound: `filters: [{ tcp: { access_log: [] } }]\nlistener: { bind_to_port: false, access_log: ${LOG} }`,
    everywhere: `filters: [{ tcp: { access_log: [] } }]\nlistener: { bind_to_port: false, address: { socket_address: { address: 0.0.0.0, port_value: <port:everywhere> } }, access_log: ${LOG} }`,
    more: `filters: [{ tcp: { access_log: [] } }]\nlistener: { address: { socket_address: { address: 127.0.0.1, port_value: <port:another> } }, additional_addresses: [{ address: { socket_address: { address: 127.0.0.1, port_value: <port:more> } } }] }`,
    another: `filters: [{ "echo.v3.Echo": {} }]\nlistener: { address: { socket_address: { address: 127.0.0.2, port_value: <port:another> } } }`,
  },
  cases: CASES.map((theCase) => ({ counters: COUNTERS, unhurried: true, ...theCase })),
};
