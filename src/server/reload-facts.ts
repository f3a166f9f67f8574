/** What is said of a configuration when it is taken. */
import type { Locality } from "../contract/host.ts";
import type { Configuration } from "../resources/configuration.ts";
import { type CompiledResource, keyOf } from "../resources/resource.ts";
import type { LiveResource } from "./admin-state.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";

/** Whether settings differ that are read at the start only: all but the resources and where they come from. */
export function needsRestart(before: string, after: string): boolean {
  const rest = (text: string): string => {
    const { static_resources: _s, dynamic_resources: _d, ...others } = JSON.parse(text) as Bootstrap;
    return JSON.stringify(others);
  };
  return rest(before) !== rest(after);
}

/**
 * What goes on though it is not in the new configuration: what a file gave that holds an error now, and a table or endpoints that are subscribed to
 * and that their file does not hold any more (an update without resources is none).
 */
export function keptOf(before: readonly CompiledResource[], { resources, refused, sources }: Configuration): readonly CompiledResource[] {
  const given = new Set(resources.map(keyOf));
  const followed = new Set(sources.map(({ type, name, file }) => `${type}/${name} ${file}`));
  return before.filter((one) => !given.has(keyOf(one)) && (refused.includes(one.source) || (!one.fixed && followed.has(`${keyOf(one)} ${one.source}`))));
}

/** What is live from now on; what is the same as before keeps its time. `now`: ms since 1970. */
export function relived(before: readonly LiveResource[], wanted: readonly CompiledResource[], now: number): LiveResource[] {
  const known = new Map(before.map((entry) => [keyOf(entry.resource), entry]));
  return wanted.map((resource) => {
    const entry = known.get(keyOf(resource));
    return entry?.resource.text === resource.text ? entry : { resource, updated: now };
  });
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
