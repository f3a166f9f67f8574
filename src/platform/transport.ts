import { BunTransport } from "./bun-transport.ts";
import type { Transport } from "./conn.ts";
import { type EventLoop, RuntimeLoop } from "./event-loop.ts";
import { kernelCalls } from "./kernel-calls.ts";
import { KernelLoop } from "./kernel-loop.ts";
import { KernelTransport } from "./kernel-transport.ts";
import type { ConnContext } from "./raw-socket.ts";
import { NodeTransport } from "./node-transport.ts";

/** The loop of a thread that carries traffic: its own where it can be had, else the runtime's. */
export function openTrafficLoop(report: (error: unknown) => void): EventLoop {
  const calls = kernelCalls();
  return (calls === null ? null : KernelLoop.open(calls, report)) ?? new RuntimeLoop();
}

/** The fastest transport for the loop and the runtime this program runs on. */
export function openTransport(context: ConnContext, loop: EventLoop): Transport {
  if (loop instanceof KernelLoop) return new KernelTransport(context, loop);
  if (typeof Bun !== "undefined") return new BunTransport(context);
  return new NodeTransport(context, knowsReusePort());
}

/** `reusePort` of node:net came with Node 23.1; Deno, which also names a Node version, does not honour it. */
function knowsReusePort(): boolean {
  if ("deno" in process.versions || process.platform !== "linux") return false;
  const [major = 0, minor = 0] = process.versions.node.split(".").map(Number);
  return major > 23 || (major === 23 && minor >= 1);
}
