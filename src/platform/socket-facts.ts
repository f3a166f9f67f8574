import { type SocketAddress, formatAddress, ipAddress } from "./address.ts";
import { type CloseCause, type Conn, type ConnHandler, ListenError } from "./conn.ts";

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

/** What a system error of listening becomes. */
export function listenError(address: SocketAddress, error: unknown): ListenError {
  const code = (error as { code?: unknown } | null)?.code;
  return new ListenError(typeof code === "string" ? code : "UNKNOWN", address, `cannot listen on ${formatAddress(address)}: ${String(code ?? error)}`);
}

/** The address to dial from, as node:net takes it. */
export function sourceOf(source: SocketAddress | undefined): { localAddress?: string; localPort?: number } {
  if (source?.kind !== "ip") return {};
  return source.port === 0 ? { localAddress: source.ip } : { localAddress: source.ip, localPort: source.port };
}
