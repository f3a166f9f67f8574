import { Authority } from "../../support/certificates.ts";
import { type Case, get, type Group } from "../case.ts";

let files: Readonly<Record<string, string>> | undefined;

function certificates(): Readonly<Record<string, string>> {
  if (files !== undefined) return files;
  const authority = new Authority();
  const { certificate, key } = authority.issue("a.test");
  authority.close();
  files = { "a.pem": certificate, "a.key": key };
  return files;
}

const EXT = "type.googleapis.com/envoy.extensions.filters.listener";
const filter = (type: string, fields = ""): string => `{ name: f, typed_config: { "@type": ${EXT}.${type}${fields === "" ? "" : `, ${fields}`} } }`;
const PROXY = (fields = ""): string => filter("proxy_protocol.v3.ProxyProtocol", fields);
const HTTP = filter("http_inspector.v3.HttpInspector");
const TLS = (fields = ""): string => filter("tls_inspector.v3.TlsInspector", fields);
const SECURE = `transport_socket: { name: tls, typed_config: { "@type": type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.DownstreamTlsContext, common_tls_context: { tls_certificates: [{ certificate_chain: { filename: <file:a.pem> }, private_key: { filename: <file:a.key> } }] } } }`;
const reply = (name: string): string => `hcm: { route_config: { virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: ${name} } } }] }] } }`;
const ADDRESSES = "from=%DOWNSTREAM_REMOTE_ADDRESS%|%DOWNSTREAM_DIRECT_REMOTE_ADDRESS_WITHOUT_PORT% to=%DOWNSTREAM_LOCAL_ADDRESS%|%DOWNSTREAM_DIRECT_LOCAL_ADDRESS% tlv=%DYNAMIC_METADATA(envoy.filters.listener.proxy_protocol:v)% state=%FILTER_STATE(envoy.network.proxy_protocol.tlv:PLAIN)%";
const PRINTS = "ja3=%TLS_JA3_FINGERPRINT% ja4=%TLS_JA4_FINGERPRINT% sni=%REQUESTED_SERVER_NAME%";
const of = (filters: string, more = ""): string => `wide: "${ADDRESSES}"\nuse_remote_address: true\nlistener: { listener_filters: [${filters}], ${more} }`;

const STATS: readonly RegExp[] = [/proxy_proto/, /http_inspector\./, /tls_inspector\.(?!bytes)/, /listener_local_ratelimit/, /^listener\.(?!admin)\w+\.(downstream_cx|downstream_pre|downstream_listener|no_filter_chain)(?!.*length_ms)/];
const V2 = "\r\n\r\n\0\r\nQUIT\n";
const v4 = (command: number, tlvs = ""): string => `${V2}${String.fromCharCode(command)}\x11\0${String.fromCharCode(12 + tlvs.length)}\xc0\0\x02\x07\xc6\x33\x64\x09\x10\xe1\x01\xbb${tlvs}`;
const v6 = `${V2}\x21\x21\0\x24${"\x20\x01\x0d\xb8".padEnd(16, "\0").slice(0, 15)}\x01${"\x20\x01\x0d\xb8".padEnd(16, "\0").slice(0, 15)}\x02\x10\xe1\x01\xbb`;

function served(title: string, to: string, start: string, more: Partial<Case> = {}): Case {
  return { title, to, client: [`${start}${get("/")}`, { responses: 1 }], counters: STATS, ...more };
}

function dropped(title: string, to: string, start: string, more: Partial<Case> = {}): Case {
  return { title, to, client: [start, { act: "closed" }], counters: STATS, logs: 0, ...more };
}

const SOCKETS = "type.googleapis.com/envoy.extensions.transport_sockets";
const ANNOUNCE = (version: string): string => `transport_socket: { name: p, typed_config: { "@type": ${SOCKETS}.proxy_protocol.v3.ProxyProtocolUpstreamTransport, config: { version: ${version} }, transport_socket: { name: r, typed_config: { "@type": ${SOCKETS}.raw_buffer.v3.RawBuffer } } } }`;
const to = (cluster: string): string => `route_config: { virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: ${cluster} } }] }] }`;
const OK = "HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\nok";
/** A host that waits for the header and a request, by their bytes. */
const ANNOUNCED = { connections: [[{ await: 150 }, OK, { await: "close" as const }, { act: "end" as const }], [{ await: 150 }, OK, { await: "close" as const }, { act: "end" as const }]] };

export const listenerFilters: Group = {
  name: "listener filters",
  files: certificates,
  listeners: {
    main: of(PROXY()), maybe: of(PROXY("allow_requests_without_proxy_protocol: true")), named: of(PROXY("stat_prefix: mine")),
    noV1: of(PROXY("disallowed_versions: [V1]")), noV2: of(PROXY("disallowed_versions: [V2]")), maybeV2: of(PROXY("disallowed_versions: [V1], allow_requests_without_proxy_protocol: true")),
    tlv: of(PROXY("rules: [{ tlv_type: 0xEA, on_tlv_present: { key: v } }]")),
    tlvState: of(PROXY("tlv_location: FILTER_STATE, rules: [{ tlv_type: 2, on_tlv_present: { key: w, value_string_encoding: BASE64 } }]")),
    sealed: `wide: "${ADDRESSES} ${PRINTS}"\nlistener: { listener_filters: [${PROXY()}, ${TLS("enable_ja3_fingerprinting: true, enable_ja4_fingerprinting: true")}] }\nchain: { ${SECURE} }`,
    byAddress: `wide: "${ADDRESSES}"
listener: { listener_filters: [${PROXY()}] }
chains:
- { name: port, filter_chain_match: { destination_port: 443 }, ${reply("port")} }
- { name: range, filter_chain_match: { source_prefix_ranges: [{ address_prefix: 198.18.0.0, prefix_len: 15 }] }, ${reply("range")} }
- { name: v6, filter_chain_match: { prefix_ranges: [{ address_prefix: "2001:db8::", prefix_len: 32 }] }, ${reply("v6")} }
- { name: local, filter_chain_match: { source_type: SAME_IP_OR_LOOPBACK }, ${reply("local")} }
- { name: direct, filter_chain_match: { direct_source_prefix_ranges: [{ address_prefix: 127.0.0.0, prefix_len: 8 }] }, ${reply("direct")} }`,
    http: `listener: { listener_filters: [${HTTP}] }
chains:
- { filter_chain_match: { application_protocols: [http/1.1] }, ${reply("one")} }
- { filter_chain_match: { application_protocols: [http/1.0] }, hcm: { http_protocol_options: { accept_http_10: true, default_host_for_http_10: x }, ${reply("old").slice("hcm: {".length)}, }
- { filter_chain_match: { application_protocols: [h2c] }, ${reply("two")} }
default_chain: { ${reply("other")} }`,
    both: `listener: { listener_filters: [${TLS()}, ${HTTP}] }
chains:
- { filter_chain_match: { transport_protocol: tls, application_protocols: [http/1.1] }, ${SECURE}, ${reply("tls11")} }
- { filter_chain_match: { transport_protocol: tls }, ${SECURE}, ${reply("tls")} }
- { filter_chain_match: { application_protocols: [http/1.1] }, ${reply("plain")} }`,
    strict: `listener: { listener_filters: [${TLS("close_connection_on_client_hello_parsing_errors: true")}] }\n${"chain"}: { ${SECURE} }`,
    small: `listener: { listener_filters: [${TLS("max_client_hello_size: 256")}] }\nchain: { ${SECURE} }`,
    short: of(PROXY(), "listener_filters_timeout: 0.2s"), goesOn: of(PROXY(), "listener_filters_timeout: 0.2s, continue_on_listener_filters_timeout: true"),
    limited: of(filter("local_ratelimit.v3.LocalRateLimit", "stat_prefix: lrl, token_bucket: { max_tokens: 1, tokens_per_fill: 1, fill_interval: 3600s }")),
    unlimited: of(filter("local_ratelimit.v3.LocalRateLimit", "stat_prefix: off, token_bucket: { max_tokens: 1, tokens_per_fill: 1, fill_interval: 3600s }, runtime_enabled: { default_value: false, runtime_key: nothing }")),
    ...Object.fromEntries(([["toPp1", "pp1"], ["toPp2", "pp2"]] as const).map(([name, cluster]) => [name, `listener: { listener_filters: [${PROXY()}] }\n${to(cluster)}`])), toTunnel: to("tunnel"), toProxy: to("viaProxy"),
    state: `wide: "set=%FILTER_STATE(mine:PLAIN)%"\nlistener: { listener_filters: [${filter("set_filter_state.v3.Config", 'on_accept: [{ object_key: mine, factory_key: envoy.string, format_string: { text_format_source: { inline_string: "at %DOWNSTREAM_LOCAL_ADDRESS%" } } }]')}] }`,
    original: of(filter("original_dst.v3.OriginalDst")),
    disabled: of(`{ name: f, filter_disabled: { any_match: true }, typed_config: { "@type": ${EXT}.proxy_protocol.v3.ProxyProtocol } }`),
    otherPort: of(`{ name: f, filter_disabled: { not_match: { destination_port_range: { start: 1, end: 2 } } }, typed_config: { "@type": ${EXT}.proxy_protocol.v3.ProxyProtocol } }`),
  },
  clusters: {
    pp1: ANNOUNCE("V1"), pp2: ANNOUNCE("V2"),
    tunnel: `typed_extension_protocol_options: {}\ntransport_socket: { name: p, typed_config: { "@type": ${SOCKETS}.http_11_proxy.v3.Http11ProxyUpstreamTransport, default_proxy_address: { socket_address: { address: 127.0.0.1, port_value: <upstream:u> } }, transport_socket: { name: t, typed_config: { "@type": ${SOCKETS}.tls.v3.UpstreamTlsContext } } } }
load_assignment: { cluster_name: c, endpoints: [{ lb_endpoints: [{ endpoint: { hostname: far.test, address: { socket_address: { address: 192.0.2.1, port_value: 8443 } } } }] }] }`,
    viaProxy: `transport_socket: { name: p, typed_config: { "@type": ${SOCKETS}.http_11_proxy.v3.Http11ProxyUpstreamTransport, default_proxy_address: { socket_address: { address: 127.0.0.1, port_value: <upstream:u> } }, transport_socket: { name: t, typed_config: { "@type": ${SOCKETS}.raw_buffer.v3.RawBuffer } } } }
load_assignment: { cluster_name: c, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 192.0.2.1, port_value: 8443 } } } }] }] }`,
  },
  cases: [
    served("the client announced to the host, version 1", "toPp1", "PROXY TCP4 192.0.2.7 198.51.100.9 4321 443\r\n", { upstreams: { u: ANNOUNCED } }), served("the client announced to the host, version 2", "toPp2", v4(0x21), { upstreams: { u: ANNOUNCED } }),
    served("an IPv6 client announced to the host", "toPp2", v6, { upstreams: { u: ANNOUNCED } }),
    { title: "each client has connections of its own", to: "toPp1", client: [`PROXY TCP4 192.0.2.7 198.51.100.9 4321 443\r\n${get("/1")}`, { responses: 1 }, { connect: "toPp1" }, `PROXY TCP4 192.0.2.8 198.51.100.9 4321 443\r\n${get("/2")}`, { responses: 1 }], upstreams: { u: ANNOUNCED }, logs: 2, counters: STATS },
    { title: "a proxy that will not connect", to: "toTunnel", client: [get("/"), { responses: 1 }], upstreams: { u: { connections: [[{ await: 30 }, { wait: 20 }, "HTTP/1.1 403 Forbidden\r\ncontent-length: 0\r\n\r\n", { await: "close" }, { act: "end" }]] } }, counters: STATS },
    { title: "a proxy that talks nonsense", to: "toTunnel", client: [get("/"), { responses: 1 }], upstreams: { u: { connections: [[{ await: 30 }, { wait: 20 }, "220 smtp\r\n\r\n", { await: "close" }, { act: "end" }]] } }, counters: STATS },
    { title: "plain text through a proxy", to: "toProxy", client: [get("/"), { responses: 1 }], counters: STATS },
    served("version 1", "main", "PROXY TCP4 192.0.2.7 198.51.100.9 4321 443\r\n"), served("version 1, IPv6", "main", "PROXY TCP6 2001:db8::1 2001:db8::2 4321 443\r\n"),
    served("version 1, unknown", "main", "PROXY UNKNOWN\r\n"), served("version 1, unknown with more", "main", "PROXY UNKNOWN ffff::1 ffff::2 1 2\r\n"),
    served("version 2", "main", v4(0x21)), served("version 2, IPv6", "main", v6), served("version 2, local", "main", v4(0x20)), served("version 2, datagrams", "main", v4(0x21).replace("\x11", "\x12")),
    { title: "a header byte by byte", to: "main", client: [..."PROXY TCP4 192.0.2.7 198.51.100.9 4321 443\r\n".split("").flatMap((char) => [char, { wait: 2 }] as const), get("/"), { responses: 1 }], counters: STATS },
    { title: "version 2 in two pieces", to: "main", client: [v4(0x21).slice(0, 20), { wait: 40 }, v4(0x21).slice(20) + get("/"), { responses: 1 }], counters: STATS },
    dropped("no header", "main", get("/")), dropped("a family nobody knows", "main", "PROXY TCP5 1.2.3.4 1.2.3.4 1 2\r\n"), dropped("a bad address", "main", "PROXY TCP4 1.2.3.400 1.2.3.4 1 2\r\n"),
    dropped("a bad port", "main", "PROXY TCP4 1.2.3.4 1.2.3.4 1 65536\r\n"), dropped("IPv6 where IPv4 was said", "main", "PROXY TCP4 ::1 ::2 1 2\r\n"), dropped("multicast", "main", "PROXY TCP4 224.0.0.1 1.2.3.4 1 2\r\n"),
    dropped("too few fields", "main", "PROXY TCP4 1.2.3.4 1.2.3.4 1\r\n"), dropped("a line without an end", "main", `PROXY TCP4 ${"1".repeat(200)}`), dropped("a version to come", "main", v4(0x31)),
    dropped("an unknown command", "main", v4(0x22)), dropped("an unknown family in version 2", "main", v4(0x21).replace("\x21\x11", "\x21\x31")), dropped("an extension that reaches too far", "main", v4(0x21, "\x02\0\x09ab")),
    { title: "gone before the header", to: "main", client: ["PROXY TC", { act: "end" }, { act: "closed" }], counters: STATS, logs: 0 },
    { title: "reset before the header", to: "main", client: ["PROXY TC", { wait: 30 }, { act: "reset" }, { wait: 60 }], counters: STATS, logs: 0, differs: { counters: "Envoy hears of a reset only when the filters' time is over" } },
    served("no header where none is needed", "maybe", ""), served("a header where none is needed", "maybe", "PROXY TCP4 192.0.2.7 198.51.100.9 4321 443\r\n"), served("version 2 where none is needed", "maybe", v4(0x21)),
    dropped("a bad header where none is needed", "maybe", "PROXY TCP4 1.2.3.4\r\n"), served("counted under another name", "named", v4(0x21)), dropped("not counted twice", "named", "nonsense and more"),
    dropped("version 1 is not allowed", "noV1", "PROXY TCP4 192.0.2.7 198.51.100.9 4321 443\r\n"), served("version 2 is", "noV1", v4(0x21)), dropped("version 2 is not allowed", "noV2", v4(0x21)),
    { title: "version 1 counts as no header", to: "maybeV2", client: ["PROXY TCP4 192.0.2.7 198.51.100.9 4321 443\r\n", { responses: 1 }], counters: STATS },
    served("an extension to metadata", "tlv", v4(0x21, "\xea\0\x04vpce")), served("extensions to filter state", "tlvState", v4(0x21, "\xea\0\x03a\xffb\x02\0\x02hi")), served("an extension to metadata, with bytes that are no text", "tlv", v4(0x21, "\xea\0\x03a\xffb")), served("other extensions", "tlv", v4(0x21, "\x04\0\x00\x02\0\x01x")),
    { title: "a header before TLS", to: "sealed", client: [v4(0x21), { tls: { sni: "a.test" } }, get("/"), { responses: 1 }], counters: STATS },
    { title: "fingerprints of another hello", to: "sealed", client: [v4(0x21), { tls: { max: "TLSv1.2", alpn: ["h2", "http/1.1"] } }, get("/"), { responses: 1 }], counters: STATS },
    served("a chain by port", "byAddress", v4(0x21)), served("a chain by the source's range", "byAddress", "PROXY TCP4 198.19.1.1 1.2.3.4 1 2\r\n"), served("a chain by the target's range", "byAddress", "PROXY TCP6 2001:db8::9 2001:db8::2 1 2\r\n"),
    served("a chain of local sources", "byAddress", "PROXY TCP4 127.0.0.1 1.2.3.4 1 2\r\n"), served("a chain by the socket's peer", "byAddress", "PROXY TCP4 1.1.1.1 1.2.3.4 1 2\r\n"),
    served("HTTP/1.1", "http", ""), { title: "HTTP/1.0", to: "http", client: ["GET / HTTP/1.0\r\n\r\n", { responses: 1 }], counters: STATS }, { title: "no HTTP", to: "http", client: ["\0\x01nonsense\r\n", { responses: 1 }], counters: STATS },
    { title: "a request line in two pieces", to: "http", client: ["GET / HT", { wait: 30 }, "TP/1.1\r\nhost: a\r\n\r\n", { responses: 1 }], counters: STATS },
    { title: "an empty line first", to: "http", client: [`\r\n${get("/")}`, { responses: 1 }], counters: STATS },
    served("plain HTTP behind both inspectors", "both", ""), { title: "TLS behind both inspectors", to: "both", client: [{ tls: {} }, get("/"), { responses: 1 }], counters: STATS },
    { title: "TLS with ALPN behind both inspectors", to: "both", client: [{ tls: { alpn: ["http/1.1"] } }, get("/"), { responses: 1 }], counters: STATS },
    { title: "neither TLS nor HTTP", to: "both", client: ["\0\0\0\0\0\0\0\0\n", { act: "closed" }], counters: STATS, logs: 0 },
    dropped("no TLS where it must be", "strict", get("/")), { title: "a hello that is too large", to: "small", client: [{ tls: { sni: "a.test" } }, { act: "closed" }], counters: STATS, logs: 0 },
    { title: "too slow", to: "short", client: ["PROXY ", { act: "closed" }], counters: STATS, logs: 0 },
    { title: "too slow, and goes on", to: "goesOn", client: [{ wait: 300 }, get("/"), { responses: 1 }], counters: STATS },
    { title: "one connection in an hour", to: "limited", client: [get("/"), { responses: 1 }, { connect: "limited" }, { act: "closed" }], counters: STATS },
    { title: "no limit while it is off", to: "unlimited", client: [get("/"), { responses: 1 }, { connect: "unlimited" }, get("/"), { responses: 1 }], counters: STATS, logs: 2 },
    served("a value put into filter state", "state", ""), served("no original destination", "original", ""), served("a filter that is disabled", "disabled", ""), served("a filter for another port", "otherPort", ""),
  ],
};
