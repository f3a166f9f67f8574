import type { CodeEntry } from "./code-entry.ts";

/** 07xx: clusters and endpoints. */
export const CLUSTER_CODES = {
  LGT0701: {
    severity: "error",
    title: "Cluster name repeated",
    why: "Cluster names must differ.",
    fix: "Rename one of the clusters.",
  },
} as const satisfies Record<string, CodeEntry>;
