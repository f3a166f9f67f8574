/** Digests, by the runtime's library. */
import { createHash } from "node:crypto";

export function sha256(bytes: Uint8Array | string): Buffer {
  return createHash("sha256").update(bytes).digest();
}

export function sha1(bytes: Uint8Array | string): Buffer {
  return createHash("sha1").update(bytes).digest();
}

export function md5(bytes: Uint8Array | string): Buffer {
  return createHash("md5").update(bytes).digest();
}
