/** Plain TCP, said aloud. */
import { defineExtension } from "../../contract/extension.ts";
import type { RawBuffer } from "../../schema/generated/envoy/extensions/transport_sockets/raw_buffer/v3.ts";

const CONFIG = "envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer";

export const rawBufferDownstream = defineExtension<"envoy.transport_sockets.downstream", RawBuffer>({
  category: "envoy.transport_sockets.downstream",
  name: "envoy.transport_sockets.raw_buffer",
  config: CONFIG,
  honours: { [CONFIG]: [] },
  compile: () => ({ open: () => ({ kind: "raw_buffer" }) }),
});

export const rawBufferUpstream = defineExtension<"envoy.transport_sockets.upstream", RawBuffer>({
  category: "envoy.transport_sockets.upstream",
  name: "envoy.transport_sockets.raw_buffer",
  config: CONFIG,
  honours: { [CONFIG]: [] },
  compile: () => ({ open: () => ({ secure: false, start: () => ({}), close: () => {} }) }),
});
