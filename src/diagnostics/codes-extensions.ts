import type { CodeEntry } from "./code-entry.ts";

/** 04xx: extensions and the registry. */
export const EXTENSION_CODES = {
  LGT0401: {
    severity: "error",
    title: "Unknown extension",
    why: "Envoy has no extension of this name and type here.",
    fix: "Correct the name or the type of typed_config.",
  },
  LGT0402: {
    severity: "error",
    title: "Extension of the wrong kind",
    why: "The extension exists, but not for this place.",
    fix: "Use an extension of the kind named in the message.",
  },
  LGT0403: {
    severity: "error",
    title: "Extension without typed_config",
    why: "Envoy finds extensions by the type of their configuration.",
    fix: "Add typed_config with its \"@type\".",
  },
  LGT0404: {
    severity: "error",
    title: "Only in the contrib build",
    why: "The extension is not in the regular Envoy build.",
    fix: "Use the contrib build of Envoy, or another extension.",
  },
  LGT0405: {
    severity: "error",
    title: "Not in the Envoy build",
    why: "The type is in the API, but the regular Envoy build does not know it.",
    fix: "Use another extension.",
  },
  LGT0406: {
    severity: "error",
    title: "Extension refuses its configuration",
    why: "Envoy checks this when it makes the extension.",
    fix: "Change the fields named in the message.",
  },
  LGT0407: {
    severity: "error",
    title: "Extension named twice",
    why: "Each may stand once in this list.",
    fix: "Remove one of them.",
  },
} as const satisfies Record<string, CodeEntry>;
