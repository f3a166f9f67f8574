import type { CodeEntry } from "./code-entry.ts";

/** 11xx: upgrade from v2. */
export const UPGRADE_CODES = {
  LGT1101: {
    severity: "note",
    title: "Upgraded from v2",
    why: "The v2 API was replaced by v3.",
    fix: "Convert the configuration with legate migrate.",
  },
  LGT1102: {
    severity: "error", on: "key",
    title: "No successor in v3",
    why: "The field or type was removed without a replacement.",
    fix: "Remove it, or find another way.",
  },
} as const satisfies Record<string, CodeEntry>;
