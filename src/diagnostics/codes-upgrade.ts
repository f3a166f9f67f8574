import type { CodeEntry } from "./code-entry.ts";

/** 11xx: upgrade from v1 and v2. */
export const UPGRADE_CODES = {
  LGT1101: {
    severity: "warning", on: "key",
    title: "Upgraded from an older API",
    why: "Envoy 1.18 and later refuse the v1 and v2 APIs; legate reads a file that is of them as a whole as v3. In a file that also names types of v3, or has fields that only v3 has, their words are errors, as in Envoy.",
    fix: "Convert the configuration with legate migrate.",
  },
  LGT1102: {
    severity: "error", on: "key",
    title: "No successor in v3",
    why: "The field or type was removed without a replacement.",
    fix: "Remove it, or find another way.",
  },
} as const satisfies Record<string, CodeEntry>;
