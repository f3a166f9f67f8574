/** Filters that put parts of headers into metadata, or change headers. */
import { type MessageCheck, type Refuse, refusals } from "../../contract/message-check.ts";
import type { Config_Rule } from "../../schema/generated/envoy/extensions/filters/http/header_to_metadata/v3.ts";

function checkRule(rule: Config_Rule, refuse: Refuse): void {
  const [header, cookie] = [(rule.header ?? "") !== "", (rule.cookie ?? "") !== ""];
  if (header === cookie) refuse(rule, undefined, header ? "header and cookie cannot both be set" : "one of header and cookie must be set");
  if (rule.on_header_present === undefined && rule.on_header_missing === undefined) refuse(rule, undefined, "one of on_header_present and on_header_missing must be set");
  if ((rule.on_header_present?.value ?? "") !== "" && rule.on_header_present?.regex_value_rewrite !== undefined) refuse(rule.on_header_present, "value", "value and regex_value_rewrite cannot both be set");
  if (cookie && rule.remove === true) refuse(rule, "remove", "a cookie cannot be removed");
  if (rule.on_header_missing !== undefined && (rule.on_header_missing.value ?? "") === "") refuse(rule, "on_header_missing", "on_header_missing needs a value");
}

export const HTTP_HEADER_TO_METADATA_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.filters.http.header_to_metadata.v3.Config", (config, refuse) => {
    for (const rule of [...(config.request_rules ?? []), ...(config.response_rules ?? [])]) checkRule(rule, refuse);
  }),
];
