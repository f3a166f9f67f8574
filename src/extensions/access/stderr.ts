/** Access log to the process's stderr. */
import { defineExtension } from "../../contract/extension.ts";
import type { StderrAccessLog } from "../../schema/generated/envoy/extensions/access_loggers/stream/v3.ts";
import { formatOf, linePlan } from "../../stream/log-line.ts";

export const stderrAccessLog = defineExtension<"envoy.access_loggers", StderrAccessLog>({
  category: "envoy.access_loggers",
  name: "envoy.access_loggers.stderr",
  config: "envoy.extensions.access_loggers.stream.v3.StderrAccessLog",
  honours: { "envoy.extensions.access_loggers.stream.v3.StderrAccessLog": ["log_format"] },
  compile: (config, context) => linePlan("/dev/stderr", formatOf(config, context)),
});
