/** Digests: pure computations that only the machine's cryptography has. */
import { Buffer } from "node:buffer";
import { crypto } from "./builtins.ts";

export function sha256(bytes: Uint8Array | string): Buffer {
  return crypto().createHash("sha256").update(bytes).digest();
}

export function sha1(bytes: Uint8Array | string): Buffer {
  return crypto().createHash("sha1").update(bytes).digest();
}

export function md5(bytes: Uint8Array | string): Buffer {
  return crypto().createHash("md5").update(bytes).digest();
}

/** SHA-1 of bytes (one character a byte) in base64 with padding. */
export function sha1Base64(bytes: string): string {
  return sha1(Buffer.from(bytes, "latin1")).toString("base64");
}

/** Compares in a time that does not depend on where they differ. */
export function sameSecret(a: string, b: string): boolean {
  const [left, right] = [Buffer.from(a, "latin1"), Buffer.from(b, "latin1")];
  return left.length === right.length && crypto().timingSafeEqual(left, right);
}
