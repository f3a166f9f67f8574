import type { CodeEntry } from "./code-entry.ts";

/** 02xx: from raw values to typed messages. */
export const DECODE_CODES = {
  LGT0201: {
    severity: "error", on: "key",
    title: "Unknown field",
    why: "The message has no field of this name, and Envoy rejects unknown fields in static configuration.",
    fix: "Correct the name, move the field to where it belongs, or remove it.",
  },
  LGT0202: {
    severity: "error",
    title: "Wrong type of value",
    why: "The field takes another type of value.",
    fix: "Give a value of the type named in the message.",
  },
  LGT0203: {
    severity: "error",
    title: "Number out of range",
    why: "The number does not fit the field.",
    fix: "Give a number within the range.",
  },
  LGT0204: {
    severity: "error",
    title: "Unknown enum value",
    why: "The field takes one of a fixed set of names.",
    fix: "Use one of the names listed.",
  },
  LGT0205: {
    severity: "error",
    title: "Invalid duration",
    why: "Durations are written as seconds with the suffix \"s\", such as 1.5s.",
    fix: "Write the duration in seconds, for example 0.250s.",
  },
  LGT0206: {
    severity: "error",
    title: "Invalid timestamp",
    why: "Timestamps are written as in RFC 3339, such as 2024-01-31T12:00:00Z.",
    fix: "Write the time in RFC 3339.",
  },
  LGT0207: {
    severity: "error", on: "key",
    title: "Only one of these fields may be set",
    why: "The fields belong to one choice (a oneof).",
    fix: "Keep one of them and remove the others.",
  },
  LGT0208: {
    severity: "error",
    title: "Text needs quotes",
    why: "Without quotes, YAML reads such a value as a number, a boolean or null, and Envoy rejects that for a text field.",
    fix: "Put the value in quotes.",
  },
  LGT0209: {
    severity: "error",
    title: "Invalid base64",
    why: "Bytes are written in base64.",
    fix: "Encode the bytes in base64, or use the inline_string field where there is one.",
  },
  LGT0210: {
    severity: "error",
    title: "Type missing",
    why: "A typed_config names its type under \"@type\".",
    fix: "Add \"@type\": type.googleapis.com/<full name of the type>.",
  },
  LGT0211: {
    severity: "error",
    title: "Unknown type",
    why: "No message of this name exists in the Envoy API.",
    fix: "Correct the type after \"type.googleapis.com/\".",
  },
  LGT0212: {
    severity: "warning", on: "key",
    title: "Deprecated field",
    why: "Envoy will remove the field in a later version.",
    fix: "Use the field that replaces it.",
  },
  LGT0213: {
    severity: "error", on: "key",
    title: "Field no longer allowed",
    why: "The field is deprecated and Envoy rejects it unless a runtime override allows it.",
    fix: "Use the field that replaces it.",
  },
  LGT0214: {
    severity: "warning", on: "key",
    title: "Work in progress",
    why: "The API is not considered stable, nor covered by Envoy's threat model or security team.",
    fix: "Do not rely on it in production.",
  },
  LGT0215: {
    severity: "error", on: "key",
    title: "Duplicate map key",
    why: "A map holds one value for a key.",
    fix: "Remove one of the entries.",
  },
  LGT0216: {
    severity: "warning",
    title: "Deprecated enum value",
    why: "Envoy will remove the value in a later version.",
    fix: "Use the value that replaces it.",
  },
  LGT0217: {
    severity: "error",
    title: "Enum value no longer allowed",
    why: "The value is deprecated and Envoy rejects it unless a runtime override allows it.",
    fix: "Use the value that replaces it.",
  },
  LGT0218: {
    severity: "error",
    title: "v2 API",
    why: "Envoy removed the v2 API; its types and fields are unknown now. A file that is of v2 as a whole is upgraded as it is read, one that has words of v3 too is not.",
    fix: "Convert the configuration with legate migrate.",
  },
  LGT0219: {
    severity: "warning",
    title: "Null in a list",
    why: "Envoy reads null in a list as an item with nothing set.",
    fix: "Remove the item, or give its value.",
  },
  LGT0220: {
    severity: "warning", on: "key",
    title: "Field given twice",
    why: "The field is written both in snake_case and in camelCase; Envoy keeps one of them, and which one is not defined.",
    fix: "Keep one of them.",
  },
  LGT0221: {
    severity: "error", on: "key",
    title: "Field beside \"value\"",
    why: "A well-known type inside an Any stands under \"value\", and nothing else may stand beside it.",
    fix: "Move the fields into \"value\".",
  },
  LGT0222: {
    severity: "error",
    title: "Malformed type URL",
    why: "A type URL is a host, a slash and the full name of a message.",
    fix: "Write type.googleapis.com/<full name of the type>.",
  },
  LGT0223: {
    severity: "error",
    title: "Malformed binary message",
    why: "The bytes are no protobuf message of the type that was expected.",
    fix: "Check what the control plane sends.",
  },
} as const satisfies Record<string, CodeEntry>;
