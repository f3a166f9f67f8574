/** Why a request got its route: every candidate in order, and the first condition of each that did not hold. */
import type { RequestView } from "../contract/request-view.ts";
import type { Route, RouteChoice } from "./route.ts";
import type { RouteTable } from "./route-table.ts";
import type { Gate, VirtualHost } from "./virtual-host.ts";

/** A condition that failed; `at` and `key` say where it stands in the configuration. */
export interface FailedCondition {
  readonly at: object;
  readonly key: string;
  readonly condition: string;
  readonly because: string;
}

export interface Candidate {
  readonly route: Route;
  /** `undefined`: this route matched. */
  readonly failed: FailedCondition | undefined;
}

export interface Explanation {
  /** The host that was looked up, `null` if the request has none. */
  readonly host: string | null;
  readonly virtualHost: VirtualHost | undefined;
  readonly gate: Gate | undefined;
  /** Those that were asked, the one that matched last. */
  readonly candidates: readonly Candidate[];
  readonly choice: RouteChoice | null;
}

function failureOf(route: Route, request: RequestView): FailedCondition | undefined {
  const failure = route.conditions.firstFailure(request);
  if (failure === undefined) return undefined;
  return { at: failure.at, key: failure.key, condition: failure.describe(), because: failure.whyNot(request) };
}

/** Routes a request and tells how; the choice is the one that `table.match` gives. */
export function explain(table: RouteTable, request: RequestView): Explanation {
  const host = table.lookedUpHost(request.headers);
  const virtualHost = table.virtualHost(request.headers);
  if (virtualHost === undefined) return { host, virtualHost, gate: undefined, candidates: [], choice: null };
  const gate = virtualHost.gate(request.headers);
  if (gate !== "open") return { host, virtualHost, gate, candidates: [], choice: virtualHost.match(request) };
  const candidates: Candidate[] = [];
  for (const route of virtualHost.candidates(request)) {
    const failed = failureOf(route, request);
    candidates.push({ route, failed });
    if (failed === undefined) return { host, virtualHost, gate, candidates, choice: virtualHost.choose(route, request) };
  }
  return { host, virtualHost, gate, candidates, choice: null };
}
