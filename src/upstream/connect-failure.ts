/** What Envoy says of an upstream connection that never came to be: its `upstream_transport_failure_reason`. */
import type { CloseCause, Conn } from "../platform/conn.ts";

const WORDS: Partial<Record<CloseCause, string>> = {
  refused: "delayed connect error: Connection refused",
  unreachable: "delayed connect error: No route to host",
};

export function connectFailure(cause: CloseCause, conn: Conn | null | undefined): string {
  return cause === "tls" ? (conn?.failure ?? "") : (WORDS[cause] ?? "");
}
