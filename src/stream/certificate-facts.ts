/** Certificates as format strings and headers print them; read when they are first asked for. */
import type { Buffer } from "node:buffer";
import { type Certificate, readCertificate } from "../codec/certificate.ts";
import type { CertificateFacts, TlsSide } from "../match/format/format-context.ts";
import { sha1, sha256 } from "../platform/digest.ts";
import { groupName, type TlsFacts } from "../platform/tls.ts";

/** What is not known of a certificate that cannot be read. */
const UNREADABLE: Omit<Certificate, "der"> = {
  serial: "", subject: "", issuer: "", commonName: undefined, rawSubject: null as never, rawIssuer: null as never, notBefore: 0, notAfter: 0, publicKey: null as never, keyKind: "", names: undefined,
};

class LazyCertificate implements CertificateFacts {
  private readonly der: Buffer;
  private readCertificate: Omit<Certificate, "der"> | null = null;

  constructor(der: Buffer) {
    this.der = der;
  }

  names(type: string): readonly string[] {
    return (this.read().names ?? []).filter((name) => name.type === type).map(({ value }) => value);
  }

  get subject(): string {
    return this.read().subject;
  }

  get issuer(): string {
    return this.read().issuer;
  }

  get serial(): string {
    return this.read().serial;
  }

  get sha256(): string {
    return sha256(this.der).toString("hex");
  }

  get sha1(): string {
    return sha1(this.der).toString("hex");
  }

  get pem(): string {
    return encodedPem(this.der);
  }

  get notBefore(): number {
    return this.read().notBefore;
  }

  get notAfter(): number {
    return this.read().notAfter;
  }

  private read(): Omit<Certificate, "der"> {
    this.readCertificate ??= readCertificate(this.der) ?? UNREADABLE;
    return this.readCertificate;
  }
}

const ESCAPES: Readonly<Record<string, string>> = { "\n": "%0A", " ": "%20", "+": "%2B", "/": "%2F", "=": "%3D" };

/** PEM with what cannot stand in a header escaped, as Envoy does it. */
function encodedPem(der: Buffer): string {
  const lines = der.toString("base64").match(/.{1,64}/g) ?? [];
  const pem = `-----BEGIN CERTIFICATE-----\n${lines.join("\n")}\n-----END CERTIFICATE-----\n`;
  return pem.replace(/[\n +/=]/g, (char) => ESCAPES[char] ?? char);
}

/** A finished handshake for those who print it. */
export class TlsView implements TlsSide {
  readonly peer: CertificateFacts | null;
  readonly local: CertificateFacts | null;
  private readonly facts: TlsFacts;

  constructor(facts: TlsFacts) {
    this.facts = facts;
    this.peer = facts.peerCertificate === undefined ? null : new LazyCertificate(facts.peerCertificate);
    this.local = facts.localCertificate === undefined ? null : new LazyCertificate(facts.localCertificate);
  }

  get chain(): readonly CertificateFacts[] {
    return this.facts.peerChain.map((der) => new LazyCertificate(der));
  }

  get version(): string {
    return this.facts.version;
  }

  get cipher(): string {
    return this.facts.cipher;
  }

  get sessionId(): string {
    return this.facts.sessionId;
  }

  get group(): string {
    return groupName(this.facts.group) ?? "";
  }

  get serverName(): string {
    return this.facts.serverName ?? "";
  }
}

const known = new WeakMap<TlsFacts, TlsView>();

/** One view for all who look at one handshake. */
export function tlsView(facts: TlsFacts | undefined): TlsView | null {
  if (facts === undefined) return null;
  let view = known.get(facts);
  if (view === undefined) known.set(facts, (view = new TlsView(facts)));
  return view;
}
