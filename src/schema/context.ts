import type { Code } from "../diagnostics/codes.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import type { RawMap, RawValue } from "../diagnostics/raw.ts";
import type { Field, MessageType, TypeTable } from "./table.ts";

/** What becomes of a key that no field has (and, as in protobuf, of a name that an enum lacks). */
export type UnknownFields = "error" | "warning" | "ignore";

export interface DecodeOptions {
  readonly diagnostics: Diagnostics;
  readonly origins: Origins;
  /** Default "error", as Envoy treats static configuration. */
  readonly unknown_fields?: UnknownFields;
  /** Whether runtime `envoy.deprecated_features:{full field name}` is true; by default it never is. */
  readonly allows_deprecated?: (fullName: string) => boolean;
  /** The API to read by; default v3. */
  readonly table?: TypeTable;
}

/** A container of the raw tree. */
export type RawPlace = RawMap | RawValue[];

/** Stands for a value that could not be read: the finding is made, the field is left out. */
export const BAD: unique symbol = Symbol("unreadable");
export type Bad = typeof BAD;

/** What the readers of single values need from the walk that calls them. */
export interface Walk {
  readonly table: TypeTable;
  readonly origins: Origins;
  readonly unknown_fields: UnknownFields;
  /** Reports that the entry `key` of `at` cannot be read and returns BAD. */
  bad(code: Code, at: RawPlace, key: string | number, message: string, why?: string, fix?: string): Bad;
  /** Reports something that leaves the value usable. */
  note(code: Code, at: RawPlace, key: string | number, message: string, details?: NoteDetails): void;
  /** Reads the map as a message of the type. `skip` leaves out the keys that the caller has dealt with. */
  message(type: MessageType, raw: RawMap, skip?: string): object;
  /** Reads one value of the field (an item, if it is a list). */
  single(field: Field, raw: RawValue, at: RawPlace, key: string | number): unknown;
  /** What null stands for inside lists and maps: a value with nothing set. */
  empty(field: Field, at: RawPlace, key: string | number): unknown;
}

export interface NoteDetails {
  readonly on?: "key" | "value";
  readonly why?: string;
  readonly fix?: string;
  readonly severity?: "error" | "warning" | "note";
}
