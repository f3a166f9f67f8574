/** What of the overload manager is done here: the monitor that limits how many connections all listeners may have together. */
import type { Honours } from "../contract/extension.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Bootstrap } from "../schema/generated/envoy/config/bootstrap/v3.ts";
import type { DownstreamConnectionsConfig } from "../schema/generated/envoy/extensions/resource_monitors/downstream_connections/v3.ts";
import { typeOf } from "../schema/table.ts";

const CONNECTIONS = "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig";

export const honours: Honours = {
  "envoy.config.bootstrap.v3.Bootstrap": ["overload_manager"],
  "envoy.config.overload.v3.OverloadManager": ["resource_monitors", "refresh_interval"],
  "envoy.config.overload.v3.ResourceMonitor": ["name", "typed_config"],
  [CONNECTIONS]: ["max_active_downstream_connections"],
};

/** Reports each monitor that is not done here. */
export function checkMonitors({ overload_manager: manager }: Bootstrap, diagnostics: Diagnostics): void {
  for (const monitor of manager?.resource_monitors ?? []) {
    const type = typeOf(monitor.typed_config?.["@type"] ?? "") ?? "";
    if (type !== CONNECTIONS) diagnostics.report({ code: "LGT0901", at: monitor, key: "typed_config", message: `the resource monitor ${monitor.name ?? type} is known to Envoy and not done by legate yet` });
  }
}

/** The most connections of all listeners together; undefined: no monitor says. */
export function connectionLimit({ overload_manager: manager }: Bootstrap): number | undefined {
  const monitor = manager?.resource_monitors?.find(({ typed_config: config }) => typeOf(config?.["@type"] ?? "") === CONNECTIONS);
  const most = (monitor?.typed_config as DownstreamConnectionsConfig | undefined)?.max_active_downstream_connections;
  return most === undefined ? undefined : Number(most);
}
