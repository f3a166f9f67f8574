/** What the router filter does to responses before they go downstream. */
import type { HeaderBlock } from "../http/header-block.ts";
import { X_ENVOY_ATTEMPT_COUNT } from "../http/names.ts";
import type { RouteChoice } from "../router/route.ts";

/** Has any level something to say about the headers of a response. */
export function mutatesResponses({ route, entry }: RouteChoice): boolean {
  return route !== undefined && (entry !== undefined || route.responseMutations.length > 0);
}

/** In any response, the upstream's or our own. Without an attempt there may be no route either. */
export function addAttemptCount(choice: RouteChoice, headers: HeaderBlock, attempts: number): void {
  if (attempts > 0 && choice.host.includeAttemptCountInResponse) headers.set(X_ENVOY_ATTEMPT_COUNT, String(attempts));
}
