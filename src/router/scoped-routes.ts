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
  [`${PACKAGE}.ScopedRoutes`]: ["name", "scope_key_builder", "scoped_route_configurations_list"],
  [`${PACKAGE}.ScopedRouteConfigurationsList`]: ["scoped_route_configurations"],
  [`${PACKAGE}.ScopedRoutes.ScopeKeyBuilder`]: ["fragments"],
  [`${PACKAGE}.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder`]: ["header_value_extractor"],
  [`${PACKAGE}.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor`]: ["name", "element_separator", "index", "element"],
  [`${PACKAGE}.ScopedRoutes.ScopeKeyBuilder.FragmentBuilder.HeaderValueExtractor.KvElement`]: ["separator", "key"],
  // on_demand asks a control plane; scopes that stand in the configuration are all there
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
}

/** Of two scopes with one key the later counts. */
export function compileScopes(config: ScopedRoutes): ScopesPlan {
  const scopes = config.scoped_route_configurations_list?.scoped_route_configurations ?? [];
  return {
    fragments: (config.scope_key_builder?.fragments ?? []).map((fragment) => compileFragment(fragment.header_value_extractor ?? {})),
    tables: new Map(scopes.map((scope) => [keyOfScope(scope), scope.route_configuration_name ?? ""])),
  };
}

function keyOfScope(scope: ScopedRouteConfiguration): string {
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
  private readonly handles: ReadonlyMap<string, RouteTableHandle>;

  constructor(plan: ScopesPlan, routes: RouteTableSource) {
    this.plan = plan;
    this.handles = new Map([...plan.tables].map(([key, name]) => [key, routes.handle(name)]));
  }

  /** The table of a request's scope; null where there is none: such a request has no route. */
  tableFor(headers: HeaderBlock): RouteTable | null {
    const key = scopeKey(this.plan, headers);
    const handle = key === undefined ? undefined : this.handles.get(key);
    return handle === undefined ? null : tableOf(handle);
  }
}
