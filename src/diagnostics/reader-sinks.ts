import type { Diagnostics } from "./finding.ts";
import type { Origins } from "./origins.ts";

/** Where a reader puts what it finds besides the value. */
export interface ReaderSinks {
  readonly origins: Origins;
  readonly diagnostics: Diagnostics;
  /** How many values all aliases together may expand to. */
  readonly maxAliasNodes: number;
}
