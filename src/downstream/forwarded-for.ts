/** Reading and extending x-forwarded-for and its kin. */
import { canonicalIp } from "../base/ip-text.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { ipAddress, type SocketAddress } from "../platform/address.ts";

const NONE = { address: null, alone: false } as const;

/**
 * The address `skip` places from the right end of an x-forwarded-for value. `alone`: the header held just this one and none was
 * skipped. An entry that is no address means there is none (Envoy's `getLastAddressFromXFF`).
 */
export function lastAddressOfXff(xff: string | null, skip: number): { readonly address: SocketAddress | null; readonly alone: boolean } {
  if (xff === null) return NONE;
  let rest = xff;
  for (let i = 0; i < skip; i++) {
    const comma = rest.lastIndexOf(",");
    if (comma < 0) return NONE;
    rest = rest.slice(0, comma);
  }
  const comma = rest.lastIndexOf(",");
  const text = comma >= 0 && comma + 1 < rest.length ? rest.slice(comma + 1) : rest;
  const ip = canonicalIp(text.trim());
  return ip === null ? NONE : { address: ipAddress(ip, 0), alone: comma < 0 && skip === 0 };
}

/** Joins `value` onto an inline header, or sets it. */
export function appendTo(headers: HeaderBlock, id: number, value: string, separator: string): void {
  const present = headers.get(id);
  headers.set(id, present === null || present === "" ? value : `${present}${separator}${value}`);
}
