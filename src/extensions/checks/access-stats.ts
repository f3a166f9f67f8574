/** The access logger that counts statistics. */
import { type MessageCheck, type Refuse, refusals } from "../../contract/message-check.ts";

function checkValue(stat: { readonly value_format?: string; readonly value_fixed?: number | string }, refuse: Refuse): void {
  const format = (stat.value_format ?? "") !== "";
  if (format && stat.value_fixed !== undefined) refuse(stat, "value_fixed", "only one of value_format and value_fixed can be set");
  else if (!format && stat.value_fixed === undefined) refuse(stat, undefined, "one of value_format and value_fixed must be set");
}

const STATS = "envoy.extensions.access_loggers.stats.v3.Config";

export const ACCESS_STATS_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", `${STATS}.Counter`, checkValue),
  refusals("LGT0406", `${STATS}.Gauge`, (gauge, refuse) => {
    checkValue(gauge, refuse);
    if (gauge.set !== undefined && gauge.add_subtract !== undefined) refuse(gauge, "add_subtract", "a gauge is either set, or added to and subtracted from");
    else if (gauge.set === undefined && gauge.add_subtract === undefined) refuse(gauge, undefined, "a gauge needs an operation: set or add_subtract");
  }),
  refusals("LGT0406", `${STATS}.Gauge.Set`, (set, refuse) => {
    if ((set.log_type ?? "NotSet") === "NotSet") refuse(set, "log_type", "log_type must say at which log entry");
  }),
  refusals("LGT0406", `${STATS}.Gauge.PairedAddSubtract`, (pair, refuse) => {
    const [add, subtract] = [pair.add_log_type ?? "NotSet", pair.sub_log_type ?? "NotSet"];
    if (add === "NotSet" || subtract === "NotSet") refuse(pair, undefined, "add_log_type and sub_log_type must say at which log entries");
    else if (add === subtract) refuse(pair, "sub_log_type", "add_log_type and sub_log_type must differ");
  }),
];
