import { type Case, get, type Group } from "../case.ts";

const SOCKETS = "type.googleapis.com/envoy.extensions.transport_sockets";
const RAW = `{ name: r, typed_config: { "@type": ${SOCKETS}.raw_buffer.v3.RawBuffer } }`;
/** What goes to such a host begins with a PROXY header. */
const ANNOUNCED = `{ name: p, typed_config: { "@type": ${SOCKETS}.proxy_protocol.v3.ProxyProtocolUpstreamTransport, config: { version: V1 }, transport_socket: ${RAW} } }`;
const LISTENER = `{ name: p, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.listener.proxy_protocol.v3.ProxyProtocol } }`;
const HEADER = "PROXY TCP4 192.0.2.7 198.51.100.9 4321 443\r\n";
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";

const labels = (fields: string): string => `metadata: { filter_metadata: { envoy.transport_socket_match: { ${fields} } } }`;
const match = (name: string, fields: string, socket: string): string => `{ name: ${name}, match: { ${fields} }, transport_socket: ${socket} }`;
const hosts = (locality: string, host: string): string => `load_assignment: { cluster_name: c, endpoints: [{ ${locality === "" ? "" : `${labels(locality)}, `}lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: <upstream:u> } } }${host === "" ? "" : `, ${labels(host)}`} }] }] }`;
const MATCHES = `transport_socket_matches: [${match("two", "kind: far, tier: 2", ANNOUNCED)}, ${match("far", "kind: far", ANNOUNCED)}, ${match("near", "kind: near", RAW)}, ${match("listed", "kind: [a, b]", ANNOUNCED)}]`;

/** Locality's labels, host's labels, and the fields of the cluster besides. */
const CLUSTERS: Readonly<Record<string, readonly [locality: string, host: string, more?: string]>> = {
  host: ["", "kind: far"], more: ["", "kind: far, tier: 2, other: x"], text: ["", "kind: far, tier: '2'"], locality: ["kind: far", ""], hostFirst: ["kind: far", "kind: near"],
  other: ["", "kind: elsewhere"], none: ["", ""], fallback: ["", "", `transport_socket: ${ANNOUNCED}`], overFallback: ["", "kind: near", `transport_socket: ${ANNOUNCED}`],
  list: ["", "kind: [a, b]"], ofList: ["", "kind: a"], localityOther: ["kind: far", "kind: elsewhere"],
};

/** A host that waits for the header and a request, by their bytes. */
const announced = (title: string, to: string): Case => ({
  title, to, client: [`${HEADER}${get("/")}`, { responses: 1 }], upstreams: { u: { connections: [[{ await: 150 }, OK, { await: "close" }, { act: "end" }]] } }, counters: [/total_match_count$/],
});
const plain = (title: string, to: string): Case => ({ title, to, client: [`${HEADER}${get("/")}`, { responses: 1 }], counters: [/total_match_count$/] });

/** Which transport socket a host is spoken to through. */
export const transports: Group = {
  name: "transports",
  listeners: Object.fromEntries(Object.keys(CLUSTERS).map((name) => [name, `listener: { listener_filters: [${LISTENER}] }\nroute_config: { virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: ${name} } }] }] }`])),
  clusters: {
    ...Object.fromEntries(Object.entries(CLUSTERS).map(([name, [locality, host, more = ""]]) => [name, `${MATCHES}\n${more}\n${hosts(locality, host)}`])),
  },
  cases: [
    announced("by the labels of the host", "host"), announced("by two labels", "more"), announced("a number is no text", "text"), announced("by the labels of the locality", "locality"),
    plain("the host's labels come first", "hostFirst"), announced("the locality's, where the host's fit nothing", "localityOther"), plain("labels that fit nothing", "other"), plain("no labels", "none"),
    announced("the cluster's own, without labels", "fallback"), plain("a match comes before the cluster's own", "overFallback"),
    announced("a list as a value", "list"), plain("a value of a list", "ofList"),
  ],
};
