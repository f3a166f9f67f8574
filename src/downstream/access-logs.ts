/** The `access_log` list of a manager: found, compiled, each with its filter. */
import type { AccessLogger } from "../contract/access-logger.ts";
import type { CompileContext, Plan } from "../contract/extension.ts";
import { findExtension } from "../contract/find-extension.ts";
import type { AccessLog } from "../schema/generated/envoy/config/accesslog/v3.ts";
import { compileLogFilter, type LogFilter } from "../stream/log-filter.ts";

/** Compiles each logger; one that cannot be had is reported and left out. */
export function compileAccessLogs(logs: readonly AccessLog[], context: CompileContext): Plan<AccessLogger>[] {
  const plans: Plan<AccessLogger>[] = [];
  for (const log of logs) {
    const extension = findExtension("envoy.access_loggers", log, context);
    const filter = log.filter === undefined ? undefined : compileLogFilter(log.filter, context.diagnostics);
    if (extension === undefined) continue;
    const plan = extension.compile(log.typed_config as never, context);
    plans.push(filter === undefined ? plan : filtered(plan, filter));
  }
  return plans;
}

function filtered(plan: Plan<AccessLogger>, filter: LogFilter): Plan<AccessLogger> {
  return {
    ...plan,
    open(env) {
      const logger = plan.open(env);
      const { clock, random, runtime } = env;
      return {
        log(stream, type) {
          if (filter({ stream, type, now: clock.now(), random, runtime })) logger.log(stream, type);
        },
      };
    },
  };
}
