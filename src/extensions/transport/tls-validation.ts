/**
 * What a peer's certificate must be (Envoy's DefaultCertValidator): its chain was verified by the runtime's library during the handshake;
 * names, digests, depth and trust domains are looked at here, in Envoy's order and words.
 */
import { Buffer } from "node:buffer";
import { type Certificate, readCertificate } from "../../codec/certificate.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import { pathTo } from "../../platform/certificate-path.ts";
import { sha256 } from "../../platform/digest.ts";
import type { TlsFacts } from "../../platform/tls.ts";
import type { CertificateValidationContext } from "../../schema/generated/envoy/extensions/transport_sockets/tls/v3.ts";
import { compileSanMatchers, dnsTest, listTest, matchesSan, type SanTest } from "./san-matcher.ts";
import { checkSpiffe, type TrustDomains } from "./spiffe.ts";
import type { Refusal } from "./tls-stats.ts";

export interface Validation {
  /** A peer without a certificate is refused. */
  readonly required: boolean;
  /** One that leads to no authority will do. */
  readonly acceptsUnverified: boolean;
  /** A certificate is asked for. */
  readonly asked: boolean;
  /** Null: nothing is wrong. What is wrong is counted, also where the peer is accepted all the same. */
  judge(facts: TlsFacts, peer: PeerWishes): Refusal | null;
}

/** What is asked of this peer alone. */
export interface PeerWishes {
  readonly serverName?: string | undefined;
  readonly acceptedNames?: readonly string[] | undefined;
}

/** What was compiled; the authorities come when it is opened. */
export interface ValidationRules {
  readonly sans: readonly SanTest[];
  /** SHA-256, in hex. */
  readonly hashes: readonly string[];
  readonly keyHashes: readonly string[];
  readonly acceptUntrusted: boolean;
  readonly maxDepth: number | undefined;
}

export function compileRules(context: CertificateValidationContext | undefined, diagnostics: Diagnostics): ValidationRules {
  return {
    sans: compileSanMatchers(context ?? {}, diagnostics),
    hashes: (context?.verify_certificate_hash ?? []).map((hash) => hash.replaceAll(":", "").toLowerCase()),
    keyHashes: (context?.verify_certificate_spki ?? []).map((hash) => Buffer.from(hash, "base64").toString("hex")),
    acceptUntrusted: context?.trust_chain_verification === "ACCEPT_UNTRUSTED",
    maxDepth: context?.max_verify_depth,
  };
}

/** What else stands behind the rules. */
export interface ValidationTrust {
  /** In DER; empty: nobody is verified. */
  readonly authorities: readonly Buffer[];
  readonly spiffe: TrustDomains | null;
  /** `auto_sni_san_validation`. */
  readonly matchServerName: boolean;
}

export function validation(rules: ValidationRules, trust: ValidationTrust, requireCertificate: boolean): Validation {
  const verifies = trust.authorities.length > 0;
  const wants = rules.sans.length + rules.hashes.length + rules.keyHashes.length > 0;
  return {
    required: requireCertificate || (wants && !rules.acceptUntrusted) || trust.spiffe !== null,
    acceptsUnverified: rules.acceptUntrusted || !verifies,
    asked: requireCertificate || verifies || wants || rules.acceptUntrusted || trust.spiffe !== null,
    judge(facts, peer) {
      if (facts.peerCertificate === undefined || !(verifies || wants || requireCertificate || trust.spiffe !== null || peer.acceptedNames !== undefined)) return null;
      const refusal = judgeChain(facts, rules, trust, verifies) ?? judgeLeaf(facts.peerCertificate, rules, trust, peer, verifies);
      return refusal === null || !rules.acceptUntrusted ? refusal : { ...refusal, accepted: true };
    },
  };
}

const DEPTH_CODE = "certificate chain too long";

function judgeChain(facts: TlsFacts, { maxDepth }: ValidationRules, { authorities, spiffe }: ValidationTrust, verifies: boolean): Refusal | null {
  if (!verifies) return null;
  if (!facts.peerVerified) return { part: "error", reason: chainError(facts.verifyError, depthOf(facts)) };
  if (maxDepth !== undefined && pathTo(facts.peerChain, authorities).length - 2 > maxDepth) return { part: "error", reason: chainError(DEPTH_CODE, maxDepth + 1) };
  return spiffe === null ? null : checkSpiffe(facts, spiffe);
}

/** Where in the chain the fault most likely lies: the library does not tell the runtime. */
function depthOf({ verifyError, peerChain }: TlsFacts): number {
  return /self.signed certificate in certificate chain/.test(verifyError) ? peerChain.length - 1 : 0;
}

const CRL_ERRORS = /certificate revoked|unable to get certificate CRL|CRL/;

function chainError(error: string, depth: number): string {
  const text = WORDS[error] ?? error;
  const detail = CRL_ERRORS.test(text) ? `certificate revocation check against provided CRLs failed: ${text}` : text;
  return `verify cert failed: X509_verify_cert: certificate verification error at depth ${depth}: ${detail}`;
}

/** The runtime's words where they are not BoringSSL's. */
const WORDS: Readonly<Record<string, string>> = {
  "unable to get issuer certificate": "unable to get local issuer certificate",
  "self signed certificate": "self-signed certificate",
  "self signed certificate in certificate chain": "self-signed certificate in certificate chain",
};

function judgeLeaf(der: Buffer, rules: ValidationRules, trust: ValidationTrust, peer: PeerWishes, verifies: boolean): Refusal | null {
  const certificate = readCertificate(der);
  if (certificate === null) return { part: "error", reason: "verify cert failed: the certificate cannot be read" };
  const sans = peer.acceptedNames === undefined && trust.matchServerName && peer.serverName ? [dnsTest(peer.serverName)] : rules.sans;
  if (peer.acceptedNames !== undefined && !matchesSan(certificate, [listTest(peer.acceptedNames)])) {
    return { part: "san", reason: `verify cert failed: verify SAN list, expected SANs: [${peer.acceptedNames.join(", ")}], certificate SANs: [${sansOf(certificate)}]` };
  }
  if (peer.acceptedNames === undefined && sans.length > 0 && !matchesSan(certificate, sans)) {
    return { part: "san", reason: `verify cert failed: SAN matcher, certificate SANs are [${sansOf(certificate)}]` };
  }
  const digests = rules.hashes.length + rules.keyHashes.length > 0;
  if (digests && !rules.hashes.includes(sha256(der).toString("hex")) && !rules.keyHashes.includes(sha256(certificate.publicKey).toString("hex"))) {
    return { part: "hash", reason: "verify cert failed: cert hash and spki" };
  }
  return verifies || digests || sans.length > 0 || peer.acceptedNames !== undefined ? null : { part: null, reason: "" };
}

function sansOf(certificate: Certificate): string {
  return (certificate.names ?? []).map(({ value }) => value).join(", ");
}
