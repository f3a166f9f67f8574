/** The `access_log` list of a manager: found, compiled, each with its filter. */
import type { AccessLogger } from "../contract/access-logger.ts";
import type { CompileContext, Plan } from "../contract/extension.ts";
import { findExtension } from "../contract/find-extension.ts";
import type { AccessLog } from "../schema/generated/envoy/config/accesslog/v3.ts";

/** Compiles each logger; one that cannot be had is reported and left out. */
export function compileAccessLogs(logs: readonly AccessLog[], context: CompileContext): Plan<AccessLogger>[] {
  const plans: Plan<AccessLogger>[] = [];
  for (const log of logs) {
    const extension = findExtension("envoy.access_loggers", log, context);
    if (extension !== undefined) plans.push(extension.compile(log.typed_config as never, context));
  }
  return plans;
}
