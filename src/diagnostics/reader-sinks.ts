import type { Diagnostics } from "./finding.ts";
import type { Origins } from "./origins.ts";
import type { TextError } from "./text-error.ts";

/** Where a reader puts what it finds besides the value. */
export interface ReaderSinks {
  readonly origins: Origins;
  readonly diagnostics: Diagnostics;
  /** How many values all aliases together may expand to. */
  readonly maxAliasNodes: number;
  /** Takes a syntax error; true: read on behind it, as far as that makes sense. Absent: the first one ends the reading. */
  readonly recover?: (error: TextError) => boolean;
}
