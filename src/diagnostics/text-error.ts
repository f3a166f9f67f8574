import type { Code } from "./codes.ts";

/** What a reader throws when a text cannot be read on; `readDocument` turns it into a finding. Offsets in UTF-16 units. */
export class TextError extends Error {
  readonly code: Code;
  readonly start: number;
  readonly end: number;
  readonly why: string | undefined;
  readonly fix: string | undefined;

  constructor(code: Code, start: number, end: number, message: string, advice: { readonly why?: string; readonly fix?: string } = {}) {
    super(message);
    this.name = "TextError";
    this.code = code;
    this.start = start;
    this.end = end;
    this.why = advice.why;
    this.fix = advice.fix;
  }
}
