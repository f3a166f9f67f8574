/** Tags of statistics: their patterns are not RE2's but those of the C++ library. */
import { messageCheck, type MessageCheck } from "../contract/message-check.ts";
import { stdRegexFault } from "../match/std-regex/fault.ts";
import type { TagSpecifier } from "../schema/generated/envoy/config/metrics/v3.ts";
import { DEFAULT_TAGS } from "../stats/tag-patterns.ts";

/** Why Envoy refuses a tag, and at which of its fields. */
function faultOf({ tag_name: name = "", regex = "", fixed_value: value }: TagSpecifier): readonly [key: string, message: string] | undefined {
  if (value !== undefined) return undefined;
  if (regex === "") return DEFAULT_TAGS.some((tag) => tag.name === name) ? undefined : ["tag_name", `there is no default tag '${name}', and no regex says how to find one`];
  return name === "" ? ["tag_name", "a tag that has a regex must have a name"] : undefined;
}

export const TAG_CHECKS: readonly MessageCheck[] = [
  messageCheck("envoy.config.metrics.v3.TagSpecifier", (tag, { diagnostics }) => {
    const fault = faultOf(tag);
    if (fault !== undefined) diagnostics.report({ code: "LGT0805", at: tag, key: fault[0], message: fault[1] });
    const invalid = fault !== undefined || (tag.regex ?? "") === "" ? undefined : stdRegexFault(tag.regex ?? "");
    if (invalid !== undefined) diagnostics.report({ code: "LGT0503", at: tag, key: "regex", message: `invalid regex, for std::regex: ${invalid}` });
  }),
];
