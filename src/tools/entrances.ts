/** The way of a request into a configuration: listener, filter chain, connection manager, route table; chosen as Envoy chooses. */
import { type ConnectionFacts, ipOf, portOf } from "../downstream/connection-facts.ts";
import { type ChainExplanation, FilterChainMatcher } from "../downstream/filter-chain-match.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { ipAddress } from "../platform/address.ts";
import { compileScopes, scopeKey } from "../router/scoped-routes.ts";
import type { FilterChain, Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { TcpProxy } from "../schema/generated/envoy/extensions/filters/network/tcp_proxy/v3.ts";
import { typeOf } from "../schema/table.ts";
import { addressesOf, chooseListener } from "./choose-listener.ts";
import { type FoundTable, managerOf } from "./route-tables.ts";
import type { SimulatedRequest } from "./simulated-request.ts";

/** What the user chose by name. */
export interface ByName {
  readonly listener: string | undefined;
  readonly routeTable: string | undefined;
}

interface Passed {
  readonly listener: Listener | undefined;
  readonly chain: FilterChain | undefined;
  /** How the chain was chosen; absent where nothing was to be chosen. */
  readonly choice: ChainExplanation | undefined;
  /** What is worth knowing about the way. */
  readonly notes: readonly string[];
}

export type Entrance =
  | Passed & { readonly kind: "table"; readonly found: FoundTable }
  /** The chain forwards bytes and knows no requests. */
  | Passed & { readonly kind: "tcp"; readonly cluster: string }
  /** No scope of the scoped routes is the request's: a 404. */
  | Passed & { readonly kind: "unscoped"; readonly reason: string }
  /** The request gets nowhere; `unknown`: the user named what is not there. */
  | Passed & { readonly kind: "closed" | "unknown"; readonly reason: string };

/** Null: the request is answered before it is routed. */
export type PreparedHeaders = (found: FoundTable, request: SimulatedRequest) => HeaderBlock | null;

const NOWHERE: Passed = { listener: undefined, chain: undefined, choice: undefined, notes: [] };

export class Entrances {
  readonly #tables: readonly FoundTable[];
  readonly #listeners: readonly Listener[];
  readonly #matchers = new Map<Listener, FilterChainMatcher>();
  /** Ways that depend on nothing but names, scheme and port. */
  readonly #plain = new Map<string, Entrance>();
  /** The one of them that was asked for last: much traffic takes one way. */
  #last: { readonly scheme: string; readonly port: number | undefined; readonly named: ByName; readonly entrance: Entrance } | undefined;

  readonly #prepared: PreparedHeaders;

  /** `prepared`: the headers as a connection manager shows them to its routes, which scopes are found by. */
  constructor(tables: readonly FoundTable[], listeners: readonly Listener[], prepared: PreparedHeaders) {
    this.#tables = tables;
    this.#listeners = listeners;
    this.#prepared = prepared;
  }

  find(request: SimulatedRequest, named: ByName): Entrance {
    const last = this.#last;
    if (last !== undefined && request.dest === undefined && last.scheme === request.scheme && last.port === request.port && last.named === named) return last.entrance;
    const key = request.dest === undefined ? `${request.scheme}\n${request.port ?? ""}\n${named.listener ?? ""}\n${named.routeTable ?? ""}` : "";
    const known = key === "" ? undefined : this.#plain.get(key);
    if (known !== undefined) {
      this.#last = { scheme: request.scheme, port: request.port, named, entrance: known };
      return known;
    }
    const entrance = this.#find(request, named);
    if (key !== "" && !isScoped(entrance) && (entrance.listener === undefined || this.#matcher(entrance.listener).only !== undefined)) this.#plain.set(key, entrance);
    return entrance;
  }

  #find(request: SimulatedRequest, named: ByName): Entrance {
    if (named.routeTable !== undefined || this.#listeners.length === 0) return this.#byTable(named);
    const port = request.port ?? (request.scheme === "https" ? 443 : 80);
    const { listener, note } = chooseListener(this.#listeners, { listener: named.listener, dest: request.dest, port, tls: request.scheme === "https" });
    if (listener === undefined) return { ...NOWHERE, kind: named.listener === undefined ? "closed" : "unknown", reason: note ?? "no listener" };
    return this.#through(listener, request, note === undefined ? [] : [note]);
  }

  #byTable({ listener, routeTable }: ByName): Entrance {
    const fitting = this.#tables.filter((t) => (routeTable === undefined || t.name === routeTable) && (listener === undefined || t.owner?.name === listener));
    const [found] = fitting;
    if (found === undefined) return { ...NOWHERE, kind: "unknown", reason: `no route table fits; there are ${this.#tables.map((t) => `"${t.name}"${t.owner === undefined ? "" : ` of listener "${t.owner.name ?? ""}"`}`).join(", ")}` };
    const note = fitting.length === 1 ? [] : [`route table "${found.name}" is taken, the first of ${fitting.length} that fit; choose with --listener or --route-table`];
    return { kind: "table", found, listener: found.owner, chain: found.chain, choice: undefined, notes: note };
  }

  #through(listener: Listener, request: SimulatedRequest, notes: readonly string[]): Entrance {
    const matcher = this.#matcher(listener);
    const plain = matcher.only;
    const inspected = inspectedFacts(listener, request);
    const choice = plain === undefined ? matcher.explain(inspected.facts) : undefined;
    const chain = plain ?? choice?.chain;
    const passed: Passed = { listener, chain, choice, notes: [...notes, ...(choice === undefined ? [] : [...inspected.notes, ...protocolNotes(choice, request)])] };
    if (chain === undefined) return { ...passed, kind: "closed", reason: "no filter chain matches, and there is no default_filter_chain: Envoy closes the connection" };
    const [found, ...scopes] = this.#tables.filter((each) => each.chain === chain);
    if (found?.scope !== undefined) return this.#byScope([found, ...scopes], request, { ...passed, notes: [...passed.notes, ...tlsNotes(chain, request)] });
    if (found !== undefined) return { ...passed, kind: "table", found, notes: [...passed.notes, ...tlsNotes(chain, request)] };
    return { ...passed, ...withoutTable(chain) };
  }

  /** Scoped routes: the table whose key the headers make. */
  #byScope(tables: readonly [FoundTable, ...FoundTable[]], request: SimulatedRequest, passed: Passed): Entrance {
    const [first] = tables;
    const headers = this.#prepared(first, request);
    if (headers === null) return { ...passed, kind: "table", found: first };
    const plan = compileScopes({
      scope_key_builder: first.manager?.scoped_routes?.scope_key_builder ?? {},
      scoped_route_configurations_list: { scoped_route_configurations: tables.map(({ scope }, at) => ({ name: scope?.name ?? "", key: scope?.key ?? {}, route_configuration_name: String(at) })) },
    });
    const key = scopeKey(plan, headers);
    const found = key === undefined ? undefined : tables[Number(plan.tables.get(key) ?? NaN)];
    if (found !== undefined) return { ...passed, kind: "table", found };
    return { ...passed, kind: "unscoped", reason: key === undefined ? "the request lacks what its scope is found by" : `no scope has the key ${key}` };
  }

  #matcher(listener: Listener): FilterChainMatcher {
    const known = this.#matchers.get(listener) ?? new FilterChainMatcher(listener);
    this.#matchers.set(listener, known);
    return known;
  }
}

function withoutTable(chain: FilterChain): { readonly kind: "tcp"; readonly cluster: string } | { readonly kind: "closed"; readonly reason: string } {
  const manager = managerOf(chain);
  if (manager?.rds !== undefined) return { kind: "closed", reason: `the route table "${manager.rds.route_config_name ?? ""}" comes by RDS and is not in the file` };
  if (manager !== undefined) return { kind: "closed", reason: "the connection manager's route table is not in the file" };
  const tcp = (chain.filters ?? []).map((filter) => filter.typed_config).find((any) => typeOf(any?.["@type"] ?? "") === "envoy.extensions.filters.network.tcp_proxy.v3.TcpProxy") as TcpProxy | undefined;
  if (tcp !== undefined) return { kind: "tcp", cluster: tcp.cluster ?? (tcp.weighted_clusters?.clusters ?? []).map((each) => each.name ?? "").join(" or ") };
  return { kind: "closed", reason: "the filter chain has no HTTP connection manager" };
}

function isScoped(entrance: Entrance): boolean {
  return entrance.kind === "unscoped" || (entrance.kind === "table" && entrance.found.scope !== undefined);
}

const LISTENER_FILTERS = "envoy.extensions.filters.listener.";

function hasFilter(listener: Listener, name: string): boolean {
  return (listener.listener_filters ?? []).some((filter) => (typeOf(filter.typed_config?.["@type"] ?? "") ?? "").startsWith(`${LISTENER_FILTERS}${name}.`));
}

/** What the chain match sees: names and protocols of TLS only where `tls_inspector` looks at them, those of plain HTTP where `http_inspector` does. */
function inspectedFacts(listener: Listener, request: SimulatedRequest): { readonly facts: ConnectionFacts; readonly notes: readonly string[] } {
  const tls = request.scheme === "https";
  const inspected = tls && hasFilter(listener, "tls_inspector");
  const source = ipAddress(request.sourceIp, 0);
  const [own] = addressesOf(listener);
  const ownIp = own === undefined ? undefined : ipOf(own);
  const ip = request.dest?.ip || (ownIp === undefined || ownIp === "0.0.0.0" || ownIp === "::" ? "127.0.0.1" : ownIp);
  const destination = own?.kind === "pipe" ? own : ipAddress(ip, request.dest?.port ?? (own === undefined ? undefined : portOf(own)) ?? 0);
  const plainHttp = !tls && hasFilter(listener, "http_inspector") ? ["http/1.1"] : [];
  const facts: ConnectionFacts = {
    destination, source, directSource: source, serverName: inspected ? serverNameOf(request) : "", transportProtocol: inspected ? "tls" : "raw_buffer",
    applicationProtocols: inspected ? request.alpn ?? [] : plainHttp,
  };
  const blind = tls && !inspected ? ["the listener has no tls_inspector: filter chains cannot see the server name, nor that it is TLS"] : [];
  return { facts, notes: blind };
}

/** The name a client would ask for; an address is none (RFC 6066, 3). */
function serverNameOf({ sni, host }: SimulatedRequest): string {
  if (sni !== undefined) return sni.toLowerCase();
  const name = host.replace(/:\d*$/, "").toLowerCase();
  return /^[\d.]+$|^\[/.test(name) ? "" : name;
}

/** Chains that ask for a protocol, and a handshake that offers none. */
function protocolNotes({ steps, others }: ChainExplanation, { scheme, alpn }: SimulatedRequest): string[] {
  const asked = steps.some(({ field }) => field === "application_protocols") || others.some(({ field }) => field === "application_protocols");
  return asked && scheme === "https" && (alpn ?? []).length === 0 ? ["chains are chosen by application protocol, and the handshake offers none: clients of HTTP offer h2 and http/1.1, as --alpn h2,http/1.1 says"] : [];
}

function tlsNotes(chain: FilterChain, { scheme }: SimulatedRequest): string[] {
  const config = chain.transport_socket?.typed_config?.["@type"] ?? "";
  const ends = config !== "" && !config.endsWith(".RawBuffer");
  if (scheme === "https" && !ends) return ["the filter chain does not end TLS: a client that speaks TLS would not be understood"];
  return scheme === "http" && ends ? ["the filter chain ends TLS: a client without TLS would not be understood (give https:// or --tls)"] : [];
}
