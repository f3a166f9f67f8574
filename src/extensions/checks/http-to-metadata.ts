/** Filters that put parts of a body into metadata. */
import { type MessageCheck, type Refuse, refusals } from "../../contract/message-check.ts";
import type { JsonToMetadata_MatchRules, JsonToMetadata_Rule } from "../../schema/generated/envoy/extensions/filters/http/json_to_metadata/v3.ts";

function checkRule(rule: JsonToMetadata_Rule, refuse: Refuse): void {
  if (rule.on_present === undefined && rule.on_missing === undefined) refuse(rule, undefined, "one of on_present and on_missing must be set");
  for (const key of ["on_missing", "on_error"] as const) if (rule[key] !== undefined && rule[key]?.value === undefined) refuse(rule, key, `${key} needs a value`);
}

function checkRules(rules: JsonToMetadata_MatchRules | undefined, refuse: Refuse): void {
  for (const rule of rules?.rules ?? []) checkRule(rule, refuse);
}

export const HTTP_TO_METADATA_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.http.json_to_metadata.v3.JsonToMetadata", (config, refuse) => {
    checkRules(config.request_rules, refuse);
    checkRules(config.response_rules, refuse);
  }),
  refusals("LGT0406", "envoy.extensions.filters.network.thrift_proxy.filters.payload_to_metadata.v3.PayloadToMetadata.Rule", (rule, refuse) => {
    if (rule.on_present === undefined && rule.on_missing === undefined) refuse(rule, undefined, "one of on_present and on_missing must be set");
    if (rule.on_missing !== undefined && (rule.on_missing.value ?? "") === "") refuse(rule, "on_missing", "on_missing needs a value");
  }),
  refusals("LGT0406", "envoy.extensions.content_parsers.json.v3.JsonContentParser", (config, refuse) => {
    for (const { rule } of config.rules ?? []) {
      if (rule !== undefined && rule.on_present === undefined && rule.on_missing === undefined && rule.on_error === undefined) refuse(rule, undefined, "at least one of on_present, on_missing and on_error must be set");
    }
  }),
];
