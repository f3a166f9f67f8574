import type { FilterChain, Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { RouteConfiguration, ScopedRouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import type { HttpConnectionManager } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import { asksForScopes } from "../downstream/manager-plan.ts";
import { typeOf } from "../schema/table.ts";
import { BOOTSTRAP, KINDS } from "../resources/kind.ts";
import type { LoadedMessage } from "../resources/load.ts";

/** A route table of a document, and the listener that uses it. */
export interface FoundTable {
  readonly message: RouteConfiguration;
  readonly name: string;
  /** The connection manager that uses it, its chain and its listener; undefined for a table that stands alone. */
  readonly manager: HttpConnectionManager | undefined;
  readonly chain: FilterChain | undefined;
  readonly owner: Listener | undefined;
  /** Of scoped routes: the scope that leads to it. */
  readonly scope: ScopedRouteConfiguration | undefined;
}

const MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

/** Every listener that the messages hold. */
export function listenersOf(messages: readonly LoadedMessage[]): Listener[] {
  return messages.flatMap((m) => (m.type === KINDS.listener ? [m.message as Listener] : m.type === BOOTSTRAP ? staticListeners(m.message) : []));
}

function staticListeners(bootstrap: object): readonly Listener[] {
  return (bootstrap as { readonly static_resources?: { readonly listeners?: readonly Listener[] } }).static_resources?.listeners ?? [];
}

/**
 * Every route table that the messages hold: those inside listeners, those that listeners name and the messages define, and
 * those that stand alone.
 */
export function routeTablesOf(messages: readonly LoadedMessage[]): FoundTable[] {
  const standing = messages.filter((m) => m.type === KINDS.route).map((m) => m.message as RouteConfiguration);
  const scopes = messages.filter((m) => m.type === KINDS.scoped_route).map((m) => m.message as ScopedRouteConfiguration);
  const used = listenersOf(messages).flatMap((owner) => chainsOf(owner).flatMap((chain) => tablesOf(owner, chain, standing, scopes)));
  const own = scopes.flatMap(({ route_configuration: table }) => table ?? []);
  const alone = [...standing, ...own].filter((message) => !used.some((found) => found.message === message));
  return [...used, ...alone.map((message) => ({ message, name: message.name ?? "", manager: undefined, chain: undefined, owner: undefined, scope: undefined }))];
}

/** The chains of a listener, the default one last. */
export function chainsOf(listener: Listener): readonly FilterChain[] {
  const chains = listener.filter_chains ?? [];
  return listener.default_filter_chain === undefined ? chains : [...chains, listener.default_filter_chain];
}

function tablesOf(owner: Listener, chain: FilterChain, standing: readonly RouteConfiguration[], loose: readonly ScopedRouteConfiguration[]): FoundTable[] {
  const manager = managerOf(chain);
  const named = (name: string | undefined): RouteConfiguration | undefined => standing.find((table) => table.name !== undefined && table.name === name);
  const found = (message: RouteConfiguration | undefined, scope?: ScopedRouteConfiguration): FoundTable[] => (message === undefined ? [] : [{ message, name: message.name ?? "", manager, chain, owner, scope }]);
  if (manager?.scoped_routes === undefined) return found(manager?.route_config ?? named(manager?.rds?.route_config_name));
  const scopes = manager.scoped_routes.scoped_route_configurations_list?.scoped_route_configurations ?? loose.filter((scope) => scope.on_demand !== true || asksForScopes(manager));
  return scopes.flatMap((scope) => found(scope.route_configuration ?? named(scope.route_configuration_name), scope));
}

/** The HTTP connection manager of a chain. */
export function managerOf(chain: FilterChain): HttpConnectionManager | undefined {
  for (const { typed_config: any } of chain.filters ?? []) if (any !== undefined && typeOf(any["@type"]) === MANAGER) return any as unknown as HttpConnectionManager;
  return undefined;
}

/** What a chain is called: its name, or its place among the others. */
export function chainName(owner: Listener, chain: FilterChain): string {
  if (chain.name !== undefined && chain.name !== "") return chain.name;
  return chain === owner.default_filter_chain ? "default_filter_chain" : String((owner.filter_chains ?? []).indexOf(chain));
}
