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
  LGT0803: {
    severity: "error",
    title: "Source of configuration",
    why: "Envoy must be able to reach a source of configuration with what the bootstrap holds.",
    fix: "Name a cluster of static_resources that does not depend on the source itself.",
  },
  LGT0804: {
    severity: "error",
    title: "Runtime layer",
    why: "Envoy refuses such a layer.",
    fix: "Change the layer.",
  },
  LGT0805: {
    severity: "error",
    title: "Bootstrap rule",
    why: "Envoy refuses such a bootstrap.",
    fix: "Change the fields named in the message.",
  },
  LGT0806: {
    severity: "error",
    title: "Overload manager rule",
    why: "Envoy refuses such an overload manager.",
    fix: "Change the fields named in the message.",
  },
} as const satisfies Record<string, CodeEntry>;
