import { ask, type Case, get, type Group } from "../case.ts";

const hosts = (...texts: string[]): string => `load_assignment: { cluster_name: c, endpoints: [${texts.join(", ")}] }`;
const at = (last: number, more = ""): string => `{ endpoint: { address: { socket_address: { address: 127.0.0.${last}, port_value: <upstream:u> } } }${more} }`;
const SICK = ", health_status: UNHEALTHY";
const aggregate = (...names: string[]): string => `lb_policy: CLUSTER_PROVIDED\ntype: ~\ncluster_type: { name: envoy.clusters.aggregate, typed_config: { "@type": type.googleapis.com/envoy.extensions.clusters.aggregate.v3.ClusterConfig, clusters: [${names.join(", ")}] } }\nload_assignment: ~`;
const original = (more: string): string => `type: ORIGINAL_DST\nlb_policy: CLUSTER_PROVIDED\nload_assignment: ~${more === "" ? "" : `\noriginal_dst_lb_config: { ${more} }`}`;
const dns = (more = ""): string => `type: ~\ncluster_type: { name: envoy.clusters.dns, typed_config: { "@type": type.googleapis.com/envoy.extensions.clusters.dns.v3.DnsCluster, dns_lookup_family: V4_ONLY${more} } }\nload_assignment: { cluster_name: c, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <upstream:u> } } } }] }] }`;

const CLUSTERS: Readonly<Record<string, string>> = {
  good: hosts(`{ lb_endpoints: [${at(2)}] }`),
  sick: hosts(`{ lb_endpoints: [${at(3, SICK)}, ${at(4, SICK)}] }`),
  empty: hosts(),
  two: hosts(`{ priority: 0, lb_endpoints: [${at(5, SICK)}] }`, `{ priority: 1, lb_endpoints: [${at(6)}] }`),
  closed: "load_assignment: { cluster_name: c, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <refused> } } } }] }] }",
  first: aggregate("good", "two"), second: aggregate("sick", "good"), third: aggregate("empty", "sick", "two"), nobody: aggregate("empty"), panicking: aggregate("sick"), refused: aggregate("closed", "good"),
  header: original("use_http_header: true"), named: original("use_http_header: true, http_header_name: x-to"), port: original("use_http_header: true, upstream_port_override: <upstream:u>"), plain: original(""),
  dns: dns(), single: dns(", all_addresses_in_single_endpoint: true"),
  bound: `upstream_bind_config: { source_address: { address: 127.0.0.77, port_value: 0 } }\n${hosts(`{ lb_endpoints: [${at(1)}] }`)}`,
  several: "load_assignment: { cluster_name: c, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <refused> } }, additional_addresses: [{ address: { socket_address: { address: 127.0.0.8, port_value: <upstream:u> } } }] } }] }] }",
  keepalive: `upstream_connection_options: { tcp_keepalive: { keepalive_time: 10 } }\n${hosts(`{ lb_endpoints: [${at(1)}] }`)}`,
};

const COUNTERS = [/^cluster\.\w+\.(upstream_cx_none_healthy|original_dst_host_invalid|upstream_rq_total|upstream_cx_total|lb_healthy_panic)/];
const simple = (title: string, path: string, ...headers: string[]): Case => ({ title, ...ask(get(`/${path}`, ...headers)), counters: COUNTERS });

/** Clusters of other kinds, and how their hosts are dialed. */
export const clusterKinds: Group = {
  name: "cluster kinds",
  listeners: {
    main: `
route_config:
  response_headers_to_add: [{ header: { key: x-host, value: "%UPSTREAM_HOST%" } }]
  virtual_hosts: [{ name: all, domains: ["*"], routes: [${Object.keys(CLUSTERS).map((name) => `{ match: { path: /${name} }, route: { cluster: ${name} } }`).join(", ")}] }]`,
  },
  clusters: CLUSTERS,
  cases: [
    simple("an aggregate takes the first cluster that is up", "first"), simple("and the second one when the first is down", "second"), simple("and the second priority of the third", "third"),
    simple("an aggregate of nobody", "nobody"), { title: "an aggregate in a panic", ...ask(...Array.from({ length: 16 }, () => get("/panicking"))), asSet: true, logs: 16 }, simple("an aggregate whose host refuses", "refused"),
    simple("the original destination of a header", "header", "x-envoy-original-dst-host: 127.0.0.9:<upstream:u>"), simple("a header of another name", "named", "x-to: 127.0.0.9:<upstream:u>"),
    simple("no header, and no original destination", "header"), simple("a header that is no address", "header", "x-envoy-original-dst-host: somewhere:80"), simple("a header without a port", "header", "x-envoy-original-dst-host: 127.0.0.9"),
    simple("the port is another one", "port", "x-envoy-original-dst-host: 127.0.0.9:1"), simple("a header does not count unless it is configured", "plain", "x-envoy-original-dst-host: 127.0.0.9:<upstream:u>"),
    simple("envoy.clusters.dns", "dns"), simple("envoy.clusters.dns with one endpoint", "single"), simple("a source address", "bound"), { ...simple("an additional address", "several"), differs: { counters: "Envoy counts two connections where the first address refuses" } }, simple("keepalive", "keepalive"),
  ],
};
