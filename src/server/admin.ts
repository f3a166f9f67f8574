/** The admin server: control's HTTP face. */
import { socketAddressOf } from "../contract/socket-address.ts";
import type { SocketAddress } from "../platform/address.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { AdminState } from "./admin-state.ts";
import type { Machine } from "./machine.ts";

export interface AdminServer {
  readonly address: SocketAddress;
  close(): void;
}

/** Opens the admin address of the bootstrap; null when it has none. */
export async function openAdmin(bootstrapText: string, _state: AdminState, machine: Machine): Promise<AdminServer | null> {
  const bootstrap = JSON.parse(bootstrapText) as Bootstrap;
  const address = socketAddressOf(bootstrap.admin?.address);
  if (address === null) return null;
  const acceptor = await machine.transport.listen(address, { reusePort: false }, (conn) => conn.close());
  return { address: acceptor.address, close: () => acceptor.stop() };
}
