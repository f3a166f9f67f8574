import type { CodeEntry } from "./code-entry.ts";

/** 08xx: bootstrap and references between its parts. */
export const BOOTSTRAP_CODES = {
  LGT0801: {
    severity: "error",
    title: "Unknown reference",
    why: "The name refers to nothing in this configuration.",
    fix: "Define what is named, or correct the name.",
  },
} as const satisfies Record<string, CodeEntry>;
