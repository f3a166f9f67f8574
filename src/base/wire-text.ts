/**
 * Text as it stands on the wire: one character a byte ("latin1"). Header values, paths and everything compared with them
 * have this form, so a value written in a configuration must be brought into it before it is compared or sent.
 */
import { Buffer } from "node:buffer";

const BEYOND_ASCII = /[^\x00-\x7f]/;

/** True if every character is below U+0080, that is, if the text looks the same in both forms. */
export function isAscii(text: string): boolean {
  return !BEYOND_ASCII.test(text);
}

/** Turns text into its UTF-8 bytes, one character a byte. */
export function toWire(text: string): string {
  return isAscii(text) ? text : Buffer.from(text, "utf8").toString("latin1");
}

/** Reads a wire value as UTF-8; bytes that are not UTF-8 become U+FFFD. */
export function fromWire(value: string): string {
  return isAscii(value) ? value : Buffer.from(value, "latin1").toString("utf8");
}

const UPPER = /[A-Z]/;

/** Lower-cases A to Z and nothing else (`toLowerCase` also changes bytes above 0x7f). */
export function asciiLower(text: string): string {
  return UPPER.test(text) ? text.replace(/[A-Z]+/g, (run) => run.toLowerCase()) : text;
}
