/** One list of hosts, and a way to pick of it: what is left of a policy when priority, health and locality are settled. */
import type { Host } from "../contract/host.ts";
import type { BalancerGiven } from "../contract/load-balancer.ts";

export interface HostPicker {
  update(hosts: readonly Host[]): void;
  /** Null when the list is empty. */
  pick(): Host | null;
}

/** `seed`: where turns begin; the same for all lists of a balancer. */
export type HostPickerFactory = (given: BalancerGiven, seed: number) => HostPicker;

export function configuredWeight(host: Host): number {
  return host.weight;
}

export function haveEqualWeights(hosts: readonly Host[], weigh: (host: Host) => number = configuredWeight): boolean {
  const [first] = hosts;
  if (first === undefined) return true;
  const weight = weigh(first);
  for (const host of hosts) if (weigh(host) !== weight) return false;
  return true;
}
