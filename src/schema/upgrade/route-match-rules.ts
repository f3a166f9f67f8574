/** What routes and headers are matched with: patterns became a message that names their engine. */
import { textOfRaw, type RawValue } from "../../diagnostics/raw.ts";
import { raw } from "./addresses.ts";
import type { MessageUpgrade, Rule, Rules } from "./message-upgrade.ts";
import { rulesOf } from "./words.ts";

function safeRegex(message: MessageUpgrade, key: string, pattern: RawValue): RawValue {
  return message.tree(key, raw({ regex: pattern }));
}

/** A pattern of std::regex; v3 takes RE2's syntax. */
const regex: Rule = (message, key, value) => {
  if (typeof value === "string") message.replace(key, "safe_regex", safeRegex(message, key, value));
  else message.set(key, value, key);
};

function stringMatch(message: MessageUpgrade, key: string, matcher: Readonly<Record<string, RawValue>>): void {
  message.replace(key, "string_match", message.tree(key, raw(matcher)));
}

const regexMatch: Rule = (message, key, value) => stringMatch(message, key, { safe_regex: safeRegex(message, key, value) });

/** v1 and early v2: a value, and a flag that makes it a pattern. */
const valueOrRegex: Rule = (message, key, value) => {
  if (message.raw["regex"] === true || message.raw["regex"] === "true") stringMatch(message, key, { safe_regex: safeRegex(message, key, value) });
  else if (value === "") message.replace(key, "present_match", true);
  else stringMatch(message, key, { exact: value });
};

/** The flag is used up where the value is read. */
const flag: Rule = (message, key) => message.drop(key, `${key} only says how the value was meant`, "v2");

/** Virtual clusters were a pattern of the path, and a method. */
function onHeader(name: string, matcher: (message: MessageUpgrade, key: string, value: RawValue) => RawValue): Rule {
  return (message, key, value) => {
    const header = raw({ name, string_match: matcher(message, key, value) });
    message.replace(key, "headers", message.tree(key, [...message.items(message.out["headers"] ?? null), header]));
  };
}

export const ROUTE_MATCH_RULES: Rules = {
  "envoy.api.v2.route.RouteMatch.regex": regex,
  "envoy.type.matcher.StringMatcher.regex": regex,
  ...rulesOf("envoy.api.v2.route.HeaderMatcher", { regex_match: regexMatch, value: valueOrRegex, regex: flag }),
  ...rulesOf("envoy.api.v2.route.QueryParameterMatcher", { value: valueOrRegex, regex: flag }),
  ...rulesOf("envoy.api.v2.route.VirtualCluster", {
    pattern: onHeader(":path", (message, key, value) => raw({ safe_regex: safeRegex(message, key, value) })),
    method: onHeader(":method", (_message, _key, value) => raw({ exact: textOfRaw(value).toUpperCase() })),
  }),
};
