/** Where a redirected connection was sent to at first, as the kernel's connection tracking knows it (`SO_ORIGINAL_DST`). */
import type { SocketAddress } from "./address.ts";
import { addressFrom } from "./kernel-address.ts";
import { kernelCalls } from "./kernel-calls.ts";

/** Whether this runtime can tell original destinations at all. */
export function knowsOriginalDestinations(): boolean {
  return kernelCalls() !== null;
}

const IPV4 = { level: 0, option: 80 };
const IPV6 = { level: 41, option: 80 };

/** Null: it was not redirected, or nobody knows. */
export function originalDestination(fd: number, v6: boolean): SocketAddress | null {
  const calls = kernelCalls();
  if (calls === null || fd < 0) return null;
  const { level, option } = v6 ? IPV6 : IPV4;
  return addressFrom((address, length) => calls.getsockopt(fd, level, option, address, length));
}
