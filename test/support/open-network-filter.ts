import type { NetworkFilter, NetworkFilterFactory, NetworkHandle } from "../../src/contract/network-filter.ts";
import { type Extension, Registry } from "../../src/contract/extension.ts";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import type { NetworkStage } from "./network-stage.ts";

/** A network filter that is not terminal, compiled and opened with a stage's environment. */
export function openNetworkFilter(extension: Extension<"envoy.filters.network">, config: object, stage: NetworkStage): (handle: NetworkHandle) => NetworkFilter {
  const context = {
    diagnostics: { report: () => undefined }, registry: new Registry(ALL_EXTENSIONS), statPrefix: "",
    surroundings: { listenerPrefix: "", bufferLimit: 1 << 20, serviceCluster: "", nodeId: "" },
  };
  const factory: NetworkFilterFactory = extension.compile(config as never, context).open(stage.env);
  if (factory.kind !== "filter") throw new Error(`${extension.name} is a terminal filter`);
  return factory.create;
}
