/** The keys that a JSON Web Key Set has for signatures of tokens. */
import { type JwkKey, readKeySet } from "../../platform/jwt-keys.ts";
import { decodeBase64Url, readClaims } from "./token.ts";

export type KeySet = readonly JwkKey[];

/** Null: there is no key that can be used. */
export function readKeys(bytes: Uint8Array): KeySet | null {
  // Envoy takes line breaks within texts of a key set, as folded YAML makes them
  const keys = readKeySet(readClaims(bytes.map((byte) => (byte < 32 ? 32 : byte))) ?? {}, decodeBase64Url);
  return keys.length === 0 ? null : keys;
}
