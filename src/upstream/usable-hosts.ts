/** The hosts a balancer chooses from: the healthy ones, or all of them in a panic (fewer than half are healthy: Envoy's default threshold). */
import type { Host } from "../contract/host.ts";

const PANIC_PERCENT = 50;

export function usableHosts(hosts: readonly Host[]): readonly Host[] {
  const healthy = hosts.filter((host) => host.healthy);
  return healthy.length * 100 < hosts.length * PANIC_PERCENT ? hosts : healthy;
}

export function haveEqualWeights(hosts: readonly Host[]): boolean {
  return hosts.every((host) => host.weight === hosts[0]?.weight);
}
