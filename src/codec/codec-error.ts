import { reasonPhrase } from "../http/status.ts";

/** What is wrong with a message, as a value: how Envoy answers it (a request) or accounts for it (a response). */
export interface CodecError {
  /** The status of the local reply if no response was begun. 0: no reply, close. */
  readonly status: number;
  /** The local reply's text/plain body. */
  readonly body: string;
  /** `%RESPONSE_CODE_DETAILS%`. */
  readonly details: string;
  /** The response flag. */
  readonly flag: "DPE" | "UPE";
  /** The connection is closed after the reply. */
  readonly close: true;
}

function requestError(status: number, details: string): CodecError {
  return { status, body: reasonPhrase(status), details, flag: "DPE", close: true };
}

export const CODEC_ERROR = requestError(400, "http1.codec_error");
export const INVALID_CHARACTERS = requestError(400, "http1.invalid_characters");
export const HEADERS_TOO_LARGE = requestError(431, "http1.headers_too_large");
export const TOO_MANY_HEADERS = requestError(431, "http1.too_many_headers");
export const UNEXPECTED_UNDERSCORE = requestError(400, "http1.unexpected_underscore");
export const LENGTH_AND_CHUNKED = requestError(400, "http1.content_length_and_chunked_not_allowed");
export const INVALID_TRANSFER_ENCODING = requestError(501, "http1.invalid_transfer_encoding");
export const BODY_DISALLOWED = requestError(400, "http1.body_disallowed");
export const CONNECTION_HEADER_REJECTED = requestError(400, "http1.connection_header_rejected");
export const INVALID_URL = requestError(400, "http1.invalid_url");
export const INVALID_SCHEME = requestError(400, "http1.invalid_scheme");
export const HTTPS_ON_PLAINTEXT = requestError(403, "http1.https_url_on_plaintext_connection");
export const LOW_VERSION = requestError(426, "low_version");
export const INVALID_AUTHORITY = requestError(400, "http.invalid_authority");

/** The same fault in an upstream's response: nothing is answered here, the request fails with a protocol error. */
export function responseError(details: string): CodecError {
  return { status: 0, body: "", details, flag: "UPE", close: true };
}

export const TRANSFER_ENCODING_NOT_ALLOWED = responseError("http1.transfer_encoding_not_allowed");
export const CONTENT_LENGTH_NOT_ALLOWED = responseError("http1.content_length_not_allowed");
