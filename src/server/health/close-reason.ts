import type { CloseCause } from "../../platform/conn.ts";

/** In words, why a connection ended that was still needed. `failure`: what TLS says of it. */
export function closeReason(cause: CloseCause, connected: boolean, failure = ""): string {
  switch (cause) {
    case "refused": return "connection refused";
    case "unreachable": return "the host cannot be reached";
    case "timeout": return "no connection in time";
    case "reset": return "the connection was reset";
    case "remote": return "the connection was closed before the answer was whole";
    case "tls": return failure === "" ? "the TLS handshake failed" : `the TLS handshake failed: ${failure}`;
    case "local":
    case "error": return connected ? "the connection failed" : "no connection could be made";
  }
}
