/** Options of listening sockets by the kernel's numbers (setsockopt(2)); the connections that they accept inherit them. */
import { Buffer } from "node:buffer";
import type { SocketAddress } from "./address.ts";
import { ListenError, type SocketOption } from "./conn.ts";
import { kernelCalls } from "./kernel-calls.ts";

/** Throws ListenError where the runtime cannot, or the kernel will not. */
export function setSocketOptions(fd: number, options: readonly SocketOption[], address: SocketAddress): void {
  const c = kernelCalls();
  for (const { level, name, value } of options) {
    const bytes = typeof value === "number" ? intBytes(value) : value;
    if (c === null) throw new ListenError("ENOTSUP", address, "this runtime sets no socket options");
    if (c.setsockopt(fd, level, name, bytes, bytes.length) !== 0) throw new ListenError("EINVAL", address, `the system does not take socket option ${name} of level ${level}`);
  }
}

function intBytes(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeInt32LE(value | 0);
  return bytes;
}
