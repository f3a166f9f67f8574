/** `ssl.…` of a listener or a cluster (docs: listeners/stats, TLS statistics). */
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import { groupName, type TlsFacts } from "../../platform/tls.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const COUNTERS = [
  "connection_error", "fail_verify_cert_hash", "fail_verify_error", "fail_verify_no_cert", "fail_verify_san", "handshake", "no_certificate",
  "ocsp_staple_failed", "ocsp_staple_omitted", "ocsp_staple_requests", "ocsp_staple_responses", "session_reused",
] as const;

export const SSL_SHAPE = statLayout({ counters: COUNTERS });
const at = (name: (typeof COUNTERS)[number]): number => placeIn(SSL_SHAPE, name);
const CONNECTION_ERROR = at("connection_error");
const NO_CERT = at("fail_verify_no_cert");
const HANDSHAKE = at("handshake");
const NO_CERTIFICATE = at("no_certificate");
const REUSED = at("session_reused");
export const STAPLE_REQUESTS = at("ocsp_staple_requests");
export const STAPLE_OMITTED = at("ocsp_staple_omitted");

/** By what part of the validation a certificate failed. */
const FAILURES = { error: at("fail_verify_error"), san: at("fail_verify_san"), hash: at("fail_verify_cert_hash") } as const;
export type ValidationPart = keyof typeof FAILURES;

/** Why a peer is refused; `part` null: it is counted nowhere. */
export interface Refusal {
  readonly part: ValidationPart | null;
  readonly reason: string;
  /** The peer is accepted all the same. */
  readonly accepted?: boolean;
}

/** Counts what a judge found; the reason to refuse the peer, or null. */
export function countVerdict(stats: StatBlock, facts: TlsFacts, refusal: Refusal | null): string | null {
  if (refusal !== null && refusal.part !== null) stats.inc(FAILURES[refusal.part]);
  if (refusal !== null && refusal.accepted !== true) return refusal.reason;
  countHandshake(stats, facts);
  return null;
}

const ONE = statLayout({ counters: [""] });

/** `downstream_context_secrets_not_ready` or its like: beside the block, as Envoy has them. */
export function contextShape(side: "server" | "client"): ReturnType<typeof statLayout> {
  const kind = side === "server" ? "server_ssl_socket_factory." : "client_ssl_socket_factory.";
  const which = side === "server" ? "downstream" : "upstream";
  return statLayout({ counters: [`${kind}${which}_context_secrets_not_ready`, `${kind}ssl_context_update_by_sds`] });
}
export const NOT_READY = 0;
export const UPDATED = 1;

/** A handshake is done, and the peer was accepted. */
function countHandshake(stats: StatBlock, facts: TlsFacts): void {
  stats.inc(HANDSHAKE);
  if (facts.resumed) stats.inc(REUSED);
  if (facts.peerCertificate === undefined) stats.inc(NO_CERTIFICATE);
  stats.child(`ciphers.${facts.cipher}`, ONE).inc(0);
  stats.child(`versions.${facts.version}`, ONE).inc(0);
  const group = groupName(facts.group);
  if (group !== undefined) stats.child(`curves.${group}`, ONE).inc(0);
  const signature = SIGNATURES[facts.signature];
  if (signature !== undefined) stats.child(`sigalgs.${signature}`, ONE).inc(0);
}

/** A handshake failed, not by validation (that was counted by its part). */
export function countFailure(stats: StatBlock, failure: string): void {
  if (failure.includes("CERTIFICATE_VERIFY_FAILED")) return;
  if (/PEER_DID_NOT_RETURN_A_CERTIFICATE|peer did not return a certificate/.test(failure)) stats.inc(NO_CERT);
  else if (failure !== "") stats.inc(CONNECTION_ERROR);
}

/** As BoringSSL names them. */
const SIGNATURES: Readonly<Record<number, string>> = {
  0x0201: "rsa_pkcs1_sha1", 0x0203: "ecdsa_sha1", 0x0401: "rsa_pkcs1_sha256", 0x0403: "ecdsa_secp256r1_sha256", 0x0501: "rsa_pkcs1_sha384",
  0x0503: "ecdsa_secp384r1_sha384", 0x0601: "rsa_pkcs1_sha512", 0x0603: "ecdsa_secp521r1_sha512", 0x0804: "rsa_pss_rsae_sha256", 0x0805: "rsa_pss_rsae_sha384",
  0x0806: "rsa_pss_rsae_sha512", 0x0807: "ed25519",
};
