import type { Code } from "./codes.ts";
import type { Severity } from "./severity.ts";

export type { Severity } from "./severity.ts";

/** What a check dislikes: an object (raw or decoded) and a key in it, never a path. Without `key` the object itself is meant. */
export interface Finding {
  readonly code: Code;
  readonly at: object;
  readonly key?: string | number;
  /** Which part of the entry is meant; by default what the code's table says, else its value. */
  readonly on?: "key" | "value";
  readonly message: string;
  readonly why?: string;
  readonly fix?: string;
  /** Overrules the code's own severity. */
  readonly severity?: Severity;
  readonly related?: readonly RelatedPlace[];
}

export interface RelatedPlace {
  readonly at: object;
  readonly key?: string | number;
  readonly on?: "key" | "value";
  readonly message: string;
}

/** What a check calls. */
export interface Diagnostics {
  report(finding: Finding): void;
}

/** A place ready to print. Lines and columns count from 1, columns in code points, `endColumn` exclusive. */
export interface ResolvedPlace {
  readonly file?: string;
  readonly line?: number;
  readonly column?: number;
  readonly endLine?: number;
  readonly endColumn?: number;
  readonly path?: string;
}

/** A finding as plain JSON: this is what renderers read and what crosses threads. */
export interface ResolvedFinding extends ResolvedPlace {
  readonly code: Code;
  readonly severity: Severity;
  readonly message: string;
  readonly why?: string;
  readonly fix?: string;
  /** The lines around the place, as they are in the file. */
  readonly frame?: Frame;
  readonly related?: readonly (ResolvedPlace & { readonly message: string })[];
}

/**
 * Lines of a text that show a place; `first` is the 1-based number of the first of them. Of long lines only a part is
 * kept: `cut` code points are missing on the left of each.
 */
export interface Frame {
  readonly first: number;
  readonly lines: readonly string[];
  readonly cut?: number;
}
