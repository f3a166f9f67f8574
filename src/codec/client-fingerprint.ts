/** What tells TLS clients apart by their first message: JA3 (MD5 over the numbers in it) and JA4 (sorted, with what people can read in front). */
import { md5, sha256 } from "../platform/digest.ts";
import type { ClientHello } from "./client-hello.ts";

const SERVER_NAME = 0;
const ALPN = 16;

/** Values that are sent to keep servers honest (RFC 8701). */
function isGrease(value: number): boolean {
  return (value & 0x0f0f) === 0x0a0a && value >> 8 === (value & 0xff);
}

const honest = (values: readonly number[]): number[] => values.filter((value) => !isGrease(value));

/** The MD5 in hex. Groups are taken as they are, as Envoy does. */
export function ja3(hello: ClientHello): string {
  const lists = [honest(hello.ciphers), honest(hello.extensions), hello.groups, hello.pointFormats];
  return md5([String(hello.version), ...lists.map((list) => list.join("-"))].join(",")).toString("hex");
}

/** `t13d1516h2_8daaf6152771_e5627efa2ab1` */
export function ja4(hello: ClientHello): string {
  const ciphers = honest(hello.ciphers);
  const extensions = honest(hello.extensions);
  const start = `t${versionOf(hello)}${hello.hasServerName ? "d" : "i"}${twoDigits(ciphers.length)}${twoDigits(extensions.length)}${alpnOf(hello)}`;
  const sorted = extensions.filter((type) => type !== SERVER_NAME && type !== ALPN).sort((a, b) => a - b);
  const signatures = hello.signatureAlgorithms.length === 0 ? "" : `_${hexList(hello.signatureAlgorithms)}`;
  return `${start}_${shortHash(ciphers.length, hexList([...ciphers].sort((a, b) => a - b)))}_${shortHash(sorted.length, hexList(sorted) + signatures)}`;
}

const VERSIONS: Readonly<Record<number, string>> = { 0x0304: "13", 0x0303: "12", 0x0302: "11", 0x0301: "10" };

function versionOf(hello: ClientHello): string {
  const highest = Math.max(0, ...honest(hello.supportedVersions ?? []));
  return VERSIONS[highest === 0 ? hello.version : highest] ?? "00";
}

function twoDigits(count: number): string {
  return String(Math.min(count, 99)).padStart(2, "0");
}

/** First and last character of the first protocol, in hex where they are no letters or digits. */
function alpnOf({ protocols }: ClientHello): string {
  const first = protocols?.[0] ?? "";
  if (first === "") return "00";
  const ends = (first[0] as string) + first.at(-1);
  return /^[A-Za-z0-9]{2}$/.test(ends) ? ends : [...ends].map((char) => char.charCodeAt(0).toString(16).padStart(2, "0")).join("");
}

function hexList(values: readonly number[]): string {
  return values.map((value) => value.toString(16).padStart(4, "0")).join(",");
}

function shortHash(count: number, text: string): string {
  return count === 0 ? "0".repeat(12) : sha256(text).toString("hex", 0, 6);
}
