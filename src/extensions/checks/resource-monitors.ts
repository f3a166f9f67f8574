/** Monitors of the overload manager. */
import { type MessageCheck, refusals } from "../../contract/message-check.ts";

export const RESOURCE_MONITORS_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0406", "envoy.extensions.resource_monitors.fixed_heap.v3.FixedHeapConfig", (config, refuse) => {
    if (Number(config.max_heap_size_bytes ?? 0) === 0) refuse(config, "max_heap_size_bytes", "max_heap_size_bytes must be above 0");
  }),
];
