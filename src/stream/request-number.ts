/** The number by which all who sample a request agree about it: the beginning of its x-request-id (Envoy's uuid extension). */
import type { HeaderBlock } from "../http/header-block.ts";
import { X_REQUEST_ID } from "../http/names.ts";

const DIGITS = 8;

/** Null when the id does not begin with eight hexadecimal digits. */
export function randomValue(headers: HeaderBlock | null): number | null {
  const id = headers?.get(X_REQUEST_ID)?.slice(0, DIGITS) ?? "";
  return /^[0-9a-fA-F]{8}$/.test(id) ? Number.parseInt(id, 16) : null;
}
