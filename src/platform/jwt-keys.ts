/** Keys of a JSON Web Key Set (RFC 7517, or certificates by key id) and the check of signatures with them (RFC 7518, RFC 8037). */
import { Buffer } from "node:buffer";
import type { KeyObject } from "node:crypto";
import { crypto } from "./builtins.ts";

type Fields = Readonly<Record<string, unknown>>;

export interface JwkKey {
  readonly kind: "RSA" | "EC" | "oct" | "OKP";
  /** "": for all. */
  readonly kid: string;
  readonly alg: string;
  readonly key: KeyObject;
}

export interface Signed {
  readonly alg: string;
  /** What is signed, one character a byte. */
  readonly text: string;
  readonly signature: Uint8Array;
}

const CURVE_OF: Readonly<Record<string, string>> = { ES256: "P-256", ES384: "P-384", ES512: "P-521" };
const DIGEST: Readonly<Record<string, string>> = { 384: "sha384", 512: "sha512" };
/** Numbers of OpenSSL's paddings. */
const RSA_PKCS1_PADDING = 1;
const RSA_PKCS1_PSS_PADDING = 6;

/** Bytes of base64url text; null if it is none. */
type Decode = (text: string) => Buffer | null;

function text(fields: Fields, name: string): string | null {
  const value = Object.hasOwn(fields, name) ? fields[name] : undefined;
  return typeof value === "string" ? value : null;
}

function number(decoded: Buffer | null): bigint {
  return decoded === null || decoded.length === 0 ? 0n : BigInt(`0x${decoded.toString("hex")}`);
}

function publicKey(jwk: Record<string, string>): KeyObject | null {
  try {
    return crypto().createPublicKey({ key: jwk, format: "jwk" });
  } catch {
    return null;
  }
}

/** A number as JWKs write it. */
function plain(value: bigint, bytes = 0): string {
  const hex = value.toString(16);
  return Buffer.from(hex.padStart(Math.max(bytes * 2, hex.length + (hex.length % 2)), "0"), "hex").toString("base64url");
}

function rsaKey(fields: Fields, alg: string, decode: Decode): KeyObject | null {
  const [n, e] = [number(decode(text(fields, "n") ?? "")), number(decode(text(fields, "e") ?? ""))];
  if (alg !== "" && !/^[RP]S/.test(alg)) return null;
  if ((e !== 3n && e !== 65537n) || n < 2n ** 33n || n % 2n === 0n || n >= 2n ** 16384n) return null;
  return publicKey({ kty: "RSA", n: plain(n), e: plain(e) });
}

const COORDINATE: Readonly<Record<string, number>> = { "P-256": 32, "P-384": 48, "P-521": 66 };

function ecKey(fields: Fields, alg: string, decode: Decode): KeyObject | null {
  if (Object.hasOwn(fields, "crv") && typeof fields["crv"] !== "string") return null;
  const named = text(fields, "crv") ?? "";
  if (alg !== "" && (!alg.startsWith("ES") || (named !== "" && CURVE_OF[alg] !== named))) return null;
  const crv = named === "" ? (alg === "" ? "P-256" : (CURVE_OF[alg] ?? "")) : named;
  const bytes = COORDINATE[crv];
  const [x, y] = [decode(text(fields, "x") ?? ""), decode(text(fields, "y") ?? "")];
  if (bytes === undefined || x === null || y === null) return null;
  return publicKey({ kty: "EC", crv, x: plain(number(x), bytes), y: plain(number(y), bytes) });
}

function secretKey(fields: Fields, alg: string, decode: Decode): KeyObject | null {
  const bytes = decode(text(fields, "k") ?? "");
  return (alg !== "" && !/^HS(256|384|512)$/.test(alg)) || bytes === null || bytes.length === 0 ? null : crypto().createSecretKey(bytes);
}

function edwardsKey(fields: Fields, alg: string, decode: Decode): KeyObject | null {
  const x = decode(text(fields, "x") ?? "");
  if ((alg !== "" && alg !== "EdDSA") || text(fields, "crv") !== "Ed25519" || x?.length !== 32) return null;
  return publicKey({ kty: "OKP", crv: "Ed25519", x: x.toString("base64url") });
}

const READERS: Readonly<Record<JwkKey["kind"], (fields: Fields, alg: string, decode: Decode) => KeyObject | null>> = { RSA: rsaKey, EC: ecKey, oct: secretKey, OKP: edwardsKey };

function isKind(kty: string | null): kty is JwkKey["kind"] {
  return kty !== null && Object.hasOwn(READERS, kty);
}

function readKey(value: unknown, decode: Decode): JwkKey | null {
  if (typeof value !== "object" || value === null || Array.isArray(value)) return null;
  const fields = value as Fields;
  const kind = text(fields, "kty");
  if (!isKind(kind)) return null;
  const alg = text(fields, "alg") ?? "";
  const key = READERS[kind](fields, alg, decode);
  return key === null ? null : { kind, kid: text(fields, "kid") ?? "", alg, key };
}

/** `{ key id: certificate }`, as some publish their keys. */
function readCertificates(set: Fields): readonly JwkKey[] {
  const keys: JwkKey[] = [];
  for (const [kid, pem] of Object.entries(set)) {
    if (kid === "" || typeof pem !== "string" || !/^-----BEGIN CERTIFICATE-----\n[^]*\n-----END CERTIFICATE-----\n$/.test(pem)) return [];
    try {
      const { publicKey: key } = new (crypto().X509Certificate)(pem);
      if (key.asymmetricKeyType !== "rsa") return [];
      keys.push({ kind: "RSA", kid, alg: "", key });
    } catch {
      return [];
    }
  }
  return keys;
}

/** The usable keys of a set; empty if there are none. */
export function readKeySet(set: Fields, decode: Decode): readonly JwkKey[] {
  const keys = Object.hasOwn(set, "keys") ? set["keys"] : undefined;
  if (keys === undefined) return readCertificates(set);
  return Array.isArray(keys) ? keys.map((key) => readKey(key, decode)).filter((key) => key !== null) : [];
}

function digestOf(alg: string): string {
  return DIGEST[alg.slice(2)] ?? "sha256";
}

/** Bytes of an Ed25519 signature. */
export const EDWARDS_SIGNATURE = 64;

/** Whether the signature is this key's. Never throws. */
export function isSignedBy({ kind, key }: JwkKey, { alg, text: signed, signature }: Signed): boolean {
  const data = Buffer.from(signed, "latin1");
  try {
    switch (kind) {
      case "RSA":
        if (alg.startsWith("RS")) return crypto().verify(digestOf(alg), data, { key, padding: RSA_PKCS1_PADDING }, signature);
        return alg.startsWith("PS") && crypto().verify(digestOf(alg), data, { key, padding: RSA_PKCS1_PSS_PADDING }, signature);
      case "EC":
        return crypto().verify(alg.startsWith("ES") ? digestOf(alg) : "sha256", data, { key, dsaEncoding: "ieee-p1363" }, signature);
      case "oct": {
        const expected = crypto().createHmac(alg.startsWith("HS") ? digestOf(alg) : "sha256", key).update(data).digest();
        return expected.length === signature.length && crypto().timingSafeEqual(expected, signature);
      }
      case "OKP":
        return crypto().verify(null, data, key, signature);
    }
  } catch {
    return false;
  }
}
