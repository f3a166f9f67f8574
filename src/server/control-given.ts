/** What follows from the flags that control is given. */
import type { RuntimeValue } from "../contract/request-view.ts";
import type { ResolvedFinding } from "../diagnostics/finding.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { BlockSource } from "../stats/stat-block.ts";
import type { ControlOptions } from "./control-options.ts";
import type { LoadRequest } from "./messages.ts";
import { RuntimeKeeper } from "./runtime-keeper.ts";
import { RuntimeStats } from "./runtime-stats.ts";
import type { ServeOptions } from "./serve-options.ts";
import type { Versions } from "./subscription-stats.ts";

export const MOST_WORKERS = 64;

export function workerCount({ serve, machine, log }: ControlOptions): number {
  const wanted = Math.min(serve.concurrency ?? machine.facts.cpus, MOST_WORKERS);
  if (wanted > 1 && !machine.transport.sharesPorts) log.warning("this runtime cannot share ports between threads: one worker does the listening");
  return Math.max(1, wanted);
}

/** What the compiler is asked to read. */
export function loadRequest({ serve, stdin }: ControlOptions): Omit<LoadRequest, "number"> {
  return {
    configPath: serve.configPath ?? null, configYaml: serve.configYaml ?? null, stdin,
    serviceCluster: serve.serviceCluster ?? "", nodeId: serve.serviceNode ?? "",
    unknownStaticFields: serve.unknownStaticFields, unknownDynamicFields: serve.unknownDynamicFields,
    unsupported: serve.mode === "validate" ? "note" : serve.allowUnsupported ? "warning" : "error",
  };
}

/** The file of the bootstrap; a name of its own where it came on the command line. */
export function mainFile({ configPath }: ServeOptions): string {
  return configPath ?? "--config-yaml.yaml";
}

/** The files to follow: subscribed ones always, the bootstrap with `--watch`. */
export function followed(files: readonly string[], serve: ServeOptions): string[] {
  const main = mainFile(serve);
  return files.filter((file) => file !== "-" && file !== "--config-yaml.yaml" && (file !== main || serve.watch));
}

const DEPRECATIONS: ReadonlySet<string> = new Set(["LGT0212", "LGT0216"]); // what `--skip-deprecated-logs` is about

export function shown(findings: readonly ResolvedFinding[], { skipDeprecatedLogs }: ServeOptions): readonly ResolvedFinding[] {
  return skipDeprecatedLogs ? findings.filter(({ code }) => !DEPRECATIONS.has(code)) : findings;
}

export function openRuntime(
  bootstrap: Bootstrap, { machine, log }: ControlOptions, serviceCluster: string, { blocks, versions }: { readonly blocks: BlockSource; readonly versions: Versions }, onChange: (values: Readonly<Record<string, RuntimeValue>>) => void,
): RuntimeKeeper {
  return new RuntimeKeeper(bootstrap, { files: machine.files, serviceCluster, stats: new RuntimeStats(blocks, versions), warn: (text) => log.warning(text), onChange });
}
