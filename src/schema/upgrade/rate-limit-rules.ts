/** Rate limit actions of v1: a type, with its fields beside it. */
import { isRawMap, textOfRaw } from "../../diagnostics/raw.ts";
import type { Rule, Rules } from "./message-upgrade.ts";
import { rulesOf } from "./words.ts";

const type: Rule = (message, key, value) => {
  const name = textOfRaw(value);
  if (!isRawMap(message.out[name])) message.set(name, message.made(key), key);
  message.say(key, "An action's type is the name of its field in v3", `Write ${name}: { ... }`, "v1");
};

const part: Rule = (message, key, value) => {
  const name = message.text("type");
  if (name === "") return message.set(key, value, key);
  message.setAt([name, key], key === "headers" ? message.tree(key, message.items(value).map((header) => message.as("envoy.api.v2.route.HeaderMatcher", header))) : value, key);
};

export const RATE_LIMIT_RULES: Rules = rulesOf("envoy.api.v2.route.RateLimit.Action", { type, header_name: part, descriptor_key: part, descriptor_value: part, headers: part, expect_match: part });
