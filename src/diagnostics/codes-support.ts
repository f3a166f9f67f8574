import type { CodeEntry } from "./code-entry.ts";

/** 09xx: known to Envoy, but not done by legate. */
export const SUPPORT_CODES = {
  LGT0901: {
    severity: "note", on: "key",
    title: "Not supported by legate",
    why: "Envoy honours this; legate serve does not.",
    fix: "Remove it, or accept the difference with --allow-unsupported.",
  },
} as const satisfies Record<string, CodeEntry>;
