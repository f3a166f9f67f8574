/** Discovered scopes: one resource for all of a source, and one for each table that a scope brought with it. */
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { Origins } from "../diagnostics/origins.ts";
import { keyOfScope } from "../router/scoped-routes.ts";
import type { ScopedRouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import { INLINE, SCOPE } from "./lift-route-tables.ts";
import type { Resource } from "./resource.ts";
import type { ScopesSubscription, Subscription } from "./subscriptions.ts";

export interface GatheredScopes {
  readonly resources: readonly Resource[];
  /** Tables that scopes name. */
  readonly wanted: readonly Subscription[];
}

/** The resources that the scopes of a file make. What Envoy refuses of them is reported. */
export function gatherScopes(scopes: readonly ScopedRouteConfiguration[], { name, file, tables }: ScopesSubscription, origins: Origins, diagnostics: Diagnostics): GatheredScopes {
  const resources: Resource[] = [];
  const wanted: Subscription[] = [];
  const messages = scopes.map((scope) => {
    const { route_configuration: own, ...rest } = scope;
    const named = scope.route_configuration_name ?? "";
    if (own === undefined) {
      if (named !== "" && tables !== undefined) wanted.push({ type: "route", name: named, file: tables, at: scope, key: "route_configuration_name" });
      return scope;
    }
    const table = `${INLINE}${name}${SCOPE}${scope.name ?? ""}`;
    resources.push({ type: "route", name: table, message: own, written: null, source: file, fixed: false });
    const lifted = { ...rest, route_configuration_name: table };
    origins.derive(lifted, scope);
    return lifted;
  });
  checkScopes(scopes, diagnostics);
  resources.push({ type: "scopes", name, message: { scoped_route_configurations: messages }, written: { scoped_route_configurations: scopes }, source: file, fixed: false });
  return { resources, wanted };
}

/** Names and keys are unique, and every scope has a table. */
function checkScopes(scopes: readonly ScopedRouteConfiguration[], diagnostics: Diagnostics): void {
  const byName = new Map<string, ScopedRouteConfiguration>();
  const byKey = new Map<string, ScopedRouteConfiguration>();
  for (const scope of scopes) {
    const name = scope.name ?? "";
    const refuse = (key: string, message: string, first?: ScopedRouteConfiguration): void => diagnostics.report({
      code: "LGT0574", at: scope, key, message, ...(first === undefined ? {} : { related: [{ at: first, key, message: "which stands here" }] }),
    });
    const [sameName, sameKey] = [byName.get(name), byKey.get(keyOfScope(scope))];
    if (sameName !== undefined) refuse("name", `there is already a scope named '${name}'`, sameName);
    else if (sameKey !== undefined) refuse("key", `the scope '${name}' has the key of '${sameKey.name ?? ""}'`, sameKey);
    if (scope.route_configuration === undefined && (scope.route_configuration_name ?? "") === "") refuse("route_configuration_name", `the scope '${name}' has no route table: route_configuration_name is empty`);
    byName.set(name, scope);
    byKey.set(keyOfScope(scope), scope);
  }
}
