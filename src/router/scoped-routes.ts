/** Scoped routes: which route table a request is routed by, found by a key that is made from its headers (source/common/router/scoped_config_impl.cc). */
import { toWire } from "../base/wire-text.ts";
import type { RouteTableHandle, RouteTableSource } from "../contract/route.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { nameId } from "../http/names.ts";
import type {
  ScopedRoutes, ScopedRoutes_ScopeKeyBuilder_FragmentBuilder_HeaderValueExtractor as Extractor,
} from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import type { ScopedRouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import { type RouteTable, tableOf } from "./route-table.ts";

const PACKAGE = "envoy.extensions.filters.network.http_connection_manager.v3";

export const honours = {
  [`${PACKAGE}.ScopedRoutes`]: ["name", "scope_key_builder", "scoped_route_configurations_list", "scoped_rds", "rds_config_source"],
  [`${PACKAGE}.ScopedRds`]: ["scoped_rds_config_source"],
  [`${PACKAGE}.ScopedRouteConfigurationsList`]: ["scoped_route_configurations"],
  [`${PACKAGE}.ScopedRoutes.ScopeKeyBuilder`]: ["fragments"],
  [`${PACKAGE}.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder`]: ["header_value_extractor"],
  [`${PACKAGE}.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor`]: ["name", "element_separator", "index", "element"],
  [`${PACKAGE}.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor.KvElement`]: ["separator", "key"],
  "envoy.config.route.v3.ScopedRouteConfiguration": ["name", "route_configuration_name", "route_configuration", "key", "on_demand"],
  "envoy.config.route.v3.ScopedRouteConfiguration.Key": ["fragments"],
  "envoy.config.route.v3.ScopedRouteConfiguration.Key.Fragment": ["string_key"],
} as const;

/** One part of a key; `undefined`: the request has none, and with that no scope. */
type Fragment = (headers: HeaderBlock) => string | undefined;

/** Of two keys with the same fragments one is the other's. */
function keyOf(fragments: readonly string[]): string {
  return JSON.stringify(fragments);
}

function compileFragment(config: Extractor): Fragment {
  const id = nameId(config.name ?? "");
  const separator = toWire(config.element_separator ?? "");
  const elements = (headers: HeaderBlock): readonly string[] => {
    const first = headers.get(id);
    if (first === null) return [];
    return separator === "" ? [first] : first.split(separator);
  };
  if (config.element === undefined) return (headers) => elements(headers)[config.index ?? 0];
  const [key, between] = [toWire(config.element.key ?? ""), toWire(config.element.separator ?? "")];
  return (headers) => {
    for (const element of elements(headers)) {
      const at = element.indexOf(between);
      if (key === (at < 0 ? element : element.slice(0, at))) return at < 0 ? "" : element.slice(at + between.length);
    }
    return undefined;
  };
}

export interface ScopesPlan {
  readonly fragments: readonly Fragment[];
  /** Key of a scope to the name of its table. */
  readonly tables: ReadonlyMap<string, string>;
  /** The resource that holds the scopes instead, where they are discovered. */
  readonly discovered: string | null;
}

/** Names of resources of type `scopes` begin so. */
const DISCOVERED = "\u0000scopes:";

/** The name of the resource that holds discovered scopes: managers that discover the same share it. Undefined where they stand in the configuration. */
export function scopesResource({ scoped_rds: discovered, rds_config_source: tables }: ScopedRoutes): string | undefined {
  return discovered === undefined ? undefined : DISCOVERED + JSON.stringify([discovered.scoped_rds_config_source, discovered.srds_resources_locator, tables]);
}

/** Discovered scopes, by key. Of one that is `on_demand` the table is there when the filter of that name has asked for it. */
export class ScopeSet {
  readonly tables = new Map<string, { readonly table: string; readonly onDemand: boolean }>();

  constructor(scopes: readonly ScopedRouteConfiguration[]) {
    for (const scope of scopes) this.tables.set(keyOfScope(scope), { table: scope.route_configuration_name ?? "", onDemand: scope.on_demand ?? false });
  }
}

/** Of two scopes with one key the later counts. */
export function compileScopes(config: ScopedRoutes): ScopesPlan {
  const scopes = config.scoped_route_configurations_list?.scoped_route_configurations ?? [];
  return {
    fragments: (config.scope_key_builder?.fragments ?? []).map((fragment) => compileFragment(fragment.header_value_extractor ?? {})),
    tables: new Map(scopes.map((scope) => [keyOfScope(scope), scope.route_configuration_name ?? ""])),
    discovered: scopesResource(config) ?? null,
  };
}

export function keyOfScope(scope: ScopedRouteConfiguration): string {
  return keyOf((scope.key?.fragments ?? []).map((fragment) => toWire(fragment.string_key ?? "")));
}

/** The key of a request, `undefined` if one of its parts is missing. */
export function scopeKey({ fragments }: ScopesPlan, headers: HeaderBlock): string | undefined {
  const parts: string[] = [];
  for (const fragment of fragments) {
    const part = fragment(headers);
    if (part === undefined) return undefined;
    parts.push(part);
  }
  return keyOf(parts);
}

/** Scopes opened in a worker. */
export class Scopes {
  private readonly plan: ScopesPlan;
  private readonly routes: RouteTableSource;
  private readonly handles: ReadonlyMap<string, RouteTableHandle>;
  private readonly discovered: RouteTableHandle | null;
  /** Whether requests pass the filter that asks for scopes on demand. */
  private readonly asks: boolean;
  /** Tables that were asked for. */
  private readonly asked = new Set<string>();

  constructor(plan: ScopesPlan, routes: RouteTableSource, asks: boolean) {
    this.plan = plan;
    this.routes = routes;
    this.asks = asks;
    this.handles = new Map([...plan.tables].map(([key, name]) => [key, routes.handle(name)]));
    this.discovered = plan.discovered === null ? null : routes.handle(plan.discovered);
  }

  /** The table of a request's scope; null where there is none: such a request has no route. */
  tableFor(headers: HeaderBlock): RouteTable | null {
    const key = scopeKey(this.plan, headers);
    if (key === undefined) return null;
    const handle = this.discovered === null ? this.handles.get(key) : this.discoveredTable(key, this.discovered);
    return handle === undefined ? null : tableOf(handle);
  }

  private discoveredTable(key: string, scopes: RouteTableHandle): RouteTableHandle | undefined {
    const set = scopes.table();
    const scope = set instanceof ScopeSet ? set.tables.get(key) : undefined;
    if (scope === undefined) return undefined;
    if (scope.onDemand && !this.asked.has(scope.table)) {
      if (!this.asks) return undefined;
      this.asked.add(scope.table);
    }
    return this.routes.handle(scope.table);
  }
}
