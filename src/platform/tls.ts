/** TLS as the transports offer it: what one side brings to a handshake, and what comes out of it. */
import type { Buffer } from "node:buffer";

export type TlsVersion = "TLSv1" | "TLSv1.1" | "TLSv1.2" | "TLSv1.3";

/** What a finished TLS handshake agreed on. */
export interface TlsFacts {
  /** Name the client asked for (SNI). */
  readonly serverName: string | undefined;
  readonly alpn: string | undefined;
  /** As OpenSSL names it: `TLSv1.3`. */
  readonly version: string;
  /** As OpenSSL names it: `ECDHE-ECDSA-AES128-GCM-SHA256`, `TLS_AES_128_GCM_SHA256`. */
  readonly cipher: string;
  /** The peer's certificate in DER, where it presented one. */
  readonly peerCertificate: Buffer | undefined;
  /** What the peer presented, its own certificate first. */
  readonly peerChain: readonly Buffer[];
  /** Whether that certificate was verified against the trusted authorities. */
  readonly peerVerified: boolean;
  /** Why it was not, in OpenSSL's words (`certificate has expired`); "" where it was, or nobody asked. */
  readonly verifyError: string;
  /** This side's certificate in DER. */
  readonly localCertificate: Buffer | undefined;
  /** An earlier session was resumed. */
  readonly resumed: boolean;
  /** In hex; "" where there is none, or the runtime does not tell. */
  readonly sessionId: string;
  /** Number of the key exchange's group (IANA, TLS Supported Groups); 0 where the runtime does not tell. */
  readonly group: number;
  /** Number of the peer's signature scheme (IANA, TLS SignatureScheme); 0: it did not sign, or the runtime does not tell. */
  readonly signature: number;
}

/** Certificate, key, authorities and limits, in PEM. */
export interface TlsContextOptions {
  readonly certificate?: string | undefined;
  readonly key?: string | undefined;
  readonly passphrase?: string | undefined;
  readonly pkcs12?: Buffer | undefined;
  /** Authorities the peer's certificate must lead to; an intermediate one will do. None: every peer is unverified. */
  readonly authorities?: string | undefined;
  readonly crl?: string | undefined;
  readonly minVersion: TlsVersion;
  readonly maxVersion: TlsVersion;
  /** OpenSSL's list for TLS 1.2 and below. */
  readonly ciphers?: string | undefined;
  readonly curves?: string | undefined;
  readonly signatureAlgorithms?: string | undefined;
  /** 48 bytes: seals session tickets, the same in all workers. */
  readonly ticketKey?: Buffer | undefined;
}

/** Ready for any number of handshakes; the key cannot be read back. */
export interface TlsContext {
  readonly native: unknown;
  /** The leaf in DER. */
  readonly certificate: Buffer | undefined;
}

/** A certificate, key or list that cannot be used. The message holds nothing of them. */
export class TlsContextError extends Error {
  constructor(message: string) {
    super(message);
    this.name = "TlsContextError";
  }
}

/** Has the last word on a handshake: null, or why the peer is refused. */
export type TlsJudge = (facts: TlsFacts) => string | null;

/** How a handshake ended. */
export interface TlsHooks {
  readonly judge: TlsJudge;
  /** It failed, for this reason. */
  readonly onFailure?: ((failure: string) => void) | undefined;
}

export interface TlsServerOptions extends TlsHooks {
  readonly context: TlsContext;
  /** The protocol to agree on, of those the client offered; undefined: none. */
  readonly alpn: string | undefined;
  readonly requestCertificate: boolean;
  /** A client without one is refused (only with `requestCertificate`). */
  readonly requireCertificate: boolean;
  /** One that is not verified may do: the judge decides. Otherwise the handshake itself may refuse it. */
  readonly acceptsUnverified?: boolean;
}

export interface TlsClientOptions extends TlsHooks {
  readonly context: TlsContext;
  /** SNI; "": none. */
  readonly serverName: string;
  readonly alpn: readonly string[];
  /** A session to resume. */
  readonly session?: Buffer | undefined;
  /** A session that may be resumed later. */
  readonly onSession?: ((session: Buffer) => void) | undefined;
}

/**
 * Why a handshake failed, as Envoy prints it: `TLS_error:|268435703:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER:TLS_error_end`.
 * `message`: BoringSSL's or OpenSSL's (`error:100000f7:SSL routines:OPENSSL_internal:WRONG_VERSION_NUMBER`).
 */
export function tlsFailureText(message: string): string {
  const [, code, rest] = /error:([0-9a-fA-F]+):(.*)$/s.exec(message) ?? [];
  if (code === undefined || rest === undefined) return message === "" ? "" : `TLS_error:|${message}:TLS_error_end`;
  const detail = rest.endsWith(":PEER_DID_NOT_RETURN_A_CERTIFICATE") ? ":peer did not provide required client certificate" : "";
  return `TLS_error:|${Number.parseInt(code, 16)}:${rest}${detail}:TLS_error_end`;
}

/** BoringSSL's message for a client without the certificate that is required. */
export const NO_CERTIFICATE = "error:100000c0:SSL routines:OPENSSL_internal:PEER_DID_NOT_RETURN_A_CERTIFICATE";

/** Failures of peers that do not speak TLS at all. */
export const NO_TLS = /:(HTTP_REQUEST|HTTPS_PROXY_REQUEST|WRONG_VERSION_NUMBER):/;

/** What BoringSSL says of a certificate that a judge refused, with the judge's reason. */
export function tlsRefusalText(reason: string): string {
  return `TLS_error:|268435581:SSL routines:OPENSSL_internal:CERTIFICATE_VERIFY_FAILED${reason === "" ? "" : `:${reason}`}:TLS_error_end`;
}

/** By number; as BoringSSL names them. */
const GROUPS: Readonly<Record<number, string>> = {
  0x0015: "P-224", 0x0017: "P-256", 0x0018: "P-384", 0x0019: "P-521", 0x001d: "X25519", 0x11ec: "X25519MLKEM768", 0x6399: "X25519Kyber768Draft00", 0x0202: "MLKEM1024",
};

/** The name of a key exchange's group; undefined: unknown. */
export function groupName(group: number): string | undefined {
  return GROUPS[group];
}
