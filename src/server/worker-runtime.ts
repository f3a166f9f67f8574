/** The runtime as workers have it: the values in force, and limits that resource monitors set. */
import type { RuntimeValue } from "../contract/request-view.ts";
import { GLOBAL_KEY } from "../downstream/connection-limits.ts";
import { connectionLimit } from "../resources/overload.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";

export function workerRuntime(bootstrap: Bootstrap, values: Readonly<Record<string, RuntimeValue>>): Readonly<Record<string, RuntimeValue>> {
  const most = connectionLimit(bootstrap);
  return most === undefined ? values : { ...values, [GLOBAL_KEY]: most };
}
