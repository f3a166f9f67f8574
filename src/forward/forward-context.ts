/** What the forwarders of one router filter share. */
import type { Env } from "../contract/env.ts";
import type { StatBlock } from "../stats/stat-block.ts";
import type { AsyncClient } from "./async-client.ts";
import type { PredicateSource } from "./predicate-source.ts";
import type { RequestTimers } from "./request-timers.ts";
import type { ScopeSource } from "./scope-stats.ts";
import type { StrictChecks } from "./strict-headers.ts";

export interface RouterOptions {
  readonly suppressEnvoyHeaders: boolean;
  readonly respectExpectedTimeout: boolean;
  readonly strictChecks: StrictChecks;
}

export interface ForwardContext extends RouterOptions {
  readonly env: Env;
  readonly stats: StatBlock;
  readonly timers: RequestTimers;
  readonly scopes: ScopeSource;
  readonly predicates: PredicateSource;
  /** For requests made on the side, counted by this filter. */
  readonly async: AsyncClient;
}
