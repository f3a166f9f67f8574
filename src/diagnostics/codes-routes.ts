import type { CodeEntry } from "./code-entry.ts";

/** 05xx: route tables. */
export const ROUTE_CODES = {
  LGT0501: {
    severity: "error",
    title: "Domain repeated",
    why: "Each domain of a route table belongs to one virtual host.",
    fix: "Remove the domain from one of the virtual hosts.",
  },
  LGT0502: {
    severity: "error",
    title: "Unknown cluster in a route",
    why: "The route names a cluster that does not exist.",
    fix: "Define the cluster, or correct the name.",
  },
  LGT0503: {
    severity: "error",
    title: "Invalid regular expression",
    why: "Envoy uses RE2 syntax; back references and look-around do not exist there.",
    fix: "Correct the expression.",
  },
} as const satisfies Record<string, CodeEntry>;
