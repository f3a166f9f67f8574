/** What extensions cannot do without, where the API's own rules do not say it. */
import type { MessageCheck } from "../../contract/message-check.ts";
import { type Refuse, refusals } from "../../contract/message-check.ts";
import type { Messages } from "../../schema/generated/messages.ts";

const EXT = "envoy.extensions";

/** One of the fields must be set. */
function oneOf<Name extends keyof Messages>(type: Name, ...fields: (keyof Messages[Name] & string)[]): MessageCheck {
  return refusals("LGT0406", type, (message, refuse) => {
    if (fields.every((field) => isEmpty(message[field]))) refuse(message, undefined, fields.length === 1 ? `${fields[0]} is required` : `one of ${fields.join(", ")} is required`);
  });
}

function isEmpty(value: unknown): boolean {
  return value === undefined || value === "" || (Array.isArray(value) && value.length === 0);
}

interface Moduled {
  readonly dynamic_module_config?: { readonly name?: string; readonly module?: object };
}

function checkModule(message: Moduled, refuse: Refuse): void {
  const module = message.dynamic_module_config;
  if (isEmpty(module?.name) && module?.module === undefined) refuse(module ?? message, undefined, "a dynamic module needs its name, or where it is: name or module in dynamic_module_config");
}

/** Where the module may be left out by the API's rules. */
const MODULED = [
  `${EXT}.bootstrap.dynamic_modules.v3.DynamicModuleBootstrapExtension`,
  `${EXT}.filters.http.dynamic_modules.v3.DynamicModuleFilter`,
  `${EXT}.filters.http.dynamic_modules.v3.DynamicModuleFilterPerRoute`,
  `${EXT}.filters.listener.dynamic_modules.v3.DynamicModuleListenerFilter`,
  `${EXT}.filters.network.dynamic_modules.v3.DynamicModuleNetworkFilter`,
] as const;

const WASM = [
  `${EXT}.access_loggers.wasm.v3.WasmAccessLog`, `${EXT}.filters.http.wasm.v3.Wasm`, `${EXT}.filters.network.wasm.v3.Wasm`, `${EXT}.stat_sinks.wasm.v3.Wasm`,
] as const;

export const REQUIRED_PARTS_CHECKS: readonly MessageCheck[] = [
  oneOf(`${EXT}.access_loggers.filters.cel.v3.ExpressionFilter`, "expression"),
  oneOf(`${EXT}.access_loggers.filters.process_ratelimit.v3.ProcessRateLimitFilter`, "dynamic_config"),
  oneOf("envoy.config.trace.v3.OpenTelemetryConfig", "grpc_service", "http_service", "exporter"),
  oneOf(`${EXT}.filters.http.grpc_json_reverse_transcoder.v3.GrpcJsonReverseTranscoder`, "descriptor_path", "descriptor_binary"),
  oneOf(`${EXT}.filters.http.thrift_to_metadata.v3.ThriftToMetadata`, "request_rules", "response_rules"),
  oneOf(`${EXT}.filters.http.proto_message_extraction.v3.ProtoMessageExtractionConfig`, "data_source", "proto_descriptor_typed_metadata"),
  refusals("LGT0406", `${EXT}.filters.http.proto_api_scrubber.v3.ProtoApiScrubberConfig`, (config, refuse) => {
    if (config.descriptor_set?.data_source === undefined) refuse(config, "descriptor_set", "descriptor_set needs a data_source");
  }),
  refusals("LGT0406", `${EXT}.access_loggers.open_telemetry.v3.OpenTelemetryAccessLogConfig`, (config, refuse) => {
    if (config.grpc_service === undefined && config.http_service === undefined && config.common_config?.grpc_service === undefined) refuse(config, undefined, "one of grpc_service, http_service and common_config.grpc_service is required");
  }),
  refusals("LGT0406", `${EXT}.access_loggers.stats.v3.Config`, (config, refuse) => {
    if (isEmpty(config.stat_prefix) === (config.stats_scope === undefined)) refuse(config, undefined, "either stat_prefix or stats_scope is required, not both");
  }),
  ...WASM.map((type) => oneOf(type, "config")),
  refusals("LGT0406", `${EXT}.wasm.v3.PluginConfig`, (config, refuse) => {
    if (config.vm_config?.code === undefined) refuse(config.vm_config ?? config, undefined, "a Wasm plugin needs its code: vm_config.code");
  }),
  ...MODULED.map((type) => refusals("LGT0406", type, checkModule)),
];
