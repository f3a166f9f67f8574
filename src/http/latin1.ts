import { Buffer } from "node:buffer";

/** Buffer methods that every runtime has and the published types lack; several times faster than their `toString` and `write` forms. */
interface Latin1 {
  latin1Slice(start: number, end: number): string;
  latin1Write(text: string, at: number): number;
}

/** The bytes `[start, end)` as a string, one char a byte. */
export function latin1(b: Buffer, start: number, end: number): string {
  return (b as unknown as Latin1).latin1Slice(start, end);
}

/** The same; `before` itself where it says the same, as most requests of a connection name one host. */
export function latin1Again(b: Buffer, start: number, end: number, before: string): string {
  const { length } = before;
  if (length !== end - start) return latin1(b, start, end);
  for (let i = 0; i < length; i++) if (before.charCodeAt(i) !== b[start + i]) return latin1(b, start, end);
  return before;
}

/** Up to this length a loop costs less than a call into the runtime. */
const SHORT = 16;

/** Writes a string one byte a char at `at`; returns the position after it. The caller has made room. */
export function writeLatin1(b: Buffer, text: string, at: number): number {
  const { length } = text;
  if (length <= SHORT) {
    for (let i = 0; i < length; i++) b[at + i] = text.charCodeAt(i);
    return at + length;
  }
  return at + (b as unknown as Latin1).latin1Write(text, at);
}

/** A header value from text of a configuration or a script: its UTF-8 bytes, one char a byte, as Envoy sends them. */
export function headerValue(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return Buffer.from(text, "utf8").toString("latin1");
  }
  return text;
}
