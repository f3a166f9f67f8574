/** HTTP filters: what v1, and v2 while it was young, named otherwise. */
import type { RawValue } from "../../diagnostics/raw.ts";
import { raw } from "./addresses.ts";
import type { MessageUpgrade, Rule, Rules } from "./message-upgrade.ts";
import { timeAt } from "./times.ts";
import { needless, rulesOf } from "./words.ts";

function hundredths(message: MessageUpgrade, key: string, value: RawValue): RawValue {
  return message.tree(key, raw({ numerator: value, denominator: "HUNDRED" }));
}

const percent: Rule = (message, key, value) => message.replace(key, "percentage", hundredths(message, key, value), "v1");

/** The health check filter answered one path; v3 matches any headers. */
const endpoint: Rule = (message, key, value) => {
  message.replace(key, "headers", message.tree(key, [raw({ name: ":path", string_match: raw({ exact: value }) })]), "v1");
};

const noTime = needless("The buffer filter has no time limit in v3");

export const HTTP_FILTER_RULES: Rules = {
  ...rulesOf("envoy.config.filter.fault.v2.FaultDelay", {
    type: needless("There is one kind of delay", "v2"), percent, fixed_delay_percent: percent, fixed_duration_ms: timeAt("fixed_delay"),
  }),
  ...rulesOf("envoy.config.filter.http.fault.v2.FaultAbort", { percent, abort_percent: percent }),
  "envoy.config.filter.http.health_check.v2.HealthCheck.endpoint": endpoint,
  ...rulesOf("envoy.config.filter.http.buffer.v2.Buffer", { max_request_time: noTime, max_request_time_s: noTime, max_request_time_ms: noTime }),
  "envoy.config.filter.http.ext_authz.v2.ExtAuthz.use_alpha": needless("v3 speaks one API only", "v2"),
};
