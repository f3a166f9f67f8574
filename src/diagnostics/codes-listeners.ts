import type { CodeEntry } from "./code-entry.ts";

/** 06xx: listeners and the HTTP connection manager. */
export const LISTENER_CODES = {
  LGT0601: {
    severity: "error",
    title: "Address used twice",
    why: "Two listeners claim one address and port.",
    fix: "Change the address or port of one of them.",
  },
  LGT0602: {
    severity: "error",
    title: "Filter order",
    why: "The last filter must be a terminal filter, and only the last.",
    fix: "Put the terminal filter (router, tcp_proxy, http_connection_manager, ...) at the end.",
  },
} as const satisfies Record<string, CodeEntry>;
