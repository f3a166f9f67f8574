/** What the check of a token comes to: Envoy's numbers (they stand in metadata) and texts (they are the bodies of replies). */
export interface JwtStatus {
  readonly code: number;
  readonly text: string;
}

const status = (code: number, text: string): JwtStatus => ({ code, text });
const payload = (code: number, rest: string): JwtStatus => status(code, `Jwt payload ${rest}`);

export const OK: JwtStatus = status(0, "OK");
export const MISSED: JwtStatus = status(1, "Jwt is missing");
export const NOT_YET_VALID: JwtStatus = status(2, "Jwt not yet valid");
export const EXPIRED: JwtStatus = status(3, "Jwt is expired");
export const BAD_FORMAT: JwtStatus = status(4, "Jwt is not in the form of Header.Payload.Signature with two dots and 3 sections");
export const HEADER_BAD_BASE64: JwtStatus = status(5, "Jwt header is an invalid Base64url encoded");
export const HEADER_BAD_JSON: JwtStatus = status(6, "Jwt header is an invalid JSON");
export const BAD_ALG: JwtStatus = status(7, "Jwt header [alg] field is required and must be a string");
export const UNKNOWN_ALG: JwtStatus = status(8, "Jwt header [alg] is not supported");
export const BAD_KID: JwtStatus = status(9, "Jwt header [kid] field is not a string");
export const PAYLOAD_BAD_BASE64: JwtStatus = payload(10, "is an invalid Base64url encoded");
export const PAYLOAD_BAD_JSON: JwtStatus = payload(11, "is an invalid JSON");
export const BAD_ISS: JwtStatus = payload(12, "[iss] field is not a string");
export const BAD_SUB: JwtStatus = payload(13, "[sub] field is not a string");
export const BAD_IAT: JwtStatus = payload(14, "[iat] field is not an integer");
export const IAT_RANGE: JwtStatus = payload(15, "[iat] field is not a positive 64 bit integer");
export const BAD_NBF: JwtStatus = payload(16, "[nbf] field is not an integer");
export const NBF_RANGE: JwtStatus = payload(17, "[nbf] field is not a positive 64 bit integer");
export const BAD_EXP: JwtStatus = payload(18, "[exp] field is not an integer");
export const EXP_RANGE: JwtStatus = payload(19, "[exp] field is not a positive 64 bit integer");
export const BAD_JTI: JwtStatus = payload(20, "[jti] field is not a string");
export const BAD_AUD: JwtStatus = payload(21, "[aud] field is not a string or string list");
export const SIGNATURE_BAD_BASE64: JwtStatus = status(22, "Jwt signature is an invalid Base64url encoded");
export const ED25519_LENGTH: JwtStatus = status(23, "Jwt ED25519 signature is wrong length");
export const UNKNOWN_ISSUER: JwtStatus = status(24, "Jwt issuer is not configured");
export const AUDIENCE: JwtStatus = status(25, "Audiences in Jwt are not allowed");
export const FAILED: JwtStatus = status(26, "Jwt verification fails");
export const NO_VALID_KEYS: JwtStatus = status(31, "Jwks doesn't have any valid public key");
export const NO_SUCH_KEY: JwtStatus = status(32, "Jwks doesn't have key to match kid or alg from Jwt");
export const FETCH_FAILED: JwtStatus = status(40, "Jwks remote fetch is failed");
