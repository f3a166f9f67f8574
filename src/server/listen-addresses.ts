/** Where listeners listen: an address is proved free before anything opens it, and port 0 becomes one number that all workers share. */
import { socketAddressOf } from "../contract/socket-address.ts";
import { formatAddress } from "../platform/address.ts";
import type { Transport } from "../platform/conn.ts";
import { type CompiledResource, keyOf } from "../resources/resource.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import { listenProblem } from "./address-taken.ts";

/** What cannot be opened, and why. */
export interface Unavailable {
  readonly resource: CompiledResource;
  readonly text: string;
}

export class ListenAddresses {
  private readonly transport: Transport;
  private readonly ports = new Map<string, number>();

  constructor(transport: Transport) {
    this.transport = transport;
  }

  /** The listeners of `resources` that cannot have their address. `held`: addresses that are ours already. */
  async unavailable(resources: readonly CompiledResource[], held: ReadonlySet<string>): Promise<Unavailable[]> {
    const found: Unavailable[] = [];
    for (const resource of resources) {
      const text = resource.type === "listener" ? await this.probe(resource, held) : null;
      if (text !== null) found.push({ resource, text });
    }
    return found;
  }

  private async probe(resource: CompiledResource, held: ReadonlySet<string>): Promise<string | null> {
    const address = socketAddressOf((JSON.parse(resource.text) as Listener).address);
    if (address === null || held.has(formatAddress(address))) return null;
    const anyPort = address.kind === "ip" && address.port === 0;
    if (anyPort && this.ports.has(resource.name)) return null;
    try {
      const free = await this.transport.probeExclusive(address);
      if (anyPort && free.kind === "ip") this.ports.set(resource.name, free.port);
      return null;
    } catch (error) {
      return `${resource.place}: listener '${resource.name}' cannot listen on ${formatAddress(address)}: ${listenProblem(error)}`;
    }
  }

  /** The same listener, with its number in the place of port 0. */
  withPort(resource: CompiledResource): CompiledResource {
    const port = resource.type === "listener" ? this.ports.get(resource.name) : undefined;
    if (port === undefined) return resource;
    const listener = JSON.parse(resource.text) as Listener;
    if ((listener.address?.socket_address?.port_value ?? 0) !== 0) return resource;
    const address = { ...listener.address, socket_address: { ...listener.address?.socket_address, port_value: port } };
    return { ...resource, text: JSON.stringify({ ...listener, address }) };
  }

  /** Whether every worker opens it: only one of several can hold a Unix socket, or any, where ports are not shared. */
  isShared(resource: CompiledResource): boolean {
    return this.transport.sharesPorts && (JSON.parse(resource.text) as Listener).address?.pipe === undefined;
  }

  /** Forgets the port of a listener that is gone. */
  forget(name: string): void {
    this.ports.delete(name);
  }
}

export function withoutUnavailable(resources: readonly CompiledResource[], unavailable: readonly Unavailable[], before: readonly CompiledResource[]): CompiledResource[] {
  const out = new Set(unavailable.map(({ resource }) => resource));
  const kept = new Map(before.map((resource) => [keyOf(resource), resource]));
  return resources.flatMap((resource) => (out.has(resource) ? (kept.get(keyOf(resource)) ?? []) : resource));
}
