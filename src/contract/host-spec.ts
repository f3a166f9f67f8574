/** An upstream host as plain data: what discovery finds and control sends to the workers. */
import type { SocketAddress } from "../platform/address.ts";
import type { Locality } from "./host.ts";

export interface HostSpec {
  readonly address: SocketAddress;
  readonly hostname: string;
  readonly weight: number;
  readonly priority: number;
  readonly locality: Locality;
  readonly healthy: boolean;
}
