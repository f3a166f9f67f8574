/** What matchers of filters want to know of a client's certificate. */
import type { DownstreamFacts } from "../contract/stream-info.ts";
import type { TlsPeer } from "../match/inputs/subject.ts";
import { tlsView } from "./certificate-facts.ts";

/** Null: the connection is plain text. */
export function tlsPeer({ secure, tls }: DownstreamFacts): TlsPeer | null {
  if (secure !== true && tls === undefined) return null;
  const peer = tlsView(tls)?.peer ?? null;
  return { validated: tls?.peerVerified === true, uriSans: peer?.names("URI") ?? [], dnsSans: peer?.names("DNS") ?? [], subject: peer?.subject ?? "", names: (type) => peer?.names(type) ?? [] };
}
