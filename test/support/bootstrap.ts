/** Configurations for end-to-end tests, as objects; JSON is YAML. */
const TYPE = "type.googleapis.com/";
const HCM = `${TYPE}envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager`;
const ROUTER = { name: "envoy.filters.http.router", typed_config: { "@type": `${TYPE}envoy.extensions.filters.http.router.v3.Router` } };

type Json = Readonly<Record<string, unknown>>;

export interface BootstrapParts {
  readonly listeners?: readonly Json[];
  readonly clusters?: readonly Json[];
  /** Port of the admin listener. */
  readonly admin?: number;
  readonly dynamic?: Json;
}

export function bootstrap({ listeners = [], clusters = [], admin, dynamic }: BootstrapParts): Json {
  return {
    ...(admin === undefined ? {} : { admin: { address: ipAddress(admin) } }),
    ...(dynamic === undefined ? {} : { node: { id: "n", cluster: "c" }, dynamic_resources: dynamic }),
    static_resources: { listeners, clusters },
  };
}

/** One field a line, so that findings have lines of their own. */
export function text(config: Json): string {
  return `${JSON.stringify(config, null, 2)}\n`;
}

export function ipAddress(port: number, address = "127.0.0.1"): Json {
  return { socket_address: { address, port_value: port } };
}

/** An HTTP listener; `manager` holds what is to differ, and `route_config` or `rds`. `at`: a port, or an address. */
export function httpListener(name: string, at: number | Json, manager: Json): Json {
  const config = { "@type": HCM, stat_prefix: name, http_filters: [ROUTER], ...manager };
  return {
    name, address: typeof at === "number" ? ipAddress(at) : at,
    filter_chains: [{ filters: [{ name: "envoy.filters.network.http_connection_manager", typed_config: config }] }],
  };
}

/** A table of one virtual host with these routes. */
export function table(...routes: Json[]): Json {
  return { name: "table", virtual_hosts: [{ name: "all", domains: ["*"], routes }] };
}

export function forward(prefix: string, cluster: string, action: Json = {}): Json {
  return { match: { prefix }, route: { cluster, ...action } };
}

export function answer(prefix: string, status: number, body = ""): Json {
  return { match: { prefix }, direct_response: { status, ...(body === "" ? {} : { body: { inline_string: body } }) } };
}

export function endpoints(name: string, ...hosts: readonly (number | readonly [string, number])[]): Json {
  const addresses = hosts.map((host) => (typeof host === "number" ? ipAddress(host) : ipAddress(host[1], host[0])));
  return { cluster_name: name, endpoints: [{ lb_endpoints: addresses.map((address) => ({ endpoint: { address } })) }] };
}

export function cluster(name: string, port: number, more: Json = {}): Json {
  return { name, type: "STATIC", connect_timeout: "2s", load_assignment: endpoints(name, port), ...more };
}

/** What a watched file holds: resources of one kind. */
export function discovery(type: "listener" | "cluster" | "route" | "scope" | "endpoint", version: string, ...resources: readonly Json[]): Json {
  const names = { listener: "Listener", cluster: "Cluster", route: "RouteConfiguration", scope: "ScopedRouteConfiguration", endpoint: "ClusterLoadAssignment" };
  const url = `${TYPE}envoy.config.${type === "scope" ? "route" : type}.v3.${names[type]}`;
  return { version_info: version, resources: resources.map((resource) => ({ "@type": url, ...resource })) };
}

export function fromFile(path: string): Json {
  return { resource_api_version: "V3", path_config_source: { path } };
}

export function fileLog(path: string): Json {
  return { name: "envoy.access_loggers.file", typed_config: { "@type": `${TYPE}envoy.extensions.access_loggers.file.v3.FileAccessLog`, path } };
}

export function stdoutLog(): Json {
  return { name: "envoy.access_loggers.stdout", typed_config: { "@type": `${TYPE}envoy.extensions.access_loggers.stream.v3.StdoutAccessLog` } };
}
