/** TLS: contexts became transport sockets; v1 kept everything in one flat context. */
import { textOfRaw, type RawValue } from "../../diagnostics/raw.ts";
import { raw } from "./addresses.ts";
import { v2MessageOf, successorOf } from "./successors.ts";
import { V3 } from "../table.ts";
import { typedConfig } from "./extension-rules.ts";
import type { MessageUpgrade, Rule, Rules } from "./message-upgrade.ts";
import { needless, rulesOf } from "./words.ts";

/** A TLS context as the transport socket that takes its place; `type` is the context's in v2. */
export function tlsSocket(message: MessageUpgrade, key: string, context: RawValue, type: string): void {
  const next = V3.message(successorOf(v2MessageOf(type)?.name ?? "") ?? "");
  if (next === undefined) return;
  if (message.has("transport_socket", "transportSocket")) return message.drop(key, "transport_socket says how the connection is made", "v2");
  const socket = message.made(key, { name: "envoy.transport_sockets.tls", typed_config: typedConfig(message, key, next, context) });
  message.set("transport_socket", socket, key);
  message.say(key, `${key} is no field of v3; a transport_socket takes its place`, `Write transport_socket: { name: envoy.transport_sockets.tls, typed_config: { "@type": type.googleapis.com/${next.name}, ... } }`, key === "ssl_context" ? "v1" : "v2");
}

const COMMON = "common_tls_context";

/** A file of v1's context: `place` is a way below the common context. */
function file(place: string): Rule {
  return (message, key, value) => message.replace(key, [COMMON, ...place.split("."), "filename"], value, "v1");
}

/** Certificate and key stand in one item of a list. */
function certificate(half: "certificate_chain" | "private_key"): Rule {
  return (message, key, value) => {
    const { cert_chain_file: chain, private_key_file: secret } = message.raw;
    const pair = raw({ ...(chain === undefined ? {} : { certificate_chain: raw({ filename: chain }) }), ...(secret === undefined ? {} : { private_key: raw({ filename: secret }) }) });
    message.setAt([COMMON, "tls_certificates"], message.tree(key, [pair]), key);
    message.say(key, `${key} is no field of v3`, `Write ${COMMON}: { tls_certificates: [{ ${half}: { filename: ${textOfRaw(value)} } }] }`, "v1");
  };
}

/** A text that v1 joined with a separator. */
function split(place: string, separator: string): Rule {
  return (message, key, value) => message.replace(key, [COMMON, ...place.split(".")], message.tree(key, textOfRaw(value).split(separator)), "v1");
}

/** Which kind of subject alternative name a text can be. v2 compared it with every kind. */
function kindOfName(name: string): string {
  if (name.includes("://")) return "URI";
  if (/^\d+\.\d+\.\d+\.\d+$|:/.test(name)) return "IP_ADDRESS";
  return name.includes("@") ? "EMAIL" : "DNS";
}

function typedNames(message: MessageUpgrade, key: string, value: RawValue): RawValue {
  return message.tree(key, message.items(value).map((name) => raw({ san_type: kindOfName(textOfRaw(name)), matcher: raw({ exact: name }) })));
}

const V1_WORDS: Readonly<Record<string, Rule>> = {
  cert_chain_file: certificate("certificate_chain"), private_key_file: certificate("private_key"),
  ca_cert_file: file("validation_context.trusted_ca"), crl_file: file("validation_context.crl"),
  alpn_protocols: split("alpn_protocols", ","), cipher_suites: split("tls_params.cipher_suites", ":"), ecdh_curves: split("tls_params.ecdh_curves", ":"),
  alt_alpn_protocols: needless("v3 has no second list of protocols"),
  verify_certificate_hash: (message, key, value) => message.replace(key, [COMMON, "validation_context", "verify_certificate_hash"], message.tree(key, [...message.items(value)]), "v1"),
  verify_subject_alt_name: (message, key, value) => message.replace(key, [COMMON, "validation_context", "match_typed_subject_alt_names"], typedNames(message, key, value), "v1"),
  session_ticket_key_paths: (message, key, value) => message.replace(key, "session_ticket_keys", message.tree(key, raw({ keys: message.items(value).map((path) => raw({ filename: path })) })), "v1"),
};

export const TLS_RULES: Rules = {
  ...rulesOf("envoy.api.v2.auth.DownstreamTlsContext", V1_WORDS),
  ...rulesOf("envoy.api.v2.auth.UpstreamTlsContext", V1_WORDS),
  "envoy.api.v2.auth.CertificateValidationContext.verify_subject_alt_name": (message, key, value) => message.replace(key, "match_typed_subject_alt_names", typedNames(message, key, value)),
};
