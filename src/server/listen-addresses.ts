/**
 * Where listeners listen: an address is proved free before anything opens it, port 0 becomes one number that all workers share, and what
 * can be bound only once is bound here, for all workers to listen on.
 */
import { type ListenPlace, listenPlaces } from "../contract/socket-address.ts";
import { compileSocketOptions } from "../downstream/socket-options.ts";
import { formatAddress } from "../platform/address.ts";
import type { SharedSocket, Transport } from "../platform/conn.ts";
import { type CompiledResource, keyOf } from "../resources/resource.ts";
import type { Address } from "../schema/generated/envoy/config/core/v3.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import { listenProblem } from "./address-taken.ts";

/** What cannot be opened, and why. */
export interface Unavailable {
  readonly resource: CompiledResource;
  readonly text: string;
}

const SILENT = { report: (): void => undefined };

function messageOf(resource: CompiledResource): Listener {
  return JSON.parse(resource.text) as Listener;
}

function placesOf(listener: Listener): readonly ListenPlace[] {
  return listener.bind_to_port === false ? [] : listenPlaces(listener);
}

export class ListenAddresses {
  private readonly transport: Transport;
  /** By listener and place in its list of addresses. */
  private readonly ports = new Map<string, number>();
  /** By address, as configured. */
  private readonly sockets = new Map<string, SharedSocket>();

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** The listeners of `resources` that cannot have their addresses. `held`: addresses that are ours already. */
  async unavailable(resources: readonly CompiledResource[], held: ReadonlySet<string>): Promise<Unavailable[]> {
    const found: Unavailable[] = [];
    for (const resource of resources) {
      if (resource.type !== "listener") continue;
      const listener = messageOf(resource);
      for (const [i, place] of placesOf(listener).entries()) {
        const text = await this.probe(resource, listener, place, i, held);
        if (text === null) continue;
        found.push({ resource, text });
        break;
      }
    }
    return found;
  }

  private async probe(resource: CompiledResource, listener: Listener, place: ListenPlace, index: number, held: ReadonlySet<string>): Promise<string | null> {
    const { address } = place;
    const text = formatAddress(address);
    if (held.has(text) || this.sockets.has(text)) return null;
    const anyPort = address.kind === "ip" && address.port === 0;
    if (anyPort && this.ports.has(portKey(resource.name, index))) return null;
    try {
      if (address.kind === "pipe" || listener.enable_reuse_port === false) {
        const socket = await this.transport.share(address, { reusePort: false, ipv6Only: place.ipv6Only, mode: place.mode, backlog: listener.tcp_backlog_size, socketOptions: compileSocketOptions(listener, SILENT) });
        if (socket !== null) return this.keep(socket, resource.name, index, anyPort);
      }
      const free = await this.transport.probeExclusive(address);
      if (anyPort && free.kind === "ip") this.ports.set(portKey(resource.name, index), free.port);
      return null;
    } catch (error) {
      return `${resource.place}: listener '${resource.name}' cannot listen on ${text}: ${listenProblem(error)}`;
    }
  }

  private keep(socket: SharedSocket, name: string, index: number, anyPort: boolean): null {
    if (anyPort && socket.address.kind === "ip") this.ports.set(portKey(name, index), socket.address.port);
    this.sockets.set(formatAddress(socket.address), socket);
    return null;
  }

  /** The same listener, with its numbers in the place of ports 0. */
  withPort(resource: CompiledResource): CompiledResource {
    if (resource.type !== "listener") return resource;
    const listener = messageOf(resource);
    let filled = false;
    const fill = (address: Address | undefined, index: number): Address | undefined => {
      const port = this.ports.get(portKey(resource.name, index));
      if (port === undefined || (address?.socket_address?.port_value ?? 0) !== 0) return address;
      filled = true;
      return { ...address, socket_address: { ...address?.socket_address, port_value: port } };
    };
    const address = fill(listener.address, 0);
    const additional_addresses = (listener.additional_addresses ?? []).map((more, i) => {
      const own = fill(more.address, i + 1);
      return own === undefined ? more : { ...more, address: own };
    });
    if (!filled || address === undefined) return resource;
    return { ...resource, text: JSON.stringify({ ...listener, address, ...(additional_addresses.length > 0 ? { additional_addresses } : {}) }) };
  }

  /** Descriptors of the sockets that are bound here, by address. */
  descriptors(): Readonly<Record<string, number>> {
    return Object.fromEntries([...this.sockets].map(([address, { fd }]) => [address, fd]));
  }

  /** Whether every worker opens it: without a socket that is bound here only one can, of a Unix socket or where ports are not shared. */
  isShared(resource: CompiledResource): boolean {
    return placesOf(messageOf(this.withPort(resource))).every(({ address }) => this.sockets.has(formatAddress(address)) || (this.transport.sharesPorts && address.kind === "ip"));
  }

  /** Forgets the ports of a listener that is gone. */
  forget(name: string): void {
    for (const key of this.ports.keys()) if (key.startsWith(portKey(name, ""))) this.ports.delete(key);
  }

  /** Nobody listens any more on what is bound here, but for the addresses of these listeners. */
  retain(resources: readonly CompiledResource[]): void {
    const wanted = new Set(resources.flatMap((resource) => (resource.type === "listener" ? placesOf(messageOf(this.withPort(resource))).map(({ address }) => formatAddress(address)) : [])));
    for (const [address, socket] of this.sockets) {
      if (wanted.has(address)) continue;
      socket.close();
      this.sockets.delete(address);
    }
  }
}

function portKey(name: string, index: number | ""): string {
  return `${name}\0${index}`;
}

export function withoutUnavailable(resources: readonly CompiledResource[], unavailable: readonly Unavailable[], before: readonly CompiledResource[]): CompiledResource[] {
  const out = new Set(unavailable.map(({ resource }) => resource));
  const kept = new Map(before.map((resource) => [keyOf(resource), resource]));
  return resources.flatMap((resource) => (out.has(resource) ? (kept.get(keyOf(resource)) ?? []) : resource));
}
