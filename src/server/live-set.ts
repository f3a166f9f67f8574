/**
 * What is live in a worker: clusters, route tables, listeners and their sockets. Changes are applied one resource at a time;
 * what a change does not name is not touched. A stream keeps the table it was routed by; a connection keeps its listener.
 */
import type { Cluster, ClusterSource } from "../contract/cluster.ts";
import type { Env } from "../contract/env.ts";
import type { CompileContext } from "../contract/extension.ts";
import type { HostPolicy, HostSpec } from "../contract/host-spec.ts";
import type { RouteTableHandle, RouteTableSource } from "../contract/route.ts";
import { LiveListener } from "../downstream/listener.ts";
import { compileListener } from "../downstream/listener-plan.ts";
import { formatAddress } from "../platform/address.ts";
import type { Acceptor, Transport } from "../platform/conn.ts";
import type { CompiledResource } from "../resources/resource.ts";
import { buildRouteIndexes, openRouteTable, type RouteTable } from "../router/route-table.ts";
import type { RouteIndexArrays } from "../router/route-index.ts";
import type { Cluster as ClusterMessage } from "../schema/generated/envoy/config/cluster/v3.ts";
import type { Listener as ListenerMessage } from "../schema/generated/envoy/config/listener/v3.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import { LiveCluster } from "../upstream/cluster.ts";
import { compileCluster } from "../upstream/cluster-plan.ts";

interface Socket {
  readonly acceptor: Acceptor;
  /** Who serves the connections that are accepted from now on. */
  target: LiveListener;
}

/** Table handles outlive their tables: a manager holds one from its start. */
class TableSlot implements RouteTableHandle {
  current: RouteTable | null = null;

  table(): RouteTable | null {
    return this.current;
  }
}

export class LiveSet implements ClusterSource, RouteTableSource {
  private readonly clusters = new Map<string, LiveCluster>();
  private readonly tables = new Map<string, TableSlot>();
  private readonly listeners = new Map<string, { live: LiveListener; address: string }>();
  private readonly sockets = new Map<string, Socket>();
  private readonly leaving = new Set<LiveListener>();
  private readonly transport: Transport;
  private readonly context: CompileContext;
  private readonly thread: string;
  private env: Env | null = null;

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

  /** Opens or replaces a resource. `index`: of a route table, built elsewhere. Rejects where a listener cannot be bound. */
  async upsert(resource: CompiledResource, index: readonly RouteIndexArrays[] | undefined): Promise<void> {
    const message: unknown = JSON.parse(resource.text);
    if (resource.type === "cluster") this.openCluster(resource.name, message as ClusterMessage);
    else if (resource.type === "route") this.openTable(resource.name, message as RouteConfiguration, index);
    else if (resource.type === "listener") await this.openListener(resource.name, message as ListenerMessage);
  }

  remove(type: CompiledResource["type"], name: string, drainMs: number): void {
    if (type === "cluster") {
      this.clusters.get(name)?.close();
      this.clusters.delete(name);
    } else if (type === "route") {
      this.slot(name).current = null;
    } else if (type === "listener") {
      this.closeListener(name, drainMs);
    }
  }

  setHosts(cluster: string, hosts: readonly HostSpec[], policy?: HostPolicy): void {
    this.clusters.get(cluster)?.updateHosts(hosts, policy);
  }

  runtimeChanged(): void {
    for (const cluster of this.clusters.values()) cluster.onRuntime();
  }

  /** Health flags by address. */
  setHealth(cluster: string, flags: Readonly<Record<string, number>>): void {
    this.clusters.get(cluster)?.updateHealth(flags);
  }

  /** Addresses by listener name. */
  bound(): Record<string, string> {
    const found: Record<string, string> = {};
    for (const [name, { address }] of this.listeners) {
      const socket = this.sockets.get(address);
      if (socket !== undefined) found[name] = formatAddress(socket.acceptor.address);
    }
    return found;
  }

  /** Stops accepting, for the listeners of these names or for all. What is queued in the kernel was accepted in the turns before. */
  stopAccepting(names?: ReadonlySet<string>): void {
    for (const [name, { address }] of this.listeners) {
      if (names !== undefined && !names.has(name)) continue;
      this.sockets.get(address)?.acceptor.stop();
      this.sockets.delete(address);
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
    this.clusters.set(name, new LiveCluster(compileCluster(message, this.context), this.opened()));
  }

  private openTable(name: string, config: RouteConfiguration, index: readonly RouteIndexArrays[] | undefined): void {
    this.slot(name).current = openRouteTable(config, index ?? buildRouteIndexes(config));
  }

  private async openListener(name: string, message: ListenerMessage): Promise<void> {
    const plan = compileListener(message, this.context);
    if (plan === null) return;
    const before = this.listeners.get(name);
    const live = new LiveListener(plan, this.opened(), this.thread, before?.live);
    const address = formatAddress(plan.address);
    const socket = this.sockets.get(address);
    if (socket !== undefined) {
      socket.target = live;
    } else {
      const fresh: { socket: Socket | null } = { socket: null };
      const acceptor = await this.transport.listen(
        plan.address,
        { reusePort: plan.address.kind === "ip" && this.transport.sharesPorts, ipv6Only: plan.ipv6Only, mode: plan.pipeMode, backlog: plan.backlog, highWatermark: plan.bufferLimit },
        (conn) => (fresh.socket?.target ?? live).accept(conn),
      );
      fresh.socket = { acceptor, target: live };
      this.sockets.set(address, fresh.socket);
    }
    this.listeners.set(name, { live, address });
    if (before !== undefined) this.leave(before.live, before.address === address ? null : before.address, DRAIN_REPLACED_MS);
  }

  private closeListener(name: string, drainMs: number): void {
    const entry = this.listeners.get(name);
    if (entry === undefined) return;
    this.listeners.delete(name);
    this.leave(entry.live, entry.address, drainMs);
  }

  /** A listener that goes: its socket closes unless another took it over; its connections end when they may. */
  private leave(live: LiveListener, address: string | null, drainMs: number): void {
    const socket = address === null ? undefined : this.sockets.get(address);
    if (address !== null && socket !== undefined && socket.target === live) {
      socket.acceptor.stop();
      this.sockets.delete(address);
    }
    this.leaving.add(live);
    live.retire(drainMs, () => this.leaving.delete(live));
  }
}

/** Idle connections of a replaced listener may stay so long; busy ones end with their next response. */
const DRAIN_REPLACED_MS = 600_000;
