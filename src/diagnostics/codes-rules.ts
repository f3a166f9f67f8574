import type { CodeEntry } from "./code-entry.ts";

/** 03xx: the rules of single fields. */
export const RULE_CODES = {
  LGT0301: {
    severity: "error",
    title: "Required field missing",
    why: "The field must be set.",
    fix: "Add the field.",
  },
  LGT0302: {
    severity: "error",
    title: "One of these fields is required",
    why: "Exactly one field of the choice (a oneof) must be set.",
    fix: "Set one of the fields named.",
  },
  LGT0303: {
    severity: "error",
    title: "Text too short or too long",
    why: "The field limits the length of its text.",
    fix: "Give a text of the allowed length.",
  },
  LGT0304: {
    severity: "error",
    title: "Number outside its bounds",
    why: "The field limits its number.",
    fix: "Give a number within the bounds.",
  },
  LGT0305: {
    severity: "error",
    title: "Too few or too many items",
    why: "The field limits how many items it holds.",
    fix: "Add or remove items.",
  },
  LGT0306: {
    severity: "error",
    title: "Text of the wrong form",
    why: "The field takes only texts of a certain form.",
    fix: "Give a text of the form named in the message.",
  },
  LGT0307: {
    severity: "error",
    title: "Value not allowed",
    why: "The field takes only certain values.",
    fix: "Use one of the allowed values.",
  },
  LGT0308: {
    severity: "error",
    title: "Duration outside its bounds",
    why: "The field limits its duration.",
    fix: "Give a duration within the bounds.",
  },
  LGT0309: {
    severity: "error",
    title: "Items must differ",
    why: "The field allows each value only once.",
    fix: "Remove the repeated value.",
  },
  LGT0310: {
    severity: "error",
    title: "Undefined enum number",
    why: "The field takes only numbers that its enum defines.",
    fix: "Use one of the names of the enum.",
  },
} as const satisfies Record<string, CodeEntry>;
