/** The SPIFFE validator: each trust domain has authorities of its own (Envoy's `envoy.tls.cert_validator.spiffe`). */
import type { Buffer } from "node:buffer";
import { readCertificate } from "../../codec/certificate.ts";
import { pathTo } from "../../platform/certificate-path.ts";
import type { TlsFacts } from "../../platform/tls.ts";
import type { Refusal } from "./tls-stats.ts";

export const SPIFFE_CONFIG = "envoy.extensions.transport_sockets.tls.v3.SPIFFECertValidatorConfig";

/** Trust domain -> its authorities in DER. */
export type TrustDomains = ReadonlyMap<string, readonly Buffer[]>;

/** The one URI of a certificate names its domain; the chain has to lead to an authority of that one. The handshake took any of them. */
export function checkSpiffe(facts: TlsFacts, domains: TrustDomains): Refusal | null {
  const certificate = facts.peerCertificate === undefined ? null : readCertificate(facts.peerCertificate);
  const uri = (certificate?.names ?? []).find(({ type }) => type === "URI")?.value ?? "";
  const authorities = domains.get(trustDomainOf(uri));
  if (authorities === undefined) return { part: "error", reason: "verify cert failed: no trust bundle store" };
  return pathTo(facts.peerChain, authorities).length > 0 ? null : { part: "error", reason: "verify cert failed: X509_verify_cert: certificate verification error at depth 0: unable to get local issuer certificate" };
}

/** `spiffe://example.org/ns/x` -> `example.org`; "" where it is none. */
export function trustDomainOf(uri: string): string {
  const [, domain] = /^spiffe:\/\/([^/]+)/.exec(uri) ?? [];
  return domain ?? "";
}
