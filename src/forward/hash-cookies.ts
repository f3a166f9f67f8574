/** Cookies that a hash policy gives to clients that have none, so that they come back to the same host (hash_policy.cc). */
import { xxHash64 } from "../base/xxhash64.ts";
import type { StreamInfo } from "../contract/stream-info.ts";
import { formatAddress } from "../platform/address.ts";
import type { NewCookie } from "../router/hash-policy.ts";

/** The value of a new cookie: one connection's requests get the same, should several race. */
export function cookieValueFor({ downstream }: StreamInfo): string {
  return xxHash64(formatAddress(downstream.direct) + formatAddress(downstream.local)).toString(16).padStart(16, "0");
}

/** The `set-cookie` line. */
export function setCookieText({ name, path, ttl, attributes }: NewCookie, value: string): string {
  const parts = [
    `${name}="${value}"`, ...(ttl === 0 ? [] : [`Max-Age=${ttl}`]), ...(path === "" ? [] : [`Path=${path}`]),
    ...attributes.map(([key, text]) => (text === "" ? key : `${key}=${text}`)), "HttpOnly",
  ];
  return parts.join("; ");
}
