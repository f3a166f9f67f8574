/** Tracers. */
import { isRawMap, type RawValue, textOfRaw } from "../../diagnostics/raw.ts";
import type { Finishers, MessageUpgrade, Rule, Rules } from "./message-upgrade.ts";
import { rulesOf } from "./words.ts";

const ZIPKIN = "envoy.config.trace.v2.ZipkinConfig";

/** v1 said the tracer as `driver: { type, config }`. */
const driver: Rule = (message, key, value) => {
  if (!isRawMap(value)) return message.set(key, value, key);
  const upgraded = message.as("envoy.config.trace.v2.Tracing.Http", message.made(key, { name: `envoy.${textOfRaw(value["type"])}`, config: value["config"] ?? null }));
  for (const [name, entry] of Object.entries(isRawMap(upgraded) ? upgraded : {})) message.set(name, entry, key);
  message.say(key, "The tracer stands in http itself", "Write http: { name: ..., typed_config: ... }", "v1");
};

/** Zipkin's first format is gone; it was the default. */
const version: Rule = (message, key, value) => {
  if (textOfRaw(value).toUpperCase() === "HTTP_JSON_V1" || value === 0) json(message, key);
  else message.set("collector_endpoint_version", value, key);
};

function json(message: MessageUpgrade, key: string | undefined): void {
  const value: RawValue = "HTTP_JSON";
  if (key === undefined) message.out["collector_endpoint_version"] = value;
  else message.set("collector_endpoint_version", value, key);
  const path = message.has("collector_endpoint", "collectorEndpoint") ? ", and collector_endpoint: /api/v2/spans, which takes it" : "";
  message.say(key, "Zipkin's first format, once the default, is gone", `Write collector_endpoint_version: ${value}${path}`, key === undefined ? "none" : "v2");
}

export const TRACING_RULES: Rules = {
  "envoy.config.trace.v2.Tracing.Http.driver": driver,
  ...rulesOf(ZIPKIN, { collector_endpoint_version: version }),
};

export const TRACING_FINISHERS: Finishers = {
  [ZIPKIN]: (message) => {
    if (!message.has("collector_endpoint_version", "collectorEndpointVersion")) json(message, undefined);
  },
};
