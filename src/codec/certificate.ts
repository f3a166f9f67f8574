/** An X.509 certificate (RFC 5280) as far as matching, logging and choosing need it. What verifies it is the runtime's library. */
import type { Buffer } from "node:buffer";
import { type DerElement, DerReader, oidText } from "../base/der.ts";
import { ipOfWords } from "../base/ip-text.ts";
import { distinguishedName, type NameRead } from "./distinguished-name.ts";

export type SanType = "EMAIL" | "DNS" | "URI" | "IP_ADDRESS" | "OTHER_NAME";

export interface SubjectAltName {
  readonly type: SanType;
  readonly value: string;
  /** Of an OTHER_NAME: its OID in dots. */
  readonly oid: string;
}

export interface Certificate {
  readonly der: Buffer;
  /** In lower-case hex, as Envoy prints it. */
  readonly serial: string;
  /** As in RFC 2253: `CN=a,O=b`. */
  readonly subject: string;
  readonly issuer: string;
  readonly commonName: string | undefined;
  /** Names as they stand in DER, to be compared. */
  readonly rawSubject: Buffer;
  readonly rawIssuer: Buffer;
  /** Milliseconds since the epoch. */
  readonly notBefore: number;
  readonly notAfter: number;
  /** SubjectPublicKeyInfo in DER. */
  readonly publicKey: Buffer;
  /** `EC:` and the OID of the curve, `RSA`, or the algorithm's OID. */
  readonly keyKind: string;
  /** Undefined: no such extension. */
  readonly names: readonly SubjectAltName[] | undefined;
}

const SEQUENCE = 0x30;
const INTEGER = 0x02;
const OID = 0x06;
const VERSION = 0xa0;
const EXTENSIONS = 0xa3;
const OCTETS = 0x04;
const ALT_NAMES = "2.5.29.17";
const EC = "1.2.840.10045.2.1";
const RSA = "1.2.840.113549.1.1.1";

/** Null: malformed. */
export function readCertificate(der: Buffer): Certificate | null {
  const outer = new DerReader(der);
  const whole = outer.take(SEQUENCE);
  const tbs = whole === null ? null : outer.within(whole).take(SEQUENCE);
  if (tbs === null) return null;
  const fields = outer.within(tbs);
  fields.take(VERSION);
  const serial = fields.take(INTEGER);
  fields.take(SEQUENCE);
  const issuer = fields.take(SEQUENCE);
  const validity = fields.take(SEQUENCE);
  const subject = fields.take(SEQUENCE);
  const key = fields.take(SEQUENCE);
  if (serial === null || issuer === null || validity === null || subject === null || key === null) return null;
  const subjectName = nameIn(der, subject);
  const times = outer.within(validity);
  return {
    der, serial: serialText(der, serial), subject: subjectName.text, issuer: nameIn(der, issuer).text, commonName: subjectName.commonName,
    rawSubject: der.subarray(subject.from, subject.end), rawIssuer: der.subarray(issuer.from, issuer.end),
    notBefore: timeOf(der, times.next()), notAfter: timeOf(der, times.next()),
    publicKey: der.subarray(key.from, key.end), keyKind: keyKindOf(der, outer.within(key)), names: namesIn(der, fields.find(EXTENSIONS)),
  };
}

function nameIn(der: Buffer, element: DerElement): NameRead {
  return distinguishedName(der, element);
}

function serialText(der: Buffer, { start, end }: DerElement): string {
  return der.toString("hex", start, end).replace(/^(00)+(?=.)/, "");
}

function keyKindOf(der: Buffer, key: DerReader): string {
  const algorithm = key.take(SEQUENCE);
  if (algorithm === null) return "";
  const parts = key.within(algorithm);
  const id = parts.take(OID);
  const name = id === null ? "" : oidText(der, id);
  if (name === RSA) return "RSA";
  const curve = name === EC ? parts.take(OID) : null;
  return curve === null ? name : `EC:${oidText(der, curve)}`;
}

/** UTCTime or GeneralizedTime. */
function timeOf(der: Buffer, element: DerElement | null): number {
  const text = element === null ? "" : der.toString("latin1", element.start, element.end);
  const [, year, rest] = /^(\d{4}|\d{2})(\d{10})Z$/.exec(text) ?? [];
  if (year === undefined || rest === undefined) return Number.NaN;
  const full = year.length === 4 ? Number(year) : Number(year) + (Number(year) < 50 ? 2000 : 1900);
  const [month, day, hour, minute, second] = (rest.match(/../g) ?? []).map(Number) as [number, number, number, number, number];
  return Date.UTC(full, month - 1, day, hour, minute, second);
}

function namesIn(der: Buffer, wrapper: DerElement | null): readonly SubjectAltName[] | undefined {
  const all = new DerReader(der, wrapper?.start ?? 0, wrapper?.end ?? 0);
  const list = all.take(SEQUENCE);
  if (list === null) return undefined;
  const extensions = all.within(list);
  for (let one = extensions.take(SEQUENCE); one !== null; one = extensions.take(SEQUENCE)) {
    const parts = all.within(one);
    const id = parts.take(OID);
    if (id === null || oidText(der, id) !== ALT_NAMES) continue;
    const body = parts.find(OCTETS);
    const inner = body === null ? null : all.within(body).take(SEQUENCE);
    return inner === null ? [] : generalNames(der, all.within(inner));
  }
  return undefined;
}

const PLAIN: Readonly<Record<number, SanType>> = { 0x81: "EMAIL", 0x82: "DNS", 0x86: "URI" };
const IP = 0x87;
const OTHER = 0xa0;

function generalNames(der: Buffer, reader: DerReader): SubjectAltName[] {
  const found: SubjectAltName[] = [];
  for (let name = reader.next(); name !== null; name = reader.next()) {
    const plain = PLAIN[name.tag];
    if (plain !== undefined) found.push({ type: plain, value: der.toString("latin1", name.start, name.end), oid: "" });
    else if (name.tag === IP) found.push({ type: "IP_ADDRESS", value: ipText(der.subarray(name.start, name.end)), oid: "" });
    else if (name.tag === OTHER) found.push(otherName(der, reader.within(name)));
  }
  return found;
}

function ipText(bytes: Buffer): string {
  if (bytes.length !== 4 && bytes.length !== 16) return "";
  return ipOfWords(Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readUInt16BE(2 * i)));
}

function otherName(der: Buffer, reader: DerReader): SubjectAltName {
  const id = reader.take(OID);
  const wrapper = reader.next();
  const value = wrapper === null ? null : reader.within(wrapper).next();
  return { type: "OTHER_NAME", oid: id === null ? "" : oidText(der, id), value: value === null ? "" : der.toString("utf8", value.start, value.end) };
}
