/** Access logs of v1: a path, a format and a filter with an operator. */
import { isRawMap, type RawMap, type RawValue, textOfRaw } from "../../diagnostics/raw.ts";
import { raw } from "./addresses.ts";
import type { MessageUpgrade, Rule, Rules } from "./message-upgrade.ts";
import { rulesOf } from "./words.ts";

const FILE_LOG = "type.googleapis.com/envoy.extensions.access_loggers.file.v3.FileAccessLog";
const FILTER = "envoy.config.filter.accesslog.v2.AccessLogFilter";
const OPERATORS: Readonly<Record<string, string>> = { ">=": "GE", "=": "EQ", "<=": "LE" };

const path: Rule = (message, key, value) => {
  const format = message.raw["format"];
  const config = message.made(key, { "@type": FILE_LOG, path: value, ...(format === undefined ? {} : { log_format: message.tree("format", raw({ text_format_source: raw({ inline_string: format }) })) }) });
  message.set("name", "envoy.access_loggers.file", key);
  message.set("typed_config", config, key);
  message.say(key, "A log to a file is an extension in v3", `Write name: envoy.access_loggers.file and typed_config: { "@type": ${FILE_LOG}, path: ${textOfRaw(value)} }`, "v1");
};

const format: Rule = (message, key, value) => {
  if (message.raw["path"] === undefined) message.set(key, value, key);
  else message.say(key, "The format stands in the typed_config", "Write log_format: { text_format_source: { inline_string: ... } } there", "v1");
};

function comparison(filter: RawMap): RawValue {
  return raw({ op: OPERATORS[textOfRaw(filter["op"])] ?? "GE", value: raw({ default_value: filter["value"] ?? 0, runtime_key: filter["runtime_key"] ?? "access_log.unnamed" }) });
}

/** The v3 form of a filter of v1, by its type. */
function byType(filter: RawMap, nested: (filter: RawValue) => RawValue): RawValue | undefined {
  const list = Array.isArray(filter["filters"]) ? filter["filters"].map(nested) : [];
  switch (filter["type"]) {
    case "status_code": return raw({ status_code_filter: raw({ comparison: comparison(filter) }) });
    case "duration": return raw({ duration_filter: raw({ comparison: comparison(filter) }) });
    case "not_healthcheck": return raw({ not_health_check_filter: raw({}) });
    case "traceable_request": return raw({ traceable_filter: raw({}) });
    case "runtime": return raw({ runtime_filter: raw({ runtime_key: filter["key"] ?? "" }) });
    case "logical_and": return raw({ and_filter: raw({ filters: list }) });
    case "logical_or": return raw({ or_filter: raw({ filters: list }) });
    default: return undefined;
  }
}

const filter: Rule = (message, key, value) => {
  const upgraded = isRawMap(value) && typeof value["type"] === "string" ? ofV1(message, key, value) : undefined;
  if (upgraded === undefined) return message.set(key, message.as(FILTER, value), key);
  message.replace(key, "filter", upgraded, "v1", "A filter's type is the name of its field in v3");
};

function ofV1(message: MessageUpgrade, key: string, value: RawMap): RawValue | undefined {
  const nested = (inner: RawValue): RawValue => (isRawMap(inner) ? byType(inner, nested) ?? inner : inner);
  const upgraded = byType(value, nested);
  return upgraded === undefined ? undefined : message.tree(key, upgraded);
}

export const ACCESS_LOG_RULES: Rules = {
  ...rulesOf("envoy.config.filter.accesslog.v2.AccessLog", { path, format, filter }),
};
