/**
 * Inline route tables become resources of their own, so that a change of a route touches neither the listener nor its
 * connections. The listener keeps a reference in the form of `rds`.
 *
 *     listener{ filter: hcm{ route_config: T } }   ->   listener{ filter: hcm{ rds: NAME } },  route NAME: T
 */
import type { Origins } from "../diagnostics/origins.ts";
import type { FilterChain, Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import type { HttpConnectionManager } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";

const MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

export interface Lifted {
  readonly listener: Listener;
  readonly tables: readonly { readonly name: string; readonly message: RouteConfiguration }[];
}

/** Names of lifted tables begin so; no name of a user's table can (it holds a NUL, which the API forbids). */
export const INLINE = "\u0000inline:";

/** What is changed is copied, and the copies stand where their originals stood. */
export function liftRouteTables(listener: Listener, origins: Origins): Lifted {
  const tables: { name: string; message: RouteConfiguration }[] = [];
  const copy = <T extends object>(original: T, changed: T): T => {
    if (origins.has(original)) origins.derive(changed, original);
    return changed;
  };
  const lifted = (chain: FilterChain, place: number | string): FilterChain => copy(chain, {
    ...chain,
    filters: copy([...(chain.filters ?? [])], (chain.filters ?? []).map((filter, f) => {
      const manager = filter.typed_config as HttpConnectionManager | undefined;
      if (!isManager(filter.typed_config) || manager?.route_config === undefined) return filter;
      const name = `${INLINE}${listener.name ?? ""}/${place}/${f}`;
      tables.push({ name, message: manager.route_config });
      const { route_config: _, ...rest } = manager;
      return copy(filter, { ...filter, typed_config: copy(filter.typed_config as object, { ...rest, rds: { route_config_name: name } }) as never });
    })),
  });
  const chains = (listener.filter_chains ?? []).map(lifted);
  const last = listener.default_filter_chain === undefined ? {} : { default_filter_chain: lifted(listener.default_filter_chain, "default") };
  if (tables.length === 0) return { listener, tables };
  const list = copy((listener.filter_chains ?? []) as object, chains) as typeof chains;
  return { listener: copy(listener, { ...listener, filter_chains: list, ...last }), tables };
}

function isManager(any: { readonly "@type"?: string } | undefined): boolean {
  return any?.["@type"]?.endsWith(`/${MANAGER}`) ?? false;
}
