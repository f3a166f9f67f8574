/** Why RE2 refuses a pattern, in its words. */
export type Fault =
  | "invalid escape sequence" | "invalid character class range" | "missing ]" | "missing )" | "unexpected )" | "trailing \\" | "no argument for repetition operator"
  | "invalid repetition size" | "bad repetition operator" | "invalid perl operator" | "invalid UTF-8" | "invalid named capture group" | "pattern too large - compile failed";

/** Ends the reading of a pattern; `found` is the piece that RE2 quotes. */
export class PatternFault extends Error {
  constructor(fault: Fault, found = "") {
    super(found === "" ? fault : `${fault}: ${found}`);
  }
}
