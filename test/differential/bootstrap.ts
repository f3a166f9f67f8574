import { parse, stringify } from "yaml";
import type { Group } from "./case.ts";

/** Where things are for one subject. */
export interface Places {
  readonly admin: number;
  /** Port by `port:LISTENER`, `upstream:NAME`, `refused`. */
  readonly ports: ReadonlyMap<string, number>;
  readonly log: string;
  readonly wide: string;
  /** Path by name. */
  readonly files?: ReadonlyMap<string, { readonly path: string; readonly content: string }>;
}

type Fields = Record<string, unknown>;

const DEFAULT_ROUTES = `{ virtual_hosts: [{ name: all, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: u } }] }] }`;

/** The wide access log: everything that must not vary; durations and sizes that hold a duration are left out. */
const WIDE = [
  "%RESPONSE_CODE% %RESPONSE_FLAGS% details=%RESPONSE_CODE_DETAILS% cx=%CONNECTION_TERMINATION_DETAILS% protocol=%PROTOCOL%",
  "rx=%BYTES_RECEIVED% tx=%BYTES_SENT% rqh=%REQUEST_HEADERS_BYTES% method=%REQ(:METHOD)% path=%REQ(:PATH)% authority=%REQ(:AUTHORITY)% scheme=%REQ(:SCHEME)%",
  "route=%ROUTE_NAME% virtual_cluster=%VIRTUAL_CLUSTER_NAME% cluster=%UPSTREAM_CLUSTER% upstream=%UPSTREAM_HOST% attempts=%UPSTREAM_REQUEST_ATTEMPT_COUNT%",
  "failure=%UPSTREAM_TRANSPORT_FAILURE_REASON% remote=%DOWNSTREAM_REMOTE_ADDRESS_WITHOUT_PORT%",
].join(" ");

/** The scripted upstreams of a group. */
export function upstreamNames(group: Group): string[] {
  return ["u", ...(group.upstreams ?? [])];
}

/** The whole bootstrap of a group as YAML. The same text for every subject but for port numbers and file names. */
export function bootstrap(group: Group, places: Places): string {
  const clusters = { ...Object.fromEntries(upstreamNames(group).map((name) => [name, ""])), ...group.clusters };
  const document = {
    admin: { address: address(places.admin) },
    ...(group.runtime === undefined ? {} : { layered_runtime: { layers: [{ name: "static", static_layer: group.runtime }] } }),
    static_resources: {
      listeners: Object.entries(group.listeners).map(([name, text]) => listener(name, fields(text, places), places)),
      clusters: Object.entries(clusters).map(([name, text]) => cluster(name, fields(text, places), places)),
    },
  };
  // quoted, because Envoy reads more words as booleans and numbers than YAML 1.2 does
  return stringify(document, { defaultStringType: "QUOTE_DOUBLE", defaultKeyType: "PLAIN", lineWidth: 0 });
}

/** Puts port numbers in place of `<port:NAME>`, `<upstream:NAME>` and `<refused>`. */
export function fillIn(text: string, ports: ReadonlyMap<string, number>): string {
  return text.replace(/<((?:port|upstream):\w+|refused)>/g, (whole, name: string) => String(ports.get(name) ?? whole));
}

function fields(text: string, places: Places): Fields {
  const filled = fillIn(text, places.ports).replaceAll("<wide>", places.wide)
    .replace(/<file:([\w.]+)>/g, (whole, name: string) => JSON.stringify(places.files?.get(name)?.path ?? whole))
    .replace(/<pem:([\w.]+)>/g, (whole, name: string) => JSON.stringify(places.files?.get(name)?.content ?? whole));
  return (parse(filled) as Fields | null) ?? {};
}

/** What a TCP proxy's log tells besides. */
const WIDE_TCP = `${WIDE} type=%ACCESS_LOG_TYPE% host_name=%UPSTREAM_HOST_NAME% local=%DOWNSTREAM_LOCAL_ADDRESS% closed=%DOWNSTREAM_LOCAL_CLOSE_REASON% upstream_closed=%UPSTREAM_LOCAL_CLOSE_REASON% types=%DOWNSTREAM_DETECTED_CLOSE_TYPE%,%UPSTREAM_DETECTED_CLOSE_TYPE% attempted=%UPSTREAM_HOSTS_ATTEMPTED_WITHOUT_PORT%`;

function listener(name: string, hcm: Fields, places: Places): Fields {
  if (hcm["filters"] !== undefined) return plainListener(name, hcm, places);
  const { listener: own, chain, chains, default_chain: last, ...rest } = hcm as Fields & { listener?: Fields; chain?: Fields; chains?: Fields[]; default_chain?: Fields };
  return {
    name,
    stat_prefix: name,
    address: address(places.ports.get(`port:${name}`) ?? 0),
    filter_chains: (chains ?? [chain ?? {}]).map((each) => httpChain(name, each, rest, places)),
    ...(last === undefined ? {} : { default_filter_chain: httpChain(name, last, rest, places) }),
    ...own,
  };
}

/** A filter chain of HTTP: its own fields, and under `hcm` what its connection manager has besides the listener's. */
function httpChain(name: string, { hcm: special, ...chain }: Fields & { readonly hcm?: Fields }, shared: Fields, places: Places): Fields {
  const { wide, ...hcm } = { ...shared, ...special } as Fields & { wide?: string };
  const manager: Fields = {
    "@type": "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager",
    stat_prefix: name,
    delayed_close_timeout: "0.1s",
    access_log: [accessLog(places.log), accessLog(places.wide, `${WIDE}${wide === undefined ? "" : ` ${wide}`}\n`)],
    http_filters: [{ name: "router", typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" } }],
    ...hcm,
    ...(hcm["scoped_routes"] === undefined ? { route_config: hcm["route_config"] ?? parse(DEFAULT_ROUTES) } : {}),
  };
  return { filters: [{ name: "hcm", typed_config: manager }], ...chain };
}

/** A listener of network filters: `{ TYPE: FIELDS }` for each, where `tcp` is a TCP proxy with defaults; `listener` holds fields of its own. */
function plainListener(name: string, { filters, listener: own }: Fields, places: Places): Fields {
  return {
    name,
    stat_prefix: name,
    address: address(places.ports.get(`port:${name}`) ?? 0),
    filter_chains: [{ filters: (filters as Fields[]).map((filter) => networkFilter(name, filter, places)) }],
    ...(own as Fields | undefined),
  };
}

function networkFilter(name: string, filter: Fields, places: Places): Fields {
  const [kind, given] = (Object.entries(filter) as [string, Fields | null][])[0] ?? ["", null];
  const type = kind === "tcp" ? "tcp_proxy.v3.TcpProxy" : kind;
  const defaults: Fields = kind === "tcp"
    ? { stat_prefix: name, access_log: [accessLog(places.log), accessLog(places.wide, `${WIDE_TCP}\n`)], ...(given?.["weighted_clusters"] === undefined ? { cluster: "u" } : {}) }
    : {};
  return { name: kind, typed_config: { "@type": `type.googleapis.com/envoy.extensions.filters.network.${type}`, ...defaults, ...given } };
}

function cluster(name: string, given: Fields, places: Places): Fields {
  const own = places.ports.get(`upstream:${name}`) ?? places.ports.get("upstream:u") ?? 0;
  return { name, type: "STATIC", connect_timeout: "1s", load_assignment: assignment(name, own), ...given };
}

function assignment(name: string, port: number): Fields {
  return { cluster_name: name, endpoints: [{ lb_endpoints: [{ endpoint: { address: address(port) } }] }] };
}

function address(port: number): Fields {
  return { socket_address: { address: "127.0.0.1", port_value: port } };
}

function accessLog(path: string, format?: string): Fields {
  const typed: Fields = { "@type": "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog", path };
  if (format !== undefined) typed["log_format"] = { text_format_source: { inline_string: format } };
  return { name: "file", typed_config: typed };
}
