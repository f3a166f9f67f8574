import type { RuntimeView } from "../contract/request-view.ts";

/** The number under a runtime key, or what is configured. */
export function runtimeNumber(runtime: RuntimeView, key: string, otherwise: number): number {
  const value = runtime.get(key);
  return typeof value === "number" && value >= 0 ? value : otherwise;
}
