/** Calls of the C library that no runtime offers, for listening sockets. Only under Bun on Linux; elsewhere there is nothing. */
import type { Buffer } from "node:buffer";

/** Descriptors as the kernel numbers them; what fails answers -1. */
export interface Libc {
  dup(fd: number): number;
  listen(fd: number, backlog: number): number;
  close(fd: number): number;
  setsockopt(fd: number, level: number, name: number, value: Buffer, length: number): number;
}

/** As much of `bun:ffi` as is needed. */
interface Ffi {
  dlopen(library: string, symbols: object): { readonly symbols: unknown };
}

const INT = "i32";
const SYMBOLS = {
  dup: { args: [INT], returns: INT },
  listen: { args: [INT, INT], returns: INT },
  close: { args: [INT], returns: INT },
  setsockopt: { args: [INT, INT, INT, "ptr", INT], returns: INT },
} as const;
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

let known: Libc | null | undefined;

/** Null where it cannot be had. */
export function libc(): Libc | null {
  return known === undefined ? (known = load()) : known;
}

function load(): Libc | null {
  if (typeof Bun === "undefined" || process.platform !== "linux") return null;
  const ffi = process.getBuiltinModule("bun:ffi" as "fs") as unknown as Ffi | undefined;
  for (const library of LIBRARIES) {
    try {
      return (ffi?.dlopen(library, SYMBOLS).symbols as Libc | undefined) ?? null;
    } catch {
      // the other library
    }
  }
  return null;
}
