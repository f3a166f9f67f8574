import type { Severity } from "./severity.ts";

/** One row of the table of codes: the defaults of its findings, and what `legate explain` prints. */
export interface CodeEntry {
  readonly severity: Severity;
  /** A few words, no full stop. */
  readonly title: string;
  readonly why: string;
  readonly fix: string;
  /** Which part of an entry its findings point at; the value by default. */
  readonly on?: "key" | "value";
}
