/** What compiling a route table needs from outside. */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { RegexLimit } from "../match/string-matcher.ts";
import { NO_SOURCES } from "./direct-response.ts";
import type { BodySources } from "./direct-response.ts";

export interface RouteContext {
  readonly diagnostics: Diagnostics & RegexLimit;
  readonly sources: BodySources;
  /** Whether a cluster exists. `undefined`: not known here, so nothing is checked. */
  readonly hasCluster: ((name: string) => boolean) | undefined;
  /** The default of `validate_clusters`: true for a table inside a listener, false for one from RDS. */
  readonly validateClusters: boolean;
}

/** For a thread that opens a table which control has compiled already: nothing is reported again. */
export const ALREADY_CHECKED: RouteContext = {
  diagnostics: { report: () => undefined, maxProgramSize: Infinity }, sources: NO_SOURCES, hasCluster: undefined, validateClusters: false,
};
