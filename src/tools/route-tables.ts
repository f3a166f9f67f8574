import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import type { HttpConnectionManager } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import { typeOf } from "../schema/table.ts";
import { BOOTSTRAP, KINDS } from "../resources/kind.ts";
import type { LoadedMessage } from "../resources/load.ts";

/** A route table of a document, and the listener that uses it. */
export interface FoundTable {
  readonly message: RouteConfiguration;
  readonly name: string;
  /** Undefined for a table that stands alone. */
  readonly listener: string | undefined;
  readonly port: number | undefined;
  /** The connection manager that uses it, and the listener. */
  readonly manager: HttpConnectionManager | undefined;
  readonly owner: Listener | undefined;
  /** Name of the filter chain, or its index. */
  readonly filterChain: string | undefined;
  /** Names in TLS that lead to the chain; empty: any. */
  readonly serverNames: readonly string[];
}

const MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

/**
 * Every route table that the messages hold: those inside listeners, those that listeners name and the messages define, and
 * those that stand alone.
 */
export function routeTablesOf(messages: readonly LoadedMessage[]): FoundTable[] {
  const standing = messages.filter((m) => m.type === KINDS.route).map((m) => m.message as RouteConfiguration);
  const listeners = messages.flatMap((m) => (m.type === KINDS.listener ? [m.message as Listener] : m.type === BOOTSTRAP ? listenersOf(m.message) : []));
  const used = listeners.flatMap((listener) => tablesOf(listener, standing));
  const alone = standing.filter((message) => !used.some((found) => found.message === message));
  return [...used, ...alone.map((message) => ({ message, name: message.name ?? "", listener: undefined, port: undefined, manager: undefined, owner: undefined, filterChain: undefined, serverNames: [] }))];
}

function listenersOf(bootstrap: object): readonly Listener[] {
  return (bootstrap as { readonly static_resources?: { readonly listeners?: readonly Listener[] } }).static_resources?.listeners ?? [];
}

function tablesOf(listener: Listener, standing: readonly RouteConfiguration[]): FoundTable[] {
  const chains = [...(listener.filter_chains ?? []), ...(listener.default_filter_chain === undefined ? [] : [listener.default_filter_chain])];
  return chains.flatMap((chain, index) => (chain.filters ?? []).flatMap((filter) => {
    const manager = managerOf(filter.typed_config);
    const message = manager?.route_config ?? standing.find((table) => table.name !== undefined && table.name === manager?.rds?.route_config_name);
    if (message === undefined) return [];
    return [{
      message, name: message.name ?? "", listener: listener.name ?? "", port: listener.address?.socket_address?.port_value,
      manager, owner: listener, filterChain: chain.name || String(index), serverNames: chain.filter_chain_match?.server_names ?? [],
    }];
  }));
}

function managerOf(any: { readonly "@type": string } | undefined): HttpConnectionManager | undefined {
  return any !== undefined && typeOf(any["@type"]) === MANAGER ? (any as unknown as HttpConnectionManager) : undefined;
}

/** What a request says about where it goes. */
export interface Aim {
  readonly listener: string | undefined;
  readonly routeTable: string | undefined;
  readonly port: number | undefined;
  readonly tls: boolean;
  /** The host without its port, lower case. */
  readonly host: string;
}

/** The tables that a request may reach: all that fit what it says, the port and the TLS name only where they tell tables apart. */
export function tablesFor(tables: readonly FoundTable[], aim: Aim): FoundTable[] {
  const named = tables.filter((t) => (aim.listener === undefined || t.listener === aim.listener) && (aim.routeTable === undefined || t.name === aim.routeTable));
  const atPort = narrowed(named, (t) => t.port === aim.port);
  const exact = narrowed(atPort, (t) => aim.tls && t.serverNames.some((name) => serves(name, aim.host)));
  return narrowed(exact, (t) => t.serverNames.length === 0 || t.serverNames.some((name) => serves(name, aim.host)));
}

function narrowed(tables: readonly FoundTable[], fits: (table: FoundTable) => boolean): FoundTable[] {
  if (tables.length < 2) return [...tables];
  const fitting = tables.filter(fits);
  return fitting.length === 0 ? [...tables] : fitting;
}

function serves(name: string, host: string): boolean {
  return name === host || (name.startsWith("*.") && host.endsWith(name.slice(1)));
}
