import type { Env } from "../../src/contract/env.ts";
import { type CompileContext, type Extension, Registry } from "../../src/contract/extension.ts";
import { NO_RUNTIME } from "../../src/contract/request-view.ts";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";
import type { ChainEntry } from "../../src/stream/filter-chain.ts";

const CONTEXT: CompileContext = {
  diagnostics: { report: () => undefined }, registry: new Registry([]), statPrefix: "http.test.",
  surroundings: { listenerPrefix: "", bufferLimit: 1_048_576, serviceCluster: "", nodeId: "" },
};

/** A filter as a chain has it, with what most of them need of a worker: time, chance, numbers. */
export function filterEntry(extension: Extension<"envoy.filters.http">, config: object): ChainEntry {
  const env = {
    clock: new FakeClock(), random: new SeededRandom(1), stats: new LocalStats(), runtime: NO_RUNTIME, healthCheckFailed: () => false,
    machine: { hostname: "here", environment: () => undefined }, clusters: { get: () => undefined },
  } as unknown as Env;
  return {
    name: extension.name, create: extension.compile(config as never, CONTEXT).open(env),
    routeConfig: (message) => extension.compileRoute?.(message as never, CONTEXT) ?? null,
  };
}
