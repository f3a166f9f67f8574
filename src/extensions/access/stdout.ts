/** Access log to the process's stdout. */
import { defineExtension } from "../../contract/extension.ts";
import type { StdoutAccessLog } from "../../schema/generated/envoy/extensions/access_loggers/stream/v3.ts";
import { formatOf, linePlan } from "../../stream/log-line.ts";

export const stdoutAccessLog = defineExtension<"envoy.access_loggers", StdoutAccessLog>({
  category: "envoy.access_loggers",
  name: "envoy.access_loggers.stdout",
  config: "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog",
  honours: { "envoy.extensions.access_loggers.stream.v3.StdoutAccessLog": ["log_format"] },
  compile: (config, context) => linePlan("/dev/stdout", formatOf(config, context)),
});
