/** `TlsParameters` as the library takes them, with Envoy's defaults. */
import type { TlsContextOptions, TlsVersion } from "../../platform/tls.ts";
import type { TlsParameters, TlsParameters_TlsProtocol } from "../../schema/generated/envoy/extensions/transport_sockets/tls/v3.ts";

export type TlsLimits = Pick<TlsContextOptions, "minVersion" | "maxVersion" | "ciphers" | "curves" | "signatureAlgorithms">;

const VERSIONS: Readonly<Record<TlsParameters_TlsProtocol, TlsVersion | undefined>> = {
  TLS_AUTO: undefined, TLSv1_0: "TLSv1", TLSv1_1: "TLSv1.1", TLSv1_2: "TLSv1.2", TLSv1_3: "TLSv1.3",
};

/** Groups of equal preference in brackets, as BoringSSL reads them. */
const CIPHERS = [
  "[ECDHE-ECDSA-AES128-GCM-SHA256|ECDHE-ECDSA-CHACHA20-POLY1305]", "[ECDHE-RSA-AES128-GCM-SHA256|ECDHE-RSA-CHACHA20-POLY1305]",
  "ECDHE-ECDSA-AES256-GCM-SHA384", "ECDHE-RSA-AES256-GCM-SHA384",
];
const CURVES = ["X25519MLKEM768", "X25519", "P-256"];

/** A client stops at TLS 1.2 unless it is told otherwise; a server takes 1.3. */
export function tlsLimits(params: TlsParameters | undefined, server: boolean): TlsLimits {
  return {
    minVersion: VERSIONS[params?.tls_minimum_protocol_version ?? "TLS_AUTO"] ?? "TLSv1.2",
    maxVersion: VERSIONS[params?.tls_maximum_protocol_version ?? "TLS_AUTO"] ?? (server ? "TLSv1.3" : "TLSv1.2"),
    ciphers: listOr(params?.cipher_suites, CIPHERS),
    curves: listOr(params?.ecdh_curves, CURVES),
    signatureAlgorithms: params?.signature_algorithms?.length ? params.signature_algorithms.join(":") : undefined,
  };
}

function listOr(given: readonly string[] | undefined, standard: readonly string[]): string {
  return (given === undefined || given.length === 0 ? standard : given).join(":");
}
