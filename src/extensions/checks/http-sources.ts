/** Filters that need a source of keys, of responses or of criteria. */
import { type MessageCheck, type Refuse, refusals } from "../../contract/message-check.ts";
import { extensionByName, extensionByType } from "../../schema/extensions.ts";
import { typeOf } from "../../schema/table.ts";

interface CacheConfig {
  readonly typed_config?: { readonly "@type"?: string };
  readonly disabled?: boolean;
}

function checkCache(config: CacheConfig, category: string, refuse: Refuse): void {
  const type = typeOf(config.typed_config?.["@type"] ?? "");
  if (type === undefined) {
    if (config.disabled !== true) refuse(config, undefined, "one of typed_config and disabled must be set");
  } else if (extensionByType(category, type) === undefined) refuse(config, "typed_config", `${type} is not the configuration of a cache`);
}

export const HTTP_SOURCES_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.http.api_key_auth.v3.KeySource", (source, refuse) => {
    if ([source.header, source.query, source.cookie].every((name) => (name ?? "") === "")) refuse(source, undefined, "one of header, query and cookie must be set");
  }),
  refusals("LGT0406", "envoy.extensions.filters.http.cache.v3.CacheConfig", (config, refuse) => checkCache(config, "envoy.http.cache", refuse)),
  refusals("LGT0406", "envoy.extensions.filters.http.cache_v2.v3.CacheV2Config", (config, refuse) => checkCache(config, "envoy.http.cache_v2", refuse)),
  refusals("LGT0406", "envoy.extensions.filters.http.admission_control.v3.AdmissionControl", (config, refuse) => {
    if (config.success_criteria === undefined) refuse(config, undefined, "success_criteria must be set");
    const threshold = config.sr_threshold?.default_value;
    if (threshold !== undefined && Number(threshold.value ?? 0) < 1) refuse(threshold, "value", "the threshold of the success rate cannot be below 1 %");
  }),
  refusals("LGT0406", "envoy.extensions.filters.common.set_filter_state.v3.FilterStateValue", (value, refuse) => {
    const key = value.factory_key ?? value.object_key ?? "";
    if (extensionByName("filter_state.object", key) === undefined) refuse(value, value.factory_key === undefined ? "object_key" : "factory_key", `Envoy has no kind of filter state named '${key}'`);
  }),
];
