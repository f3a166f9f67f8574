import { BunTransport } from "./bun-transport.ts";
import type { Transport } from "./conn.ts";
import type { ConnContext } from "./raw-socket.ts";
import { NodeTransport } from "./node-transport.ts";

/** The fastest transport of the runtime this program runs on. */
export function openTransport(context: ConnContext): Transport {
  if (typeof Bun !== "undefined") return new BunTransport(context);
  return new NodeTransport(context, knowsReusePort());
}

/** `reusePort` of node:net came with Node 23.1; Deno, which also names a Node version, does not honour it. */
function knowsReusePort(): boolean {
  if ("deno" in process.versions || process.platform !== "linux") return false;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 1);
}
