/** This machine's own address, as Envoy puts it into x-forwarded-for for loopback peers. */
import { os } from "./builtins.ts";

/** The first IPv4 address that is not loopback, in the order of the interfaces; null when there is none. */
export function ownAddress(): string | null {
  for (const addresses of Object.values(os().networkInterfaces())) {
    const found = addresses?.find((address) => address.family === "IPv4" && !address.internal);
    if (found !== undefined) return found.address;
  }
  return null;
}
