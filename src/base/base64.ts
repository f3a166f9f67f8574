/** Base64 (RFC 4648, section 4) read as strictly as Envoy reads it. */
import { Buffer } from "node:buffer";

const LETTERS = /^[A-Za-z0-9+/]+$/;

/**
 * The bytes of base64 text, one character a byte; padding may be missing, but nothing else. Null if the text is not base64 (or is empty): a letter
 * of another alphabet, or bits at the end that no encoder writes.
 */
export function decodeBase64(text: string): string | null {
  const bare = text.endsWith("==") ? text.slice(0, -2) : text.endsWith("=") ? text.slice(0, -1) : text;
  if (bare.length % 4 === 1 || !LETTERS.test(bare)) return null;
  const bytes = Buffer.from(bare, "base64");
  return bytes.toString("base64").startsWith(bare) ? bytes.toString("latin1") : null;
}
