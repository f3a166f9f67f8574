/** `upgrade_configs`: which upgrades (and CONNECT) a manager lets pass, each perhaps through filters of its own. */
import { isUpgrade } from "../codec/http1-connection.ts";
import type { CompileContext } from "../contract/extension.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { UPGRADE } from "../http/names.ts";
import type { RouteChoice } from "../router/route.ts";
import type { HttpConnectionManager } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import { compileHttpFilters, type FilterPlan } from "./http-filters.ts";

export interface UpgradePlan {
  readonly enabled: boolean;
  /** Null: those of the manager. */
  readonly filters: readonly FilterPlan[] | null;
}

/** By upgrade type in lower case. */
export function compileUpgrades(config: HttpConnectionManager, context: CompileContext): Map<string, UpgradePlan> {
  const plans = new Map<string, UpgradePlan>();
  for (const upgrade of config.upgrade_configs ?? []) {
    const type = upgrade.upgrade_type ?? "";
    const filters = upgrade.filters ?? [];
    plans.set(type.toLowerCase(), {
      enabled: upgrade.enabled ?? true,
      filters: filters.length === 0 ? null : compileHttpFilters(filters, context),
    });
  }
  return plans;
}

/** What the request would become, in lower case; null for a plain request. */
export function upgradeOf(headers: HeaderBlock): string | null {
  if (headers.has(UPGRADE) && isUpgrade(headers)) return headers.get(UPGRADE)?.toLowerCase() ?? null;
  return headers.method === "CONNECT" ? "connect" : null;
}

/** May it: the route decides if it says anything, else the manager's configuration. */
export function upgradeAllowed(type: string, choice: RouteChoice | null, plan: { readonly enabled: boolean } | undefined): boolean {
  return choice?.route?.forward?.upgrades.get(type) ?? plan?.enabled === true;
}

/** Does this response turn the connection into a tunnel (Envoy's `is_tunneling_`). */
export function beginsTunnel(response: HeaderBlock, method: string): boolean {
  if (response.has(UPGRADE) && isUpgrade(response)) return true;
  return method === "CONNECT" && response.status === 200;
}
