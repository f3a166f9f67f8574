/** Tokens and key sets for tests. */
import { Buffer } from "node:buffer";
import { constants, createHmac, generateKeyPairSync, type KeyObject, sign } from "node:crypto";

interface Pair {
  readonly privateKey: KeyObject;
  readonly publicKey: KeyObject;
}

export const RSA: Pair = generateKeyPairSync("rsa", { modulusLength: 2048 });
const EC: Readonly<Record<string, Pair>> = {
  ES256: generateKeyPairSync("ec", { namedCurve: "P-256" }), ES384: generateKeyPairSync("ec", { namedCurve: "P-384" }), ES512: generateKeyPairSync("ec", { namedCurve: "P-521" }),
};
const ED: Pair = generateKeyPairSync("ed25519");
export const SECRET = "a secret of some length";

export const url = (bytes: string | Buffer): string => Buffer.from(bytes).toString("base64url");
const jwk = (key: KeyObject, more: object): object => ({ ...key.export({ format: "jwk" }), ...more });

/** One key of each kind, by key id. */
export const KEYS: Readonly<Record<string, object>> = {
  rsa: jwk(RSA.publicKey, { kid: "rsa" }), es256: jwk(EC["ES256"]!.publicKey, { kid: "es256", alg: "ES256" }), es384: jwk(EC["ES384"]!.publicKey, { kid: "es384" }),
  es512: jwk(EC["ES512"]!.publicKey, { kid: "es512", alg: "ES512" }),
  hs: { kty: "oct", kid: "hs", k: url(SECRET) }, ed: jwk(ED.publicKey, { kid: "ed" }),
};
export const KEY_SET: string = JSON.stringify({ keys: Object.values(KEYS) });

/** Signs a token whose head and payload are given as they are, objects as JSON. */
export function token(alg: string, header: object | string, payload: object | string): string {
  const text = (part: object | string): string => url(typeof part === "string" ? part : JSON.stringify(part));
  const signed = `${text(typeof header === "string" ? header : { alg, ...header })}.${text(payload)}`;
  return `${signed}.${url(signature(alg, Buffer.from(signed)))}`;
}

function signature(alg: string, data: Buffer): Buffer {
  const digest = `sha${alg.slice(2)}`;
  if (alg.startsWith("HS")) return createHmac(digest, SECRET).update(data).digest();
  if (alg.startsWith("ES")) return sign(digest, data, { key: EC[alg]!.privateKey, dsaEncoding: "ieee-p1363" });
  if (alg.startsWith("RS")) return sign(digest, data, RSA.privateKey);
  if (alg.startsWith("PS")) return sign(digest, data, { key: RSA.privateKey, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: constants.RSA_PSS_SALTLEN_DIGEST });
  return sign(null, data, ED.privateKey);
}
