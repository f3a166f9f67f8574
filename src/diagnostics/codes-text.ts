import type { CodeEntry } from "./code-entry.ts";

/** 01xx: the text of YAML and JSON documents. */
export const TEXT_CODES = {
  LGT0101: {
    severity: "error",
    title: "YAML syntax error",
    why: "The text is not valid YAML; nothing after this place was read.",
    fix: "Correct the text at the place shown.",
  },
  LGT0102: {
    severity: "error",
    title: "JSON syntax error",
    why: "The text is not valid JSON; nothing after this place was read.",
    fix: "Correct the text at the place shown.",
  },
  LGT0103: {
    severity: "error",
    title: "Document is not a map",
    why: "A configuration is a map of keys and values.",
    fix: "Put the content under its keys, or check that the right file was given.",
  },
  LGT0104: {
    severity: "error",
    title: "Nested too deep",
    why: "Envoy reads documents of at most 100 levels of maps and lists.",
    fix: "Make the document flatter.",
  },
  LGT0105: {
    severity: "error",
    title: "Aliases expand too far",
    why: "Every use of an alias is read as a copy; aliases of aliases can grow without bound, which is a known attack.",
    fix: "Use fewer aliases, or write the values out.",
  },
  LGT0106: {
    severity: "warning", on: "key",
    title: "Key given more than once",
    why: "Envoy does not complain, but keeps only one value; this is almost always a slip.",
    fix: "Remove one of the keys, or merge their values.",
  },
  LGT0107: {
    severity: "error",
    title: "Unknown anchor",
    why: "An alias (*name) needs an anchor (&name) before it in the same document.",
    fix: "Define the anchor, or put the value in quotes if it is text.",
  },
  LGT0108: {
    severity: "error",
    title: "Alias inside itself",
    why: "A node that holds an alias of itself never ends; Envoy crashes on it.",
    fix: "Remove the alias.",
  },
  LGT0109: {
    severity: "error",
    title: "Key is not a scalar",
    why: "Only texts and numbers can be keys in a configuration.",
    fix: "Write the key as plain text, or quote the value if braces or brackets are meant as text.",
  },
  LGT0110: {
    severity: "warning",
    title: "Further documents ignored",
    why: "Envoy reads only the first document of a YAML file.",
    fix: "Put what follows into a file of its own.",
  },
  LGT0112: {
    severity: "error",
    title: "Byte order mark in JSON",
    why: "Envoy takes a byte order mark at the beginning of YAML, but not of JSON.",
    fix: "Save the file as UTF-8 without a byte order mark.",
  },
  LGT0113: {
    severity: "error",
    title: "Invalid Unicode escape",
    why: "An escape must name a whole character.",
    fix: "Write the character itself, or the escape of its code point.",
  },
} as const satisfies Record<string, CodeEntry>;
