/**
 * What is live in a worker: clusters, route tables, listeners and their sockets. Changes are applied one resource at a time;
 * what a change does not name is not touched. A stream keeps the table it was routed by; a connection keeps its listener.
 */
import type { Cluster, ClusterSource } from "../contract/cluster.ts";
import type { Env } from "../contract/env.ts";
import type { CompileContext } from "../contract/extension.ts";
import type { ListenPlace } from "../contract/socket-address.ts";
import type { HostPolicy, HostSpec } from "../contract/host-spec.ts";
import type { RouteTableHandle, RouteTableSource } from "../contract/route.ts";
import { LiveListener } from "../downstream/listener.ts";
import { compileListener } from "../downstream/listener-plan.ts";
import { formatAddress, sameAddress, type SocketAddress } from "../platform/address.ts";
import type { Acceptor, Transport } from "../platform/conn.ts";
import type { CompiledResource } from "../resources/resource.ts";
import { PackedTable } from "../router/packed-table.ts";
import { openRouteTable, type RouteTable } from "../router/route-table.ts";
import { ScopeSet } from "../router/scoped-routes.ts";
import { MessageTable, type TableSource } from "../router/table-source.ts";
import type { Cluster as ClusterMessage } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { Listener as ListenerMessage } from "../schema/generated/envoy/config/listener/v3.ts";
import type { ScopedRouteConfigurationsList } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import type { LiveCluster } from "../upstream/cluster.ts";
import { openLiveCluster } from "../upstream/open-cluster.ts";
import { compileCluster } from "../upstream/cluster-plan.ts";

interface Socket {
  readonly acceptor: Acceptor;
  /** Who serves the connections that are accepted from now on. */
  target: LiveListener;
}

/** Table handles outlive their tables: a manager holds one from its start. */
class TableSlot implements RouteTableHandle {
  current: RouteTable | ScopeSet | null = null;

  table(): RouteTable | ScopeSet | null {
    return this.current;
  }
}

export class LiveSet implements ClusterSource, RouteTableSource {
  private readonly clusters = new Map<string, LiveCluster>();
  private readonly tables = new Map<string, TableSlot>();
  private readonly listeners = new Map<string, { live: LiveListener; addresses: readonly string[] }>();
  private readonly sockets = new Map<string, Socket>();
  private readonly leaving = new Set<LiveListener>();
  private readonly transport: Transport;
  private readonly context: CompileContext;
  private readonly thread: string;
  private env: Env | null = null;
  /** Of sockets that all workers listen on, by address. */
  descriptors: Readonly<Record<string, number>> = {};

  /** `thread`: its name in statistics, `worker_0`. */
  constructor(transport: Transport, context: CompileContext, thread: string) {
    this.thread = thread;
    this.transport = transport;
    this.context = context;
  }

  /** Once, before the first change: the environment holds this set too. */
  begin(env: Env): void {
    this.env = env;
  }

  get(name: string): Cluster | undefined {
    return this.clusters.get(name);
  }

  handle(name: string): RouteTableHandle {
    return this.slot(name);
  }

  /** Opens or replaces a resource. `packed`: a route table, packed elsewhere; its text is not looked at then. Rejects where a listener cannot be bound. */
  async upsert(resource: CompiledResource, packed: SharedArrayBuffer | undefined): Promise<void> {
    if (resource.type === "route" && packed !== undefined) return this.openTable(resource.name, new PackedTable(packed));
    const message: unknown = JSON.parse(resource.text);
    if (resource.type === "cluster") this.openCluster(resource.name, message as ClusterMessage);
    else if (resource.type === "route") this.openTable(resource.name, new MessageTable(message as RouteConfiguration));
    else if (resource.type === "scopes") this.slot(resource.name).current = new ScopeSet((message as ScopedRouteConfigurationsList).scoped_route_configurations ?? []);
    else if (resource.type === "listener") await this.openListener(resource.name, message as ListenerMessage);
  }

  remove(type: CompiledResource["type"], name: string, drainMs: number): void {
    if (type === "cluster") {
      this.clusters.get(name)?.close();
      this.clusters.delete(name);
    } else if (type === "route" || type === "scopes") {
      this.slot(name).current = null;
    } else if (type === "listener") {
      this.closeListener(name, drainMs);
    }
  }

  setHosts(cluster: string, hosts: readonly HostSpec[], policy?: HostPolicy): void {
    this.clusters.get(cluster)?.updateHosts(hosts, policy);
  }

  prepareHosts(cluster: string, hosts: readonly HostSpec[]): void {
    this.clusters.get(cluster)?.prepareHosts(hosts);
  }

  runtimeChanged(): void {
    for (const cluster of this.clusters.values()) cluster.onRuntime();
  }

  /** Health flags by address. */
  setHealth(cluster: string, flags: Readonly<Record<string, number>>): void {
    this.clusters.get(cluster)?.updateHealth(flags);
  }

  /** Addresses by listener name. */
  bound(): Record<string, string[]> {
    const found: Record<string, string[]> = {};
    for (const [name, { live: { plan }, addresses }] of this.listeners) {
      if (plan.places.length === 0) found[name] = [formatAddress(plan.address)];
      const own = addresses.flatMap((address) => this.sockets.get(address) ?? []).map(({ acceptor }) => formatAddress(acceptor.address));
      if (own.length > 0) found[name] = own;
    }
    return found;
  }

  /** Stops accepting, for the listeners of these names or for all. What is queued in the kernel was accepted in the turns before. */
  stopAccepting(names?: ReadonlySet<string>): void {
    for (const [name, { addresses }] of this.listeners) {
      if (names !== undefined && !names.has(name)) continue;
      for (const address of addresses) this.closeSocket(address);
    }
  }

  /** Connections may still come. */
  get accepting(): boolean {
    return this.sockets.size > 0;
  }

  drainAll(graceMs: number): void {
    for (const { live } of this.listeners.values()) live.drain(graceMs);
    for (const live of this.leaving) live.drain(graceMs);
  }

  /** Downstream connections that are still open. */
  get openConnections(): number {
    let open = 0;
    for (const { live } of this.listeners.values()) open += live.open;
    for (const live of this.leaving) open += live.open;
    return open;
  }

  private opened(): Env {
    if (this.env === null) throw new Error("the live set has no environment yet");
    return this.env;
  }

  private slot(name: string): TableSlot {
    let slot = this.tables.get(name);
    if (slot === undefined) this.tables.set(name, (slot = new TableSlot()));
    return slot;
  }

  private openCluster(name: string, message: ClusterMessage): void {
    this.clusters.get(name)?.close();
    this.clusters.set(name, openLiveCluster(compileCluster(message, this.context), this.opened()));
  }

  private openTable(name: string, source: TableSource): void {
    this.slot(name).current = openRouteTable(source);
  }

  private async openListener(name: string, message: ListenerMessage): Promise<void> {
    const plan = compileListener(message, this.context);
    if (plan === null) return;
    const before = this.listeners.get(name);
    const live = new LiveListener(plan, this.opened(), this.thread, before?.live, (address) => this.listenerAt(address));
    const addresses: string[] = [];
    for (const place of plan.places) {
      await this.listen(place, live);
      addresses.push(formatAddress(place.address));
    }
    this.listeners.set(name, { live, addresses });
    if (before !== undefined) this.leave(before.live, before.addresses.filter((address) => !addresses.includes(address)), DRAIN_REPLACED_MS);
  }

  /** Sees to it that connections to a place come to `live`: by the socket that is there, or a new one. */
  private async listen({ address, ipv6Only, mode }: ListenPlace, live: LiveListener): Promise<void> {
    const text = formatAddress(address);
    const there = this.sockets.get(text);
    if (there !== undefined) {
      there.target = live;
      return;
    }
    const shared = this.descriptors[text];
    const fresh: { socket: Socket | null } = { socket: null };
    const { plan } = live;
    const acceptor = await this.transport.listen(
      address, { reusePort: shared === undefined && address.kind === "ip" && this.transport.sharesPorts, shared, ipv6Only, mode, backlog: plan.backlog, socketOptions: plan.socketOptions, highWatermark: plan.bufferLimit },
      (conn) => (fresh.socket?.target ?? live).accept(conn),
    );
    fresh.socket = { acceptor, target: live };
    this.sockets.set(text, fresh.socket);
  }

  /** The listener of exactly this address, or of its port on every address. */
  private listenerAt(address: SocketAddress): LiveListener | undefined {
    let found: LiveListener | undefined = undefined;
    for (const { live } of this.listeners.values()) {
      for (const own of [live.plan.address, ...live.plan.places.map((place) => place.address)]) {
        if (sameAddress(own, address)) return live;
        if (own.kind === "ip" && address.kind === "ip" && own.port === address.port && isEvery(own.ip, address.ip)) found ??= live;
      }
    }
    return found;
  }

  private closeSocket(address: string): void {
    this.sockets.get(address)?.acceptor.stop();
    this.sockets.delete(address);
  }

  private closeListener(name: string, drainMs: number): void {
    const entry = this.listeners.get(name);
    if (entry === undefined) return;
    this.listeners.delete(name);
    this.leave(entry.live, entry.addresses, drainMs);
  }

  /** A listener that goes: its sockets close unless another took them over; its connections end when they may. */
  private leave(live: LiveListener, addresses: readonly string[], drainMs: number): void {
    for (const address of addresses) if (this.sockets.get(address)?.target === live) this.closeSocket(address);
    this.leaving.add(live);
    live.retire(drainMs, () => this.leaving.delete(live));
  }
}

/** Idle connections of a replaced listener may stay so long; busy ones end with their next response. */
const DRAIN_REPLACED_MS = 600_000;

/** `own` stands for all addresses of the kind of `ip`. */
function isEvery(own: string, ip: string): boolean {
  return ip.includes(":") ? own === "::" : own === "0.0.0.0" || own === "::";
}
