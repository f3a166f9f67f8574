import type { CodeEntry } from "./code-entry.ts";

/** 08xx: bootstrap and references between its parts. */
export const BOOTSTRAP_CODES = {
  LGT0801: {
    severity: "error",
    title: "Unknown reference",
    why: "The name refers to nothing in this configuration.",
    fix: "Define what is named, or correct the name.",
  },
  LGT0802: {
    severity: "error",
    title: "Named file cannot be read",
    why: "Envoy opens this file when it starts, and refuses the configuration if it cannot. Relative paths start from the folder the proxy is started in.",
    fix: "Create the file, or correct the path.",
  },
} as const satisfies Record<string, CodeEntry>;
