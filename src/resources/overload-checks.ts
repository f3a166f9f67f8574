/** What Envoy rejects about the overload manager. */
import { type MessageCheck, type Refuse, refusals } from "../contract/message-check.ts";
import type { OverloadAction, OverloadManager, Trigger } from "../schema/generated/envoy/config/overload/v3.ts";
import { typeOf } from "../schema/table.ts";

const ACTIONS = ["stop_accepting_requests", "disable_http_keepalive", "stop_accepting_connections", "reject_incoming_connections", "shrink_heap", "reduce_timeouts", "reset_high_memory_stream"]
  .map((name) => `envoy.overload_actions.${name}`);

const CONFIGURED: ReadonlyMap<string, string> = new Map([
  ["envoy.overload_actions.reduce_timeouts", "envoy.config.overload.v3.ScaleTimersOverloadActionConfig"],
  ["envoy.overload_actions.shrink_heap", "envoy.config.overload.v3.ShrinkHeapConfig"],
]);

/** Resources that need no monitor. */
const PROACTIVE = new Set(["envoy.resource_monitors.global_downstream_max_connections"]);

function checkTriggers(triggers: readonly Trigger[], owner: string, monitors: ReadonlySet<string>, refuse: Refuse): void {
  const seen = new Set<string>();
  for (const trigger of triggers) {
    const name = trigger.name ?? "";
    if (seen.has(name)) refuse(trigger, "name", `${owner} has two triggers for ${name}`);
    seen.add(name);
    if (!monitors.has(name)) refuse(trigger, "name", `${name} is not one of resource_monitors`);
    const scaled = trigger.scaled;
    if (scaled !== undefined && (scaled.scaling_threshold ?? 0) >= (scaled.saturation_threshold ?? 0)) refuse(scaled, "scaling_threshold", "scaling_threshold must be less than saturation_threshold");
  }
}

function checkAction(action: OverloadAction, manager: OverloadManager, refuse: Refuse): void {
  const name = action.name ?? "";
  if (!ACTIONS.includes(name)) refuse(action, "name", `Envoy has no overload action named '${name}'`);
  else if (name.endsWith("reset_high_memory_stream") && manager.buffer_factory_config === undefined) refuse(action, "name", `${name} needs buffer_factory_config`);
  else if (action.typed_config !== undefined) {
    const type = CONFIGURED.get(name);
    if (type === undefined) refuse(action, "typed_config", `${name} takes no typed_config`);
    else if (typeOf(action.typed_config["@type"]) !== type) refuse(action, "typed_config", `${name} is configured with ${type}`);
  }
}

function checkMonitors(manager: OverloadManager, refuse: Refuse): Set<string> {
  const names = new Set<string>();
  for (const monitor of manager.resource_monitors ?? []) {
    const name = monitor.name ?? "";
    if (names.has(name)) refuse(monitor, "name", `there is already a resource monitor ${name}`);
    names.add(name);
  }
  return names;
}

export const OVERLOAD_CHECKS: readonly MessageCheck[] = [
  refusals("LGT0806", "envoy.config.overload.v3.OverloadManager", (manager, refuse) => {
    const monitors = checkMonitors(manager, refuse);
    const actions = new Set<string>();
    for (const action of manager.actions ?? []) {
      checkAction(action, manager, refuse);
      if (actions.has(action.name ?? "")) refuse(action, "name", `there is already an overload action ${action.name ?? ""}`);
      actions.add(action.name ?? "");
      checkTriggers(action.triggers ?? [], action.name ?? "", new Set([...monitors, ...PROACTIVE]), refuse);
    }
    const points = new Set<string>();
    for (const point of manager.loadshed_points ?? []) {
      if (points.has(point.name ?? "")) refuse(point, "name", `there is already a load shed point ${point.name ?? ""}`);
      points.add(point.name ?? "");
      checkTriggers(point.triggers ?? [], point.name ?? "", monitors, refuse);
    }
  }),
  refusals("LGT0806", "envoy.config.overload.v3.ScaleTimersOverloadActionConfig", (config, refuse) => {
    const timers = new Set<string | number>();
    for (const scale of config.timer_scale_factors ?? []) {
      const timer = scale.timer ?? "UNSPECIFIED";
      if (timers.has(timer)) refuse(scale, "timer", `${timer} is given twice`);
      timers.add(timer);
    }
  }),
];
