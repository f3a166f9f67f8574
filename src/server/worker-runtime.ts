/** The runtime as workers have it: the values of its layers, and limits that resource monitors set. */
import type { RuntimeValue } from "../contract/request-view.ts";
import { GLOBAL_KEY } from "../downstream/connection-limits.ts";
import { connectionLimit } from "../resources/overload.ts";
import { finalValues, runtimeLayersOf } from "../resources/runtime.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";

export function workerRuntime(bootstrap: Bootstrap): Readonly<Record<string, RuntimeValue>> {
  const most = connectionLimit(bootstrap);
  return { ...finalValues(runtimeLayersOf(bootstrap)), ...(most === undefined ? {} : { [GLOBAL_KEY]: most }) };
}
