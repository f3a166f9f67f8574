/** Sorts hosts into priorities, health and localities (Envoy's PriorityStateManager and HostSetImpl::partitionHosts). */
import type { Host, Locality } from "../contract/host.ts";
import { isDegraded, isExcluded, isHealthy } from "../contract/host-health.ts";
import type { HostSet, HostSets, LocalityHosts } from "../contract/host-set.ts";
import { type HostPolicy, PLAIN_POLICY } from "../contract/host-spec.ts";

/** `own`: the proxy's locality (`node.locality`), whose hosts come first. */
export function hostSetsOf(hosts: readonly Host[], policy: HostPolicy = PLAIN_POLICY, own: Locality | null = null): HostSets {
  const byPriority: Host[][] = [[]];
  for (const host of hosts) {
    while (byPriority.length <= host.priority) byPriority.push([]);
    (byPriority[host.priority] as Host[]).push(host);
  }
  return byPriority.map((members, priority) => hostSetOf(members, priority, policy, own));
}

function hostSetOf(hosts: readonly Host[], priority: number, policy: HostPolicy, own: Locality | null): HostSet {
  const groups = groupsOf(hosts);
  const localKey = own === null ? "" : keyOf(own);
  const hasLocal = own !== null && groups.has(localKey);
  const keys = [...groups.keys()].sort((a, b) => (a === b ? 0 : hasLocal && a === localKey ? -1 : hasLocal && b === localKey ? 1 : a < b ? -1 : 1));
  return {
    priority, hosts, ...partition(hosts), hasLocal, overprovisioning: policy.overprovisioning, weighted: policy.weighted,
    localities: keys.map((key) => localityOf(groups.get(key) as readonly Host[])),
  };
}

/** Hosts by the key of their locality. */
function groupsOf(hosts: readonly Host[]): Map<string, Host[]> {
  const groups = new Map<string, Host[]>();
  let last: Locality | null = null;
  let group: Host[] = [];
  for (const host of hosts) {
    if (host.locality !== last) {
      last = host.locality;
      const key = keyOf(last);
      group = groups.get(key) ?? [];
      groups.set(key, group);
    }
    group.push(host);
  }
  return groups;
}

function localityOf(hosts: readonly Host[]): LocalityHosts {
  const { healthy, degraded, excluded } = partition(hosts);
  const [first] = hosts;
  return { locality: (first as Host).locality, weight: (first as Host).localityWeight, hosts, healthy, degraded, excluded: excluded.length };
}

interface Partition {
  readonly healthy: readonly Host[];
  readonly degraded: readonly Host[];
  readonly excluded: readonly Host[];
}

const NONE: readonly Host[] = [];

/** When all are healthy, which is mostly so, the lists are the given one. */
function partition(hosts: readonly Host[]): Partition {
  if (hosts.every((host) => host.flags === 0)) return { healthy: hosts, degraded: NONE, excluded: NONE };
  return {
    healthy: hosts.filter((host) => isHealthy(host.flags)),
    degraded: hosts.filter((host) => isDegraded(host.flags)),
    excluded: hosts.filter((host) => isExcluded(host.flags)),
  };
}

function keyOf({ region, zone, sub_zone }: Locality): string {
  return `${region}\0${zone}\0${sub_zone}`;
}

/** The sets with the hosts that `wanted` holds only. `localityWeight`: of a locality, with what is left of it. */
export function filterSets(sets: HostSets, wanted: ReadonlySet<Host>, localityWeight: (all: LocalityHosts, left: number) => number): HostSets {
  const keep = (hosts: readonly Host[]): readonly Host[] => hosts.filter((host) => wanted.has(host));
  return sets.map((set) => ({
    ...set, hosts: keep(set.hosts), healthy: keep(set.healthy), degraded: keep(set.degraded), excluded: keep(set.excluded),
    localities: set.localities.map((all) => {
      const hosts = keep(all.hosts);
      return {
        ...all, hosts, healthy: keep(all.healthy), degraded: keep(all.degraded),
        excluded: hosts.filter((host) => isExcluded(host.flags)).length, weight: localityWeight(all, hosts.length),
      };
    }),
  }));
}
