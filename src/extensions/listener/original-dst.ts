/** Restores the destination of connections that the kernel redirected here (iptables REDIRECT). */
import { defineExtension } from "../../contract/extension.ts";
import { Done } from "../../contract/listener-filter.ts";
import { sameAddress } from "../../platform/address.ts";
import { originalDestination } from "../../platform/original-destination.ts";
import type { OriginalDst } from "../../schema/generated/envoy/extensions/filters/listener/original_dst/v3.ts";

const CONFIG = "envoy.extensions.filters.listener.original_dst.v3.OriginalDst";

export const originalDst = defineExtension<"envoy.filters.listener", OriginalDst>({
  category: "envoy.filters.listener",
  name: "envoy.filters.listener.original_dst",
  config: CONFIG,
  honours: { [CONFIG]: [] },
  compile: () => ({
    open: () => () => ({
      onAccept(socket) {
        const { local, conn } = socket;
        const original = local.kind === "ip" ? originalDestination(conn.fd, local.ip.includes(":")) : null;
        if (original !== null && !sameAddress(original, local)) {
          socket.local = original;
          socket.localRestored = true;
        }
        return Done;
      },
    }),
  }),
});
