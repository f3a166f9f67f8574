/** The transport socket of internal listeners. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";

export const TRANSPORT_INTERNAL_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.transport_sockets.internal_upstream.v3.InternalUpstreamTransport", (config, refuse) => {
    for (const metadata of config.passthrough_metadata ?? []) {
      const kind = metadata.kind;
      if (kind !== undefined && kind.host === undefined && kind.cluster === undefined) refuse(metadata, "kind", "only metadata of the host or of the cluster can be passed through");
    }
  }),
];
