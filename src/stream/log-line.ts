/** The formats that file, stdout and stderr loggers share: `log_format`, the deprecated ones of files, or Envoy's default. */
import type { AccessLogger, LoggedStream, LogType } from "../contract/access-logger.ts";
import type { CompileContext, Plan } from "../contract/extension.ts";
import { compileFormat, DEFAULT_FORMAT } from "../match/format/format-string.ts";
import { compileJsonFormat } from "../match/format/json-format.ts";
import { compileSubstitutionFormat, type FormatPlan } from "../match/format/substitution-format.ts";
import type { SubstitutionFormatString } from "../schema/generated/envoy/config/core/v3.ts";
import type { FileAccessLog } from "../schema/generated/envoy/extensions/access_loggers/file/v3.ts";
import { FormatView } from "./format-view.ts";

const NOWHERE = { report: (): void => undefined };
const DEFAULT = compileFormat(DEFAULT_FORMAT, false, { at: {}, key: "", diagnostics: NOWHERE }) as FormatPlan;

/** The format of a logger's configuration; the default one after an error, which was reported. */
export function formatOf(config: { readonly log_format?: SubstitutionFormatString } & FileAccessLog, { diagnostics }: CompileContext): FormatPlan {
  if (config.log_format !== undefined) return compileSubstitutionFormat(config.log_format, diagnostics) ?? DEFAULT;
  const json = config.json_format ?? config.typed_json_format;
  if (json !== undefined) return compileJsonFormat(json, false, { at: config, key: config.json_format === undefined ? "typed_json_format" : "json_format", diagnostics }) ?? DEFAULT;
  if (config.format !== undefined && config.format !== "") return compileFormat(config.format, false, { at: config, key: "format", diagnostics }) ?? DEFAULT;
  return DEFAULT;
}

/** A logger that writes a formatted record to `path` each time it is called. */
export function linePlan(path: string, format: FormatPlan): Plan<AccessLogger> {
  return {
    open(env) {
      const sink = env.logs.open(path);
      return { log: (stream: LoggedStream, type: LogType) => sink.write(format.format(new FormatView(stream, env.machine, env.clock.now(), "", type))) };
    },
  };
}
