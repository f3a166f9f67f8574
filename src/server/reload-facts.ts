/** What is said of a configuration when it is taken. */
import type { Locality } from "../contract/host.ts";
import type { CompiledResource } from "../resources/resource.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";

/** Whether settings differ that are read at the start only: all but the resources and where they come from. */
export function needsRestart(before: string, after: string): boolean {
  const rest = (text: string): string => {
    const { static_resources: _s, dynamic_resources: _d, ...others } = JSON.parse(text) as Bootstrap;
    return JSON.stringify(others);
  };
  return rest(before) !== rest(after);
}

/** `2 listeners`. */
export function count(resources: readonly CompiledResource[], type: CompiledResource["type"]): string {
  const number = resources.filter((resource) => resource.type === type).length;
  return `${number} ${type}${number === 1 ? "" : "s"}`;
}

/** `node.locality`; null where it is not said. */
export function localityOf({ node }: Bootstrap): Locality | null {
  return node?.locality === undefined ? null : { region: "", zone: "", sub_zone: "", ...node.locality };
}

/** The file of `cluster_manager.outlier_detection`; "" for none. */
export function outlierLogOf(bootstrap: string): string {
  return bootstrap === "" ? "" : ((JSON.parse(bootstrap) as Bootstrap).cluster_manager?.outlier_detection?.event_log_path ?? "");
}
