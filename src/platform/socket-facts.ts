import { ipAddress } from "./address.ts";
import type { CloseCause, Conn, ConnHandler } from "./conn.ts";

/** Bytes; Envoy's default of `per_connection_buffer_limit_bytes`. */
export const DEFAULT_HIGH_WATERMARK = 1024 * 1024;

/** Where a connection that is not open yet seems to be. */
export const UNBOUND = ipAddress("0.0.0.0", 0);

/** The handler of a connection nobody has claimed. */
export const unclaimed: ConnHandler = {
  onData: (conn: Conn) => conn.reset(),
  onDrain: () => {},
  onEnd: (conn: Conn) => conn.close(),
  onClose: () => {},
};

/** `@name`, Envoy's form of an abstract socket, as the kernel wants it. */
export function abstractName(path: string): string {
  return path.startsWith("@") ? `\0${path.slice(1)}` : path;
}

const CAUSES: Readonly<Record<string, CloseCause>> = {
  ECONNREFUSED: "refused",
  // a Unix socket that is not there
  ENOENT: "refused",
  ECONNRESET: "reset",
  EPIPE: "reset",
  ECONNABORTED: "reset",
  ETIMEDOUT: "timeout",
  EHOSTUNREACH: "unreachable",
  ENETUNREACH: "unreachable",
  EADDRNOTAVAIL: "unreachable",
  EHOSTDOWN: "unreachable",
  ENETDOWN: "unreachable",
};

/** The cause named by a system error's code. */
export function causeOf(error: unknown): CloseCause {
  const code = (error as { code?: unknown } | null)?.code;
  return (typeof code === "string" && CAUSES[code]) || "error";
}
