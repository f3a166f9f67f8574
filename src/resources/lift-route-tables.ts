/**
 * Inline route tables become resources of their own, so that a change of a route touches neither the listener nor its
 * connections. The listener keeps a reference in the form of `rds`.
 *
 *     listener{ filter: hcm{ route_config: T } }   ->   listener{ filter: hcm{ rds: NAME } },  route NAME: T
 *
 * The tables of scopes likewise: their scopes keep a `route_configuration_name`.
 */
import type { Origins } from "../diagnostics/origins.ts";
import type { FilterChain, Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { RouteConfiguration, ScopedRouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import type { HttpConnectionManager } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";

const MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

export interface Lifted {
  readonly listener: Listener;
  readonly tables: readonly { readonly name: string; readonly message: RouteConfiguration }[];
}

/** Names of lifted tables begin so; no name of a user's table can (it holds a NUL, which the API forbids). */
export const INLINE = "\u0000inline:";
/** Between the name of a lifted table's connection manager and the number of the scope that it came from. */
export const SCOPE = "\u0000scope:";

/** What is changed is copied, and the copies stand where their originals stood. */
export function liftRouteTables(listener: Listener, origins: Origins): Lifted {
  const lifting = new Lifting(origins);
  const { copy } = lifting;
  const chainWithout = (chain: FilterChain, place: number | string): FilterChain => copy(chain, {
    ...chain,
    filters: copy([...(chain.filters ?? [])], (chain.filters ?? []).map((filter, f) => {
      if (!isManager(filter.typed_config)) return filter;
      const manager = filter.typed_config as HttpConnectionManager;
      const lifted = lifting.manager(manager, `${INLINE}${listener.name ?? ""}/${place}/${f}`);
      return lifted === manager ? filter : copy(filter, { ...filter, typed_config: copy(manager as object, lifted) as never });
    })),
  });
  const chains = (listener.filter_chains ?? []).map(chainWithout);
  const last = listener.default_filter_chain === undefined ? {} : { default_filter_chain: chainWithout(listener.default_filter_chain, "default") };
  const { tables } = lifting;
  if (tables.length === 0) return { listener, tables };
  const list = copy((listener.filter_chains ?? []) as object, chains) as typeof chains;
  return { listener: copy(listener, { ...listener, filter_chains: list, ...last }), tables };
}

class Lifting {
  readonly tables: { name: string; message: RouteConfiguration }[] = [];
  private readonly origins: Origins;

  constructor(origins: Origins) {
    this.origins = origins;
  }

  readonly copy = <T extends object>(original: T, changed: T): T => {
    if (this.origins.has(original)) this.origins.derive(changed, original);
    return changed;
  };

  /** The manager without tables; itself if it has none. */
  manager(manager: HttpConnectionManager, name: string): HttpConnectionManager {
    if (manager.route_config !== undefined) {
      this.tables.push({ name, message: manager.route_config });
      const { route_config: _, ...rest } = manager;
      return { ...rest, rds: { route_config_name: name } };
    }
    const list = manager.scoped_routes?.scoped_route_configurations_list;
    if (list?.scoped_route_configurations === undefined) return manager;
    const scopes = this.copy(list.scoped_route_configurations as object, list.scoped_route_configurations.map((scope, i) => this.scope(scope, `${name}${SCOPE}${i}`))) as typeof list.scoped_route_configurations;
    const lists = this.copy(list, { ...list, scoped_route_configurations: scopes });
    return { ...manager, scoped_routes: this.copy(manager.scoped_routes ?? {}, { ...manager.scoped_routes, scoped_route_configurations_list: lists }) };
  }

  private scope(scope: ScopedRouteConfiguration, name: string): ScopedRouteConfiguration {
    if (scope.route_configuration === undefined) return scope;
    this.tables.push({ name, message: scope.route_configuration });
    const { route_configuration: _, ...rest } = scope;
    return this.copy(scope, { ...rest, route_configuration_name: name });
  }
}

function isManager(any: { readonly "@type"?: string } | undefined): boolean {
  return any?.["@type"]?.endsWith(`/${MANAGER}`) ?? false;
}
