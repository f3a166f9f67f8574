/** Which of a server's certificates a client gets (Envoy's DefaultTlsCertificateSelector): by name, and ECDSA for those who can. */
import type { Certificate } from "../../codec/certificate.ts";
import type { ClientHello } from "../../codec/client-hello.ts";

/** By OID: the groups and signature schemes by which a client shows that it knows the curve. */
const CURVES: Readonly<Record<string, readonly number[]>> = {
  "EC:1.2.840.10045.3.1.7": [0x0017, 0x0403], "EC:1.3.132.0.34": [0x0018, 0x0503], "EC:1.3.132.0.35": [0x0019, 0x0603],
};
/** ECDSA suites of TLS 1.2. */
const ECDSA_SUITES = new Set([0xc009, 0xc00a, 0xc023, 0xc024, 0xc02b, 0xc02c, 0xcca9]);

export class CertificateChoice {
  private readonly certificates: readonly (Certificate | null)[];
  private readonly fullScan: boolean;
  /** Name, or `.tail` of a wildcard -> kind of key -> place in the list. */
  private readonly byName = new Map<string, Map<string, number>>();

  /** `fullScan`: `full_scan_certs_on_sni_mismatch`. */
  constructor(certificates: readonly (Certificate | null)[], fullScan: boolean) {
    this.certificates = certificates;
    this.fullScan = fullScan;
    for (const [index, certificate] of certificates.entries()) for (const name of namesOf(certificate)) this.add(name, certificate?.keyKind.slice(0, 2) ?? "", index);
  }

  /** The place in the list. */
  choose(hello: ClientHello): number {
    const able = curvesOf(hello);
    const { serverName } = hello;
    if (serverName !== "") {
      const named = this.amongNames(serverName, able) ?? this.amongNames(serverName.slice(Math.max(serverName.indexOf(".", 1), 0)), able);
      if (named !== undefined) return named;
      if (!this.fullScan) return 0;
    }
    return pick(this.certificates.keys(), this.certificates, able) ?? 0;
  }

  private amongNames(name: string, able: ReadonlySet<string>): number | undefined {
    return pick(this.byName.get(name)?.values() ?? [], this.certificates, able);
  }

  private add(name: string, kind: string, index: number): void {
    const key = (name.startsWith("*.") ? name.slice(1) : name).toLowerCase();
    const kinds = this.byName.get(key) ?? new Map<string, number>();
    this.byName.set(key, kinds);
    if (!kinds.has(kind)) kinds.set(kind, index);
  }
}

/** DNS names, or the common name of a certificate that has no names at all. */
function namesOf(certificate: Certificate | null): readonly string[] {
  if (certificate === null) return [];
  if (certificate.names === undefined) return certificate.commonName === undefined ? [] : [certificate.commonName];
  return certificate.names.filter(({ type }) => type === "DNS").map(({ value }) => value);
}

/** The first that fits the client's curves; else, for those who know ECDSA, the first with another kind of key. */
function pick(indices: Iterable<number>, certificates: readonly (Certificate | null)[], able: ReadonlySet<string>): number | undefined {
  let other: number | undefined;
  for (const index of indices) {
    const kind = certificates[index]?.keyKind ?? "";
    const elliptic = kind.startsWith("EC:");
    if (elliptic ? able.has(kind) : able.size === 0) return index;
    if (!elliptic && other === undefined) other = index;
  }
  return other;
}

/** The kinds of elliptic keys a client takes; none: it takes RSA alone. */
function curvesOf(hello: ClientHello): ReadonlySet<string> {
  const modern = hello.version === 0x0303 && hello.supportedVersions !== undefined;
  const known = modern ? hello.signatureAlgorithms : hello.groups;
  const kinds = new Set(Object.keys(CURVES).filter((kind) => (CURVES[kind] ?? []).some((number) => known.includes(number))));
  return modern || hello.ciphers.some((suite) => ECDSA_SUITES.has(suite)) ? kinds : new Set();
}
