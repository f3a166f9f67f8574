/** The descriptors that a rate limit filter would look up for a request. */
import { fromWire } from "../base/wire-text.ts";
import type { RequestView } from "../contract/request-view.ts";
import { StreamInfo } from "../contract/stream-info.ts";
import type { RouteLimits } from "../downstream/route-limits.ts";
import type { RateLimitSubject } from "../match/rate-limit/action.ts";
import { ipAddress } from "../platform/address.ts";
import type { RouteChoice } from "../router/route.ts";
import { simulatedContext, simulatedStream } from "../router/simulated-stream.ts";
import type { SimulatedDescriptor } from "./simulation.ts";

/** Those of the route, and of the virtual host where the route has none or includes them (`vh_rate_limits: OVERRIDE`, a filter's default). */
export function descriptorsOf(limits: RouteLimits, choice: RouteChoice | null, view: RequestView): SimulatedDescriptor[] {
  const rules = limits.of(choice, "OVERRIDE") ?? [];
  if (choice === null || rules.length === 0) return [];
  const subject = subjectOf(choice, view);
  return rules.flatMap((rule) => {
    const made = rule.descriptor(subject);
    if (made === null) return [];
    const entries = Array.from({ length: made.entries.length / 2 }, (_each, at) => ({ key: fromWire(made.entries[at * 2] ?? ""), value: fromWire(made.entries[at * 2 + 1] ?? "") }));
    return [{ stage: rule.stage, entries, hits: made.hits }];
  });
}

function subjectOf(choice: RouteChoice, view: RequestView): RateLimitSubject {
  const peer = ipAddress(view.remoteIp ?? "", 0);
  const stream = simulatedStream({ dynamicMetadata: view.metadata, filterState: view.filterState, downstreamRemoteAddress: view.remoteIp ?? null, routeName: choice.route?.name ?? null });
  return {
    requestHeaders: view.headers, responseHeaders: null, responseTrailers: null, info: new StreamInfo({ connectionId: 0, remote: peer, local: ipAddress("127.0.0.1", 0), direct: peer }),
    tls: null, serverName: "", runtime: view.runtime, random: view.random, routeMetadata: (choice.route?.message.metadata ?? null) as RateLimitSubject["routeMetadata"],
    facts: simulatedContext(stream, view.headers), destinationCluster: choice.cluster,
  };
}
