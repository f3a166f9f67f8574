/** Distinguished names as text (RFC 2253, as OpenSSL's `XN_FLAG_RFC2253` prints them): the last attribute first, special characters escaped. */
import type { Buffer } from "node:buffer";
import { type DerElement, DerReader, oidText } from "../base/der.ts";

export interface NameRead {
  readonly text: string;
  readonly commonName: string | undefined;
}

const SEQUENCE = 0x30;
const SET = 0x31;
const OID = 0x06;
const BMP = 0x1e;
const UTF8 = 0x0c;

/** By the OID's octets in hex; what is not here is printed as dots. */
const ATTRIBUTES: Readonly<Record<string, string>> = {
  "550403": "CN", "550404": "SN", "550405": "serialNumber", "550406": "C", "550407": "L", "550408": "ST", "550409": "street", "55040a": "O", "55040b": "OU",
  "55040c": "title", "55042a": "GN", "55042b": "initials", "55042e": "dnQualifier", "2a864886f70d010901": "emailAddress", "0992268993f22c640101": "UID",
  "0992268993f22c640119": "DC",
};

export function distinguishedName(der: Buffer, element: DerElement): NameRead {
  const parts: string[] = [];
  let commonName: string | undefined;
  const sets = new DerReader(der, element.start, element.end);
  for (let set = sets.take(SET); set !== null; set = sets.take(SET)) {
    const pairs: string[] = [];
    const attributes = sets.within(set);
    for (let one = attributes.take(SEQUENCE); one !== null; one = attributes.take(SEQUENCE)) {
      const fields = sets.within(one);
      const id = fields.take(OID);
      const value = fields.next();
      if (id === null || value === null) continue;
      const name = ATTRIBUTES[der.toString("hex", id.start, id.end)] ?? oidText(der, id);
      const text = valueOf(der, value);
      if (name === "CN") commonName ??= text;
      pairs.push(`${name}=${escaped(text)}`);
    }
    parts.unshift(pairs.reverse().join("+"));
  }
  return { text: parts.join(","), commonName };
}

function valueOf(der: Buffer, { tag, start, end }: DerElement): string {
  if (tag === UTF8) return der.toString("utf8", start, end);
  if (tag !== BMP) return der.toString("latin1", start, end);
  let text = "";
  for (let at = start; at + 1 < end; at += 2) text += String.fromCharCode(der.readUInt16BE(at));
  return text;
}

/** What RFC 2253 escapes by a backslash; everything beyond ASCII and control characters as `\XX` of its UTF-8. */
function escaped(text: string): string {
  const special = text.replace(/[,+"\\<>;]/g, "\\$&").replace(/^[ #]/, "\\$&").replace(/ $/, "\\ ");
  // oxlint-disable-next-line no-control-regex
  return special.replace(/[\u0000-\u001f\u007f-\u{10ffff}]/gu, (char) => [...new TextEncoder().encode(char)].map((octet) => `\\${octet.toString(16).toUpperCase().padStart(2, "0")}`).join(""));
}
