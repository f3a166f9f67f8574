/** Two listeners on one address would share its connections by chance. */
import type { Diagnostics } from "../diagnostics/finding.ts";
import { formatAddress } from "../platform/address.ts";
import { socketAddressOf } from "../contract/socket-address.ts";
import type { Address } from "../schema/generated/envoy/config/core/v3.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";

/** An address as text, with all that makes it another one. Port 0 is a port of its own each time, where it is bound. */
function textOf(address: Address | undefined, bound: boolean): string | undefined {
  const socket = socketAddressOf(address);
  if (socket === null || (socket.kind === "ip" && socket.port === 0 && bound)) return undefined;
  const namespace = address?.socket_address?.network_namespace_filepath ?? "";
  const text = address?.socket_address?.protocol === "UDP" ? `${formatAddress(socket)} (UDP)` : formatAddress(socket);
  return namespace === "" ? text : `${text} in ${namespace}`;
}

export function checkAddresses(listeners: readonly Listener[], diagnostics: Diagnostics): void {
  const taken = new Map<string, object>();
  for (const listener of listeners) {
    const bound = listener.bind_to_port ?? listener.deprecated_v1?.bind_to_port ?? true;
    const mine = new Map<string, object>();
    for (const place of [listener, ...(listener.additional_addresses ?? [])]) {
      const text = textOf(place.address, bound);
      if (text === undefined) continue;
      mine.set(text, place);
      const first = taken.get(text);
      if (first === undefined) continue;
      diagnostics.report({
        code: "LGT0601", at: place, key: "address", message: `listener '${listener.name ?? ""}' has the address ${text} of another listener`,
        related: [{ at: first, key: "address", message: "first used here" }],
      });
    }
    for (const [text, place] of mine) if (!taken.has(text)) taken.set(text, place);
  }
}
