import type { CodeEntry } from "./code-entry.ts";

/** 00xx: files and usage. */
export const FILE_CODES = {
  LGT0001: {
    severity: "error",
    title: "File cannot be read",
    why: "The file does not exist, or its permissions forbid reading it.",
    fix: "Check the path and the permissions.",
  },
  LGT0002: {
    severity: "error",
    title: "Empty file",
    why: "A configuration without any content is rejected by Envoy.",
    fix: "Write the configuration, or check that the right file was given and fully written.",
  },
  LGT0003: {
    severity: "error",
    title: "Not valid UTF-8",
    why: "Configurations are read as UTF-8 text; other encodings garble names and values.",
    fix: "Save the file as UTF-8.",
  },
  LGT0004: {
    severity: "error",
    title: "Binary data",
    why: "A text configuration cannot hold NUL bytes; this is probably another kind of file.",
    fix: "Check that the right file was given.",
  },
  LGT0005: {
    severity: "warning",
    title: "File name does not fit the content",
    why: "Envoy decides by the file name: only .yaml and .yml are YAML, every other name but .pb and .pb_text is JSON.",
    fix: "Name the file .yaml.",
  },
  LGT0006: {
    severity: "error",
    title: "File format not read here",
    why: "Files whose names end in .pb are binary protobuf.",
    fix: "Give the same as YAML or JSON.",
  },
  LGT0007: {
    severity: "error",
    title: "Kind of document not recognised",
    why: "The keys at the top fit no kind of configuration that can be read on its own.",
    fix: "Name the kind with --type, or check the keys at the top of the document.",
  },
  LGT0008: {
    severity: "error",
    title: "Wrong usage",
    why: "The command line cannot be understood.",
    fix: "See --help.",
  },
  LGT0009: {
    severity: "error",
    title: "Request that cannot be sent",
    why: "No client can send such a request, so there is nothing to simulate.",
    fix: "Correct the request.",
  },
} as const satisfies Record<string, CodeEntry>;
