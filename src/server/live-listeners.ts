/** What control wants to know of the listeners that are live. */
import { listenerPrefix } from "../downstream/manager-stats.ts";
import type { CompiledResource } from "../resources/resource.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { AdminState, LiveResource } from "./admin-state.ts";

interface ListenerFacts {
  readonly statPrefix: string;
  readonly inbound: boolean;
}

const KNOWN = new WeakMap<CompiledResource, ListenerFacts>();

function factsOf(resource: CompiledResource): ListenerFacts {
  let facts = KNOWN.get(resource);
  if (facts === undefined) {
    const listener = JSON.parse(resource.text) as Listener;
    KNOWN.set(resource, (facts = { statPrefix: listener.stat_prefix ?? "", inbound: listener.traffic_direction === "INBOUND" }));
  }
  return facts;
}

export function isInboundListener({ resource }: LiveResource): boolean {
  return resource.type === "listener" && factsOf(resource).inbound;
}

/** Open connections of all listeners. */
export function downstreamConnections(state: Pick<AdminState, "resources" | "bound" | "stats">): number {
  const bound = state.bound();
  let sum = 0;
  for (const { resource } of state.resources()) {
    const address = resource.type === "listener" ? bound[resource.name]?.[0] : undefined;
    if (address !== undefined) sum += state.stats.value(`${listenerPrefix(factsOf(resource).statPrefix, address)}downstream_cx_active`) ?? 0;
  }
  return sum;
}
