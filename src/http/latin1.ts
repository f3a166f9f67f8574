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

/** Writes a string one byte a char at `at`; returns the position after it. The caller has made room. */
export function writeLatin1(b: Buffer, text: string, at: number): number {
  return at + (b as unknown as Latin1).latin1Write(text, at);
}

/** A header value from text of a configuration or a script: its UTF-8 bytes, one char a byte, as Envoy sends them. */
export function headerValue(text: string): string {
  for (let i = 0; i < text.length; i++) {
    if (text.charCodeAt(i) > 0x7f) return Buffer.from(text, "utf8").toString("latin1");
  }
  return text;
}
