/** What BoringSSL keeps of a session (`SSL_SESSION` in DER) beyond what the runtime tells: its id, the group, the peer's whole chain. */
import type { Buffer } from "node:buffer";
import { DerReader } from "../base/der.ts";

export interface SessionFacts {
  readonly id: string;
  readonly group: number;
  readonly signature: number;
  /** Leaf first. */
  readonly chain: readonly Buffer[];
}

const NOTHING: SessionFacts = { id: "", group: 0, signature: 0, chain: [] };

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OCTETS = 0x04;
const PEER = 0xa3;
const GROUP = 0xb2;
const CHAIN = 0xb3;
const SIGNATURE = 0xb7;

/** Of anything else than a session of BoringSSL: nothing. */
export function readSession(session: Buffer | undefined): SessionFacts {
  if (session === undefined) return NOTHING;
  const outer = new DerReader(session);
  const whole = outer.take(SEQUENCE);
  if (whole === null) return NOTHING;
  const fields = outer.within(whole);
  if (fields.take(INTEGER) === null || fields.take(INTEGER) === null || fields.take(OCTETS) === null) return NOTHING;
  const id = fields.take(OCTETS);
  if (id === null) return NOTHING;
  let [group, signature] = [0, 0];
  const chain: Buffer[] = [];
  for (let field = fields.next(); field !== null; field = fields.next()) {
    if (field.tag === PEER) chain.push(session.subarray(field.start, field.end));
    else if (field.tag === GROUP) group = readNumber(session, fields.within(field));
    else if (field.tag === SIGNATURE) signature = readNumber(session, fields.within(field));
    else if (field.tag === CHAIN) addCertificates(session, fields.within(field), chain);
  }
  return { id: session.toString("hex", id.start, id.end), group, signature, chain };
}

function readNumber(bytes: Buffer, reader: DerReader): number {
  const element = reader.take(INTEGER);
  let value = 0;
  for (let at = element?.start ?? 0; at < (element?.end ?? 0); at++) value = value * 256 + (bytes[at] as number);
  return value;
}

/** The chain behind the leaf: one certificate after the other. */
function addCertificates(bytes: Buffer, certificates: DerReader, chain: Buffer[]): void {
  for (let one = certificates.take(SEQUENCE); one !== null; one = certificates.take(SEQUENCE)) chain.push(bytes.subarray(one.from, one.end));
}
