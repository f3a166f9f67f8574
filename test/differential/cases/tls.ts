import { Authority, type Pair } from "../../support/certificates.ts";
import type { TlsAsk } from "../../support/raw-client.ts";
import { type Case, get, type Group } from "../case.ts";

interface World {
  readonly files: Readonly<Record<string, string>>;
  readonly pairs: Readonly<Record<string, Pair>>;
}

let made: World | undefined;

/** Certificates of the group, made when somebody needs them. */
function world(): World {
  if (made !== undefined) return made;
  const authority = new Authority();
  const other = new Authority("Other CA");
  const child = authority.intermediate("Child CA");
  const good = authority.issue("client", { subject: "/C=DE/O=Org, Inc/CN=client", san: "DNS:client.test,URI:spiffe://td.test/client,email:c@client.test,IP:192.0.2.9" });
  const below = child.issue("below", { san: "DNS:below.test,URI:spiffe://td.test/below" });
  const pairs: Record<string, Pair> = {
    ecdsa: authority.issue("a.test", { san: "DNS:a.test,DNS:*.wild.test,URI:spiffe://td.test/server" }),
    rsa: authority.issue("rsa.test", { san: "DNS:a.test,DNS:rsa.test", kind: "rsa" }),
    b: authority.issue("b.test"), p384: authority.issue("p384.test", { kind: "ec384" }),
    client: good, below: { certificate: below.certificate + child.certificate, key: below.key }, lone: below,
    expired: authority.issue("expired", { days: -1, san: "DNS:client.test" }), foreign: other.issue("foreign", { san: "DNS:client.test" }),
    stranger: authority.issue("stranger", { san: "DNS:stranger.test,URI:spiffe://other.test/x" }), nameless: authority.issue("nameless", { san: "" }),
    serverOnly: authority.issue("serveronly", { usage: "serverAuth", san: "DNS:client.test" }),
  };
  const files = Object.fromEntries(Object.entries(pairs).flatMap(([name, { certificate, key }]) => [[`${name}.pem`, certificate], [`${name}.key`, key]]));
  made = {
    pairs,
    files: { ...files, "ca.pem": authority.certificate, "other.pem": other.certificate, "child.pem": child.certificate, "revoked.crl": authority.revoke(good), "empty.crl": authority.revoke() },
  };
  authority.close();
  other.close();
  return made;
}

const as = (name: string): (() => Pair) => () => world().pairs[name] as Pair;
const TLS = "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3";
const cert = (name: string): string => `{ certificate_chain: { filename: <file:${name}.pem> }, private_key: { filename: <file:${name}.key> } }`;
const down = (common: string, more = ""): string => `transport_socket: { name: tls, typed_config: { "@type": ${TLS}.DownstreamTlsContext, ${more} common_tls_context: { ${common} } } }`;
const up = (common: string, more = ""): string => `transport_socket: { name: tls, typed_config: { "@type": ${TLS}.UpstreamTlsContext, ${more} common_tls_context: { ${common} } } }`;
const OWN = `tls_certificates: [${cert("ecdsa")}]`;
const CA = "trusted_ca: { filename: <file:ca.pem> }";
const tlsInspector = `listener_filters: [{ name: t, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector } }]`;
const reply = (name: string): string => `hcm: { route_config: { virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, direct_response: { status: 200, body: { inline_string: ${name} } } }] }] } }`;

const PEER = [
  "peer=%DOWNSTREAM_PEER_SUBJECT%|%DOWNSTREAM_PEER_ISSUER%|%DOWNSTREAM_PEER_SERIAL%|%DOWNSTREAM_PEER_FINGERPRINT_256%|%DOWNSTREAM_PEER_FINGERPRINT_1%",
  "sans=%DOWNSTREAM_PEER_URI_SAN%|%DOWNSTREAM_PEER_DNS_SAN%|%DOWNSTREAM_PEER_IP_SAN%|%DOWNSTREAM_PEER_EMAIL_SAN%|%DOWNSTREAM_PEER_OTHERNAME_SAN%",
  "chain=%DOWNSTREAM_PEER_CHAIN_FINGERPRINTS_256%|%DOWNSTREAM_PEER_CHAIN_SERIALS% valid=%DOWNSTREAM_PEER_CERT_V_START%|%DOWNSTREAM_PEER_CERT_V_END%|%DOWNSTREAM_PEER_CERT_V_END(%s)% pem=%DOWNSTREAM_PEER_CERT%",
  "own=%DOWNSTREAM_LOCAL_SUBJECT%|%DOWNSTREAM_LOCAL_URI_SAN%|%DOWNSTREAM_LOCAL_DNS_SAN% tls=%DOWNSTREAM_TLS_VERSION%|%DOWNSTREAM_TLS_CIPHER%|%DOWNSTREAM_TLS_GROUP% sni=%REQUESTED_SERVER_NAME% name=%FILTER_CHAIN_NAME% why=%DOWNSTREAM_TRANSPORT_FAILURE_REASON%",
].join(" ");
const UPSTREAM = "up=%UPSTREAM_TLS_VERSION%|%UPSTREAM_TLS_CIPHER%|%UPSTREAM_PEER_SUBJECT%|%UPSTREAM_PEER_ISSUER%|%UPSTREAM_PEER_DNS_SAN%|%UPSTREAM_LOCAL_DNS_SAN% failure=%UPSTREAM_TRANSPORT_FAILURE_REASON%";

const STATS: readonly RegExp[] = [/\.ssl\./, /^listener\.(?!admin)\w+\.(downstream_cx|downstream_pre|no_filter_chain|server_ssl)(?!.*length_ms)/, /^http\.\w+\.downstream_cx_ssl/, /tls_inspector\.(?!bytes)/];

const LATE = "the runtime verifies no host before its handshake is done: the host sees a whole one, which is then given up";

function ask(title: string, to: string, tls: TlsAsk, more: Partial<Case> = {}): Case {
  return { title, to, client: [{ tls }, get("/"), { responses: 1 }], counters: STATS, ...more };
}

/** The handshake does not come to be, or is taken back: nobody is served. */
function refused(title: string, to: string, tls: TlsAsk, more: Partial<Case> = {}): Case {
  return { title, to, client: [{ tls }, get("/"), { act: "closed" }], counters: STATS, logs: 0, ...more };
}

const http = (fields: string): string => `typed_extension_protocol_options: { envoy.extensions.upstreams.http.v3.HttpProtocolOptions: { "@type": type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions, upstream_http_protocol_options: { ${fields} }, explicit_http_config: { http_protocol_options: {} } } }`;
const named = (host: string, more = ""): string => `GET / HTTP/1.1\r\nhost: ${host}\r\n${more}\r\n`;

const mtls = (context: string, more = "require_client_certificate: true,"): string => `wide: "${PEER}"
chain: { ${down(`${OWN}, validation_context: { ${context} }`, more)} }`;

export const tls: Group = {
  name: "TLS",
  files: () => world().files,
  listeners: {
    main: `wide: "${PEER}"\nchain: { name: first, ${down(`alpn_protocols: [http/1.1], ${OWN}`)} }`,
    two: `chain: { ${down(`tls_certificates: [${cert("ecdsa")}, ${cert("rsa")}]`)} }`,
    names: `chain: { ${down(`tls_certificates: [${cert("b")}, ${cert("ecdsa")}, ${cert("rsa")}, ${cert("p384")}]`)} }`,
    scan: `chain: { ${down(`tls_certificates: [${cert("rsa")}, ${cert("b")}]`, "full_scan_certs_on_sni_mismatch: true,")} }`,
    v12: `chain: { ${down(`tls_params: { tls_maximum_protocol_version: TLSv1_2 }, ${OWN}`)} }`,
    v13: `chain: { ${down(`tls_params: { tls_minimum_protocol_version: TLSv1_3 }, ${OWN}`)} }`,
    ciphers: `chain: { ${down(`tls_params: { tls_maximum_protocol_version: TLSv1_2, cipher_suites: [ECDHE-ECDSA-CHACHA20-POLY1305, ECDHE-ECDSA-AES256-GCM-SHA384] }, ${OWN}`)} }`,
    curves: `chain: { ${down(`tls_params: { ecdh_curves: [P-384] }, ${OWN}`)} }`,
    inline: `chain: { ${down("tls_certificates: [{ certificate_chain: { inline_string: <pem:b.pem> }, private_key: { inline_string: <pem:b.key> } }]")} }`,
    sni: `chain: { ${down(OWN, "require_sni: true,")} }`,
    mtls: mtls(CA), optional: mtls(CA, ""), unverified: mtls(`${CA}, trust_chain_verification: ACCEPT_UNTRUSTED`),
    partial: mtls("trusted_ca: { filename: <file:child.pem> }"),
    crl: mtls(`${CA}, crl: { filename: <file:revoked.crl> }`), emptyCrl: mtls(`${CA}, crl: { filename: <file:empty.crl> }`),
    dns: mtls(`${CA}, match_typed_subject_alt_names: [{ san_type: DNS, matcher: { exact: client.test } }]`),
    uri: mtls(`${CA}, match_typed_subject_alt_names: [{ san_type: URI, matcher: { prefix: "spiffe://td.test/" } }]`),
    mail: mtls(`${CA}, match_typed_subject_alt_names: [{ san_type: EMAIL, matcher: { suffix: "@client.test" } }]`),
    ip: mtls(`${CA}, match_typed_subject_alt_names: [{ san_type: IP_ADDRESS, matcher: { exact: 192.0.2.9 } }]`),
    oldSan: mtls(`${CA}, match_subject_alt_names: [{ exact: "spiffe://td.test/client" }]`),
    xfccSet: `forward_client_cert_details: SANITIZE_SET\nset_current_client_cert_details: { subject: true, cert: true, chain: true, dns: true, uri: true }\n${mtls(CA, "")}`,
    xfccAppend: `forward_client_cert_details: APPEND_FORWARD\nset_current_client_cert_details: { subject: true, uri: true }\n${mtls(CA, "")}`,
    xfccForward: `forward_client_cert_details: FORWARD_ONLY\n${mtls(CA, "")}`,
    xfccSanitize: mtls(CA, ""),
    slow: `chain: { transport_socket_connect_timeout: 0.3s, ${down(OWN)} }`,
    chains: `wide: "${PEER}"
listener: { ${tlsInspector} }
chains:
- { name: exact, filter_chain_match: { server_names: [a.test] }, ${down(OWN)}, ${reply("exact")} }
- { name: wild, filter_chain_match: { server_names: ["*.wild.test"] }, ${down(OWN)}, ${reply("wild")} }
- { name: longer, filter_chain_match: { server_names: ["*.sub.wild.test"] }, ${down(OWN)}, ${reply("longer")} }
- { name: alpn, filter_chain_match: { server_names: [b.test], application_protocols: [foo] }, ${down(`alpn_protocols: [foo], tls_certificates: [${cert("b")}]`)}, ${reply("alpn")} }
- { name: plain, filter_chain_match: { transport_protocol: raw_buffer }, ${reply("plain")} }
default_chain: { name: last, ${down(`tls_certificates: [${cert("b")}]`)}, ${reply("last")} }`,
    nochain: `listener: { ${tlsInspector} }
chains: [{ name: exact, filter_chain_match: { server_names: [a.test] }, ${down(OWN)}, ${reply("exact")} }]`,
    tree: `wide: "${PEER}"
listener:
  ${tlsInspector}
  filter_chain_matcher:
    matcher_tree:
      input: { name: sni, typed_config: { "@type": type.googleapis.com/envoy.extensions.matching.common_inputs.network.v3.ServerNameInput } }
      exact_match_map: { map: { a.test: { action: { name: go, typed_config: { "@type": type.googleapis.com/google.protobuf.StringValue, value: one } } }, c.test: { action: { name: go, typed_config: { "@type": type.googleapis.com/google.protobuf.StringValue, value: nobody } } } } }
    on_no_match: { action: { name: go, typed_config: { "@type": type.googleapis.com/google.protobuf.StringValue, value: two } } }
chains:
- { name: one, ${down(OWN)}, ${reply("one")} }
- { name: two, ${down(`tls_certificates: [${cert("b")}]`)}, ${reply("two")} }`,
    uninspected: `chains:
- { filter_chain_match: { server_names: [a.test] }, ${down(OWN)}, ${reply("exact")} }
- { ${down(`tls_certificates: [${cert("b")}]`)}, ${reply("other")} }`,
    origin: `chain: { ${down(OWN)} }\n${reply("origin").slice("hcm: {".length, -1).trim()}`,
    originMtls: `chain: { ${down(`${OWN}, validation_context: { ${CA} }`, "require_client_certificate: true,")} }\n${reply("origin").slice("hcm: {".length, -1).trim()}`,
    ...Object.fromEntries(["toGood", "toWrongCa", "toWrongName", "toAnyone", "toPlain", "toMtls", "toMtlsBare", "toSni", "toHash", "toBadHash", "to13", "autoSni", "autoSan", "autoHeader"].map((name) => [name, `wide: "${UPSTREAM}"
route_config: { virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: ${name} } }] }] }`])),
  },
  clusters: Object.fromEntries(([
    ["toGood", "origin", up(`validation_context: { ${CA}, match_typed_subject_alt_names: [{ san_type: DNS, matcher: { exact: a.test } }] }`, "sni: a.test,")],
    ["toWrongCa", "origin", up("validation_context: { trusted_ca: { filename: <file:other.pem> } }")],
    ["toWrongName", "origin", up(`validation_context: { ${CA}, match_typed_subject_alt_names: [{ san_type: DNS, matcher: { exact: b.test } }] }`)],
    ["toAnyone", "origin", up("")],
    ["toPlain", "plainOrigin", up("")],
    ["toMtls", "originMtls", up(`tls_certificates: [${cert("client")}], validation_context: { ${CA} }`)],
    ["toMtlsBare", "originMtls", up(`validation_context: { ${CA} }`)],
    ["toSni", "origin", up(`validation_context: { ${CA} }`, "sni: x.wild.test, auto_sni_san_validation: true,")],
    ["toHash", "origin", up(`validation_context: { verify_certificate_spki: ["AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA="] }`)],
    ["toBadHash", "origin", up(`validation_context: { ${CA}, verify_certificate_hash: ["${"00".repeat(32)}"] }`)],
    ["autoSni", "origin", `${up(`validation_context: { ${CA} }`, "auto_sni_san_validation: true,")}\n${http("auto_sni: true")}`],
    ["autoSan", "origin", `${up(`validation_context: { ${CA} }`)}\n${http("auto_sni: true, auto_san_validation: true")}`],
    ["autoHeader", "origin", `${up(`validation_context: { ${CA} }`)}\n${http("auto_sni: true, auto_san_validation: true, override_auto_sni_header: x-name")}`],
    ["to13", "origin", up(`tls_params: { tls_minimum_protocol_version: TLSv1_3, tls_maximum_protocol_version: TLSv1_3 }`)],
  ] as const).map(([name, target, socket]) => [name, `load_assignment: { cluster_name: c, endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: 127.0.0.1, port_value: ${target === "plainOrigin" ? "<upstream:u>" : `<port:${target}>`} } } } }] }] }\n${socket}`])),
  cases: [
    ask("a request", "main", {}), ask("a name", "main", { sni: "a.test" }), ask("a name nobody has", "main", { sni: "z.test" }), ask("a name in capitals", "main", { sni: "A.Test" }),
    ask("TLS 1.2", "main", { max: "TLSv1.2" }), ask("ALPN agreed on", "main", { alpn: ["h2", "http/1.1"] }), ask("ALPN of which none is known", "main", { alpn: ["foo"] }),
    ask("ALPN where none is configured", "two", { alpn: ["http/1.1"] }),
    { title: "two requests on one connection", client: [{ tls: {} }, get("/1"), { responses: 1 }, get("/2"), { responses: 2 }], logs: 2, counters: STATS },
    { title: "two connections", client: [{ tls: {} }, get("/1"), { responses: 1 }, { connect: "main" }, { tls: { sni: "a.test" } }, get("/2"), { responses: 1 }], logs: 2, counters: STATS },
    ask("RSA for a client without ECDSA", "two", { sni: "a.test", max: "TLSv1.2", ciphers: "ECDHE-RSA-AES128-GCM-SHA256" }),
    ask("ECDSA for a client with both", "two", { sni: "a.test", max: "TLSv1.2" }), ask("of two certificates the first fits", "two", {}),
    ask("a certificate by name", "names", { sni: "rsa.test" }), ask("a certificate by wildcard", "names", { sni: "x.wild.test" }), ask("a wildcard is one label", "names", { sni: "x.y.wild.test" }),
    ask("no certificate of that name: the first", "names", { sni: "z.test" }), ask("a certificate without a name asked for", "names", {}), ask("a P-384 key", "names", { sni: "p384.test" }),
    ask("no certificate of that name: the best of all", "scan", { sni: "z.test" }), ask("no name: the best of all", "scan", {}),
    ask("a limit of 1.2", "v12", {}), refused("1.3 only", "v13", { max: "TLSv1.2" }), ask("1.3 only, met", "v13", {}),
    ask("ciphers in the server's order", "ciphers", { ciphers: "ECDHE-ECDSA-AES256-GCM-SHA384:ECDHE-ECDSA-CHACHA20-POLY1305" }), refused("no cipher in common", "ciphers", { ciphers: "ECDHE-ECDSA-AES128-GCM-SHA256" }),
    ask("a curve", "curves", { curves: "P-256:P-384" }), refused("no curve in common", "curves", { curves: "P-256" }), ask("certificates inline", "inline", {}),
    ask("a name is required and there", "sni", { sni: "a.test" }),
    { title: "plain HTTP to a TLS port", client: [get("/"), { act: "closed" }], logs: 0, counters: STATS },
    { title: "garbage to a TLS port", client: ["\x16\x03\x01\x00\x05hello", { act: "closed" }], logs: 0, counters: STATS },
    { title: "a record that is no handshake", client: ["\x17\x03\x03\x00\x05hello", { act: "closed" }], logs: 0, counters: STATS },
    { title: "half a hello, then nothing", to: "slow", client: ["\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03", { act: "closed" }], logs: 0, counters: STATS },
    { title: "not a byte", to: "slow", client: [{ act: "closed" }], logs: 0, counters: STATS },
    { title: "half a hello, then the end", client: ["\x16\x03\x01\x02\x00\x01", { act: "end" }, { act: "closed" }], logs: 0, counters: STATS },
    { title: "gone at once", client: [{ act: "end" }, { act: "closed" }], logs: 0, counters: STATS },
    ask("a client certificate", "mtls", { identity: as("client") }), ask("a client certificate, TLS 1.2", "mtls", { identity: as("client"), max: "TLSv1.2" }),
    refused("no client certificate", "mtls", {}), refused("no client certificate, TLS 1.2", "mtls", { max: "TLSv1.2" }),
    refused("a client certificate of another authority", "mtls", { identity: as("foreign") }), refused("an expired client certificate", "mtls", { identity: as("expired") }),
    ask("a client certificate with its chain", "mtls", { identity: as("below") }), refused("a client certificate without its chain", "mtls", { identity: as("lone") }),
    refused("a certificate for servers only", "mtls", { identity: as("serverOnly") }), ask("a client certificate without names", "mtls", { identity: as("nameless") }),
    ask("an optional certificate that is not there", "optional", {}), ask("an optional certificate that is there", "optional", { identity: as("client") }), refused("an optional certificate that is wrong", "optional", { identity: as("foreign") }),
    ask("an untrusted certificate is taken", "unverified", { identity: as("foreign") }), ask("a trusted certificate where untrusted ones are taken", "unverified", { identity: as("client") }),
    ask("an intermediate authority is enough", "partial", { identity: as("lone") }), refused("a certificate beside the intermediate authority", "partial", { identity: as("client") }),
    refused("a revoked certificate", "crl", { identity: as("client") }), ask("a certificate that is not revoked", "crl", { identity: as("stranger") }), ask("an empty revocation list", "emptyCrl", { identity: as("client") }),
    ask("a DNS name that matches", "dns", { identity: as("client") }), refused("a DNS name that does not match", "dns", { identity: as("stranger") }), refused("no names to match", "dns", { identity: as("nameless") }),
    ask("a URI that matches", "uri", { identity: as("client") }), refused("a URI that does not match", "uri", { identity: as("stranger") }),
    ask("an address of mail that matches", "mail", { identity: as("client") }), ask("an IP address that matches", "ip", { identity: as("client") }), ask("names of any type", "oldSan", { identity: as("client") }),
    ask("the client's certificate in a header", "xfccSet", { identity: as("client") }), ask("the chain in a header", "xfccSet", { identity: as("below") }), ask("no certificate for the header", "xfccSet", {}),
    ask("a certificate without URI in the header", "xfccSet", { identity: as("nameless") }),
    { title: "the header is added to", to: "xfccAppend", client: [{ tls: { identity: as("client") } }, get("/", "x-forwarded-client-cert: Hash=00"), { responses: 1 }], counters: STATS },
    { title: "the header is handed on", to: "xfccForward", client: [{ tls: { identity: as("client") } }, get("/", "x-forwarded-client-cert: Hash=00"), { responses: 1 }], counters: STATS },
    { title: "the header is dropped without a certificate", to: "xfccForward", client: [{ tls: {} }, get("/", "x-forwarded-client-cert: Hash=00"), { responses: 1 }], counters: STATS },
    { title: "the header is sanitised", to: "xfccSanitize", client: [{ tls: { identity: as("client") } }, get("/", "x-forwarded-client-cert: Hash=00"), { responses: 1 }], counters: STATS },
    ask("a chain by name", "chains", { sni: "a.test" }), ask("a chain by wildcard", "chains", { sni: "x.wild.test" }), ask("a chain by the longer wildcard", "chains", { sni: "x.sub.wild.test" }),
    ask("a wildcard over several labels", "chains", { sni: "x.y.wild.test" }), ask("a chain by ALPN", "chains", { sni: "b.test", alpn: ["foo"] }), ask("the default chain", "chains", { sni: "z.test" }),
    ask("no going back: ALPN does not match", "chains", { sni: "b.test" }),
    { title: "the chain of plain text", to: "chains", client: [get("/"), { responses: 1 }], counters: STATS },
    refused("no chain", "nochain", { sni: "z.test" }), ask("server names without an inspector", "uninspected", { sni: "a.test" }),
    ask("a chain by a matcher", "tree", { sni: "a.test" }), ask("a matcher that matches nothing", "tree", { sni: "b.test" }), refused("a matcher that leads to no chain", "tree", { sni: "c.test" }),
    { title: "TLS to the host", to: "toGood", client: [get("/"), { responses: 1 }], counters: STATS },
    { title: "a host of another authority", to: "toWrongCa", client: [get("/"), { responses: 1 }], counters: STATS, differs: { counters: LATE } },
    { title: "a host of another name", to: "toWrongName", client: [get("/"), { responses: 1 }], counters: STATS, differs: { counters: LATE } },
    { title: "a host that nobody looks at", to: "toAnyone", client: [get("/"), { responses: 1 }], counters: STATS },
    { title: "a host without TLS", to: "toPlain", client: [get("/"), { responses: 1 }], counters: STATS, varies: { upstream: "random bytes" }, upstreams: { u: { connections: [[{ await: 1 }, "HTTP/1.1 400 Bad\r\n\r\n", { act: "end" }]] } } },
    { title: "our certificate for the host", to: "toMtls", client: [get("/"), { responses: 1 }], counters: STATS },
    { title: "no certificate for the host", to: "toMtlsBare", client: [get("/"), { responses: 1 }], counters: STATS },
    { title: "the name in SNI is looked for", to: "toSni", client: [get("/"), { responses: 1 }], counters: STATS },
    { title: "the wrong key", to: "toHash", client: [get("/"), { responses: 1 }], counters: STATS, differs: { counters: LATE } },
    { title: "the wrong certificate", to: "toBadHash", client: [get("/"), { responses: 1 }], counters: STATS, differs: { counters: LATE } },
    { title: "the request's name in SNI, which the host has", to: "autoSni", client: [named("x.wild.test:8443"), { responses: 1 }], counters: STATS },
    { title: "the request's name in SNI, which the host has not", to: "autoSni", client: [named("z.test"), { responses: 1 }], counters: STATS, differs: { counters: LATE } },
    { title: "the request's name is looked for", to: "autoSan", client: [named("a.test"), { responses: 1 }, named("x.wild.test"), { responses: 2 }], counters: STATS, logs: 2 },
    { title: "the request's name is not found", to: "autoSan", client: [named("z.test"), { responses: 1 }], counters: STATS, differs: { counters: LATE } },
    { title: "an address is no name for SNI", to: "autoSan", client: [named("192.0.2.1:80"), { responses: 1 }], counters: STATS, differs: { counters: LATE } },
    { title: "the name in another header", to: "autoHeader", client: [named("z.test", "x-name: a.test\r\n"), { responses: 1 }], counters: STATS },
    { title: "TLS 1.3 to the host", to: "to13", client: [get("/"), { responses: 1 }], counters: STATS },
  ],
};
