/** Makes TLS contexts by the runtime's own library. */
import { Buffer } from "node:buffer";
import type { SecureContextOptions } from "node:tls";
import { crypto, tls } from "./builtins.ts";
import { TlsContextError, type TlsContext, type TlsContextOptions } from "./tls.ts";

/** Throws {@link TlsContextError}. The message is the library's reason; it quotes no secrets. */
export function openTlsContext(options: TlsContextOptions): TlsContext {
  const native: SecureContextOptions & { allowPartialTrustChain?: boolean } = {
    minVersion: options.minVersion,
    maxVersion: options.maxVersion,
    honorCipherOrder: true,
    secureOptions: crypto().constants.SSL_OP_CIPHER_SERVER_PREFERENCE,
    allowPartialTrustChain: true,
    // without this the runtime's own list of authorities would count
    ca: options.authorities ?? NOBODY,
    ...(options.certificate === undefined ? {} : { cert: options.certificate }),
    ...(options.key === undefined ? {} : { key: options.key }),
    ...(options.passphrase === undefined ? {} : { passphrase: options.passphrase }),
    ...(options.pkcs12 === undefined ? {} : { pfx: options.pkcs12 }),
    ...(options.crl === undefined ? {} : { crl: options.crl }),
    ...(options.ciphers === undefined ? {} : { ciphers: BORING ? options.ciphers : plainCiphers(options.ciphers) }),
    ...(options.curves === undefined ? {} : { ecdhCurve: BORING ? options.curves : plainCurves(options.curves) }),
    ...(options.signatureAlgorithms === undefined ? {} : { sigalgs: options.signatureAlgorithms }),
    ...(options.ticketKey === undefined ? {} : { ticketKeys: options.ticketKey }),
  };
  try {
    const context = tls().createSecureContext(native);
    return { native: context, certificate: firstCertificate(options.certificate) };
  } catch (error) {
    throw new TlsContextError(reasonOf(error));
  }
}

const NOBODY: string[] = [];

/** Bun's library is BoringSSL; Node's and Deno's know neither groups of equal ciphers nor, yet, the newest curves. */
const BORING = typeof Bun !== "undefined";

function plainCiphers(ciphers: string): string {
  return ciphers.replace(/[[\]]/g, "").replaceAll("|", ":");
}

function plainCurves(curves: string): string {
  const known = curves.split(":").filter((curve) => !/MLKEM|Kyber/.test(curve));
  return known.length === 0 ? curves : known.join(":");
}

/** The authorities the runtime trusts by itself (Mozilla's), in PEM. */
export function bundledAuthorities(): string {
  return tls().rootCertificates.join("\n");
}

/** The first certificate of a PEM text in DER. */
export function firstCertificate(pem: string | undefined): Buffer | undefined {
  return certificatesOf(pem ?? "")[0];
}

/** All certificates of a PEM text in DER. */
export function certificatesOf(pem: string): Buffer[] {
  return [...pem.matchAll(/-----BEGIN (?:TRUSTED |X509 )?CERTIFICATE-----([A-Za-z0-9+/=\s]+)-----END/g)].map(([, body]) => Buffer.from(body as string, "base64"));
}

function reasonOf(error: unknown): string {
  const { message, code } = error as { message?: unknown; code?: unknown };
  return typeof message === "string" && message !== "" ? message : String(code ?? "unknown");
}
