/** What a client showed of itself in its TLS handshake, as matchers look at it. */
import { toWire } from "../base/wire-text.ts";
import { readCertificate } from "../codec/certificate.ts";
import type { DownstreamFacts } from "../contract/stream-info.ts";
import type { TlsPeer } from "../match/inputs/subject.ts";
import type { TlsFacts } from "../platform/tls.ts";

const KNOWN = new WeakMap<TlsFacts, TlsPeer>();

/** Null: plain text, or the handshake is still to come. Worked out once a connection. */
export function tlsPeerOf({ tls, requestedServerName = "" }: DownstreamFacts): TlsPeer | null {
  if (tls === undefined) return null;
  let peer = KNOWN.get(tls);
  if (peer === undefined) KNOWN.set(tls, (peer = read(tls, requestedServerName)));
  return peer;
}

function read(tls: TlsFacts, serverName: string): TlsPeer {
  const certificate = tls.peerCertificate === undefined ? null : readCertificate(tls.peerCertificate);
  const names = certificate?.names ?? [];
  return {
    serverName: toWire(serverName), validated: tls.peerVerified,
    uriSans: names.filter(({ type }) => type === "URI").map(({ value }) => toWire(value)),
    dnsSans: names.filter(({ type }) => type === "DNS").map(({ value }) => toWire(value)),
    subject: toWire(certificate?.subject ?? ""),
  };
}
