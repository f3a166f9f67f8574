/** What the control thread is given, and how it says no. */
import type { ResolvedFinding } from "../diagnostics/finding.ts";
import type { Build } from "./admin-state.ts";
import type { Machine } from "./machine.ts";
import type { ServeOptions } from "./serve-options.ts";
import type { ServerLog } from "./server-log.ts";

/** The configuration cannot be served; its findings were shown. */
export class RefusedConfiguration extends Error {
  /** It could not even be read. */
  readonly unreadable: boolean;

  constructor(unreadable: boolean) {
    super();
    this.unreadable = unreadable;
  }
}

export interface ControlOptions {
  readonly serve: ServeOptions;
  /** `import.meta.url` of the main module: threads start it again. */
  readonly entry: string;
  readonly build: Build;
  readonly machine: Machine;
  readonly log: ServerLog;
  readonly stdin: string | null;
  /** Shows findings to whoever started the server. */
  readonly show: (findings: readonly ResolvedFinding[]) => void;
}
