/** Access log to a file. */
import { defineExtension } from "../../contract/extension.ts";
import type { FileAccessLog } from "../../schema/generated/envoy/extensions/access_loggers/file/v3.ts";
import { formatOf, linePlan } from "../../stream/log-line.ts";

export const fileAccessLog = defineExtension<"envoy.access_loggers", FileAccessLog>({
  category: "envoy.access_loggers",
  name: "envoy.access_loggers.file",
  config: "envoy.extensions.access_loggers.file.v3.FileAccessLog",
  honours: { "envoy.extensions.access_loggers.file.v3.FileAccessLog": ["path", "format", "json_format", "typed_json_format", "log_format"] },
  compile: (config, context) => linePlan(config.path ?? "", formatOf(config, context)),
});
