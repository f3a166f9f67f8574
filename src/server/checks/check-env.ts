/** What transport sockets find when control opens them for health checks: a machine without clusters, routes or traffic. */
import type { Env } from "../../contract/env.ts";
import type { BlockSource } from "../../stats/stat-block.ts";
import type { CheckSurroundings } from "./cluster-checker.ts";

export function checkEnv({ clock, random, runtime, dialer, machine, logs, files, secrets }: CheckSurroundings, stats: BlockSource): Env {
  return {
    clock, random, runtime, dialer, logs, files, secrets, stats,
    clusters: { get: () => undefined }, routes: { handle: () => ({ table: () => null }) }, machineAddress: null,
    machine: { hostname: machine.hostname, environment: (name) => machine.environment(name) },
    draining: () => false, healthCheckFailed: () => false,
  };
}
