/**
 * The system calls of sockets and of epoll(7), which no runtime offers. Only under Bun on Linux; elsewhere there is nothing.
 * Descriptors are the kernel's numbers; what fails answers -1, and `errno()` says why if asked at once.
 */
import type { Buffer } from "node:buffer";

/** Bytes are given as a buffer (from its start), or as the address that `addressOf` told. */
type Bytes = Buffer | number;

export interface KernelCalls {
  socket(domain: number, type: number, protocol: number): number;
  bind(fd: number, address: Buffer, length: number): number;
  connect(fd: number, address: Buffer, length: number): number;
  listen(fd: number, backlog: number): number;
  accept4(fd: number, address: Bytes, length: Bytes, flags: number): number;
  recv(fd: number, bytes: Bytes, length: number, flags: number): number;
  send(fd: number, bytes: Bytes, length: number, flags: number): number;
  shutdown(fd: number, how: number): number;
  getsockname(fd: number, address: Buffer, length: Buffer): number;
  getsockopt(fd: number, level: number, name: number, value: Buffer, length: Buffer): number;
  setsockopt(fd: number, level: number, name: number, value: Buffer, length: number): number;
  epoll_create1(flags: number): number;
  epoll_ctl(poll: number, operation: number, fd: number, event: Buffer): number;
  epoll_wait(poll: number, events: Bytes, most: number, timeoutMs: number): number;
  dup(fd: number): number;
  close(fd: number): number;
  errno(): number;
  /** Where the bytes lie; good as long as the buffer lives. */
  addressOf(bytes: Buffer, offset?: number): number;
}

// Linux's numbers, alike on x64 and arm64
export const SOCK_STREAM = 1;
export const SOCK_NONBLOCK = 0o4000;
export const SOCK_CLOEXEC = 0o2000000;
export const MSG_NOSIGNAL = 0x4000;
export const SHUT_WR = 1;
export const SOL_SOCKET = 1;
export const SO_ERROR = 4;
export const SO_KEEPALIVE = 9;
export const SO_LINGER = 13;
export const IPPROTO_TCP = 6;
export const TCP_NODELAY = 1;
export const TCP_KEEPIDLE = 4;
export const EINTR = 4;
export const EAGAIN = 11;
export const ENFILE = 23;
export const EMFILE = 24;
export const ECONNABORTED = 103;
export const EINPROGRESS = 115;

const ERRORS: Readonly<Record<number, string>> = {
  2: "ENOENT", 13: "EACCES", 23: "ENFILE", 24: "EMFILE", 32: "EPIPE", 98: "EADDRINUSE", 99: "EADDRNOTAVAIL", 100: "ENETDOWN", 101: "ENETUNREACH",
  103: "ECONNABORTED", 104: "ECONNRESET", 110: "ETIMEDOUT", 111: "ECONNREFUSED", 112: "EHOSTDOWN", 113: "EHOSTUNREACH",
};

/** A failure as node names it; `causeOf` takes it. */
export function systemError(errno: number): { readonly code: string } {
  return { code: ERRORS[errno] ?? `E${errno}` };
}

/** As much of `bun:ffi` as is needed. */
interface Ffi {
  dlopen(library: string, symbols: object): { readonly symbols: unknown };
  ptr(bytes: Buffer, offset?: number): number;
  readonly read: { i32(address: number, offset: number): number };
}

const INT = "i32";
const BYTES = "ptr";
const SIZE = "usize";
const SYMBOLS = {
  socket: { args: [INT, INT, INT], returns: INT },
  bind: { args: [INT, BYTES, INT], returns: INT },
  connect: { args: [INT, BYTES, INT], returns: INT },
  listen: { args: [INT, INT], returns: INT },
  accept4: { args: [INT, BYTES, BYTES, INT], returns: INT },
  recv: { args: [INT, BYTES, SIZE, INT], returns: INT },
  send: { args: [INT, BYTES, SIZE, INT], returns: INT },
  shutdown: { args: [INT, INT], returns: INT },
  getsockname: { args: [INT, BYTES, BYTES], returns: INT },
  getsockopt: { args: [INT, INT, INT, BYTES, BYTES], returns: INT },
  setsockopt: { args: [INT, INT, INT, BYTES, INT], returns: INT },
  epoll_create1: { args: [INT], returns: INT },
  epoll_ctl: { args: [INT, INT, INT, BYTES], returns: INT },
  epoll_wait: { args: [INT, BYTES, INT, INT], returns: INT },
  dup: { args: [INT], returns: INT },
  close: { args: [INT], returns: INT },
  __errno_location: { args: [], returns: BYTES },
} as const;
const LIBRARIES = ["libc.so.6", "libc.musl-x86_64.so.1", "libc.musl-aarch64.so.1"];

let known: KernelCalls | null | undefined;

/** Null where they cannot be had. */
export function kernelCalls(): KernelCalls | null {
  return known === undefined ? (known = load()) : known;
}

function load(): KernelCalls | null {
  if (typeof Bun === "undefined" || process.platform !== "linux") return null;
  const ffi = process.getBuiltinModule("bun:ffi" as "fs") as unknown as Ffi | undefined;
  if (ffi === undefined) return null;
  for (const library of LIBRARIES) {
    try {
      const symbols = ffi.dlopen(library, SYMBOLS).symbols as KernelCalls & { __errno_location(): number };
      const errnoAt = symbols.__errno_location();
      return Object.assign(Object.create(null) as object, symbols, { errno: () => ffi.read.i32(errnoAt, 0), addressOf: (bytes: Buffer, offset = 0) => ffi.ptr(bytes, offset) });
    } catch {
      // the other library
    }
  }
  return null;
}
