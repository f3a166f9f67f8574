/** Where a redirected connection was sent to at first, as the kernel's connection tracking knows it (`SO_ORIGINAL_DST`). */
import { Buffer } from "node:buffer";
import { ipOfWords } from "../base/ip-text.ts";
import { ipAddress, type SocketAddress } from "./address.ts";

type GetSockOpt = (fd: number, level: number, option: number, value: Buffer, length: Buffer) => number;

/** As much of `bun:ffi` as is needed. */
interface Ffi {
  dlopen(library: string, symbols: object): { readonly symbols: Record<string, unknown> };
}

let known: GetSockOpt | null | undefined;

/** Undefined: the runtime cannot ask. */
function getsockopt(): GetSockOpt | null {
  if (known !== undefined) return known;
  known = null;
  if (process.platform !== "linux") return known;
  const load = (process as { getBuiltinModule?(name: string): unknown }).getBuiltinModule;
  const ffi = typeof Bun === "undefined" ? undefined : (load?.("bun:ffi") as Ffi | undefined);
  if (ffi === undefined) return known;
  for (const library of ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"]) {
    try {
      const { symbols } = ffi.dlopen(library, { getsockopt: { args: ["i32", "i32", "i32", "ptr", "ptr"], returns: "i32" } });
      known = symbols["getsockopt"] as GetSockOpt;
      return known;
    } catch {
      // the other libc
    }
  }
  return known;
}

/** Whether this runtime can tell original destinations at all. */
export function knowsOriginalDestinations(): boolean {
  return getsockopt() !== null;
}

const IPV4 = { level: 0, option: 80 };
const IPV6 = { level: 41, option: 80 };
const MOST_ADDRESS_BYTES = 28;

/** Null: it was not redirected, or nobody knows. */
export function originalDestination(fd: number, v6: boolean): SocketAddress | null {
  const ask = getsockopt();
  if (ask === null || fd < 0) return null;
  const { level, option } = v6 ? IPV6 : IPV4;
  const address = Buffer.alloc(MOST_ADDRESS_BYTES);
  const length = Buffer.alloc(4);
  length.writeUInt32LE(address.length);
  if (ask(fd, level, option, address, length) !== 0) return null;
  const port = address.readUInt16BE(2);
  const [start, words] = v6 ? [8, 8] : [4, 2];
  return ipAddress(ipOfWords(Array.from({ length: words }, (_, i) => address.readUInt16BE(start + 2 * i))), port);
}
