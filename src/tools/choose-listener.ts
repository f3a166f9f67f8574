/** Which listener a connection comes to: by its name, by the address it was sent to, or by what the request says. */
import { canonicalIp } from "../base/ip-text.ts";
import { socketAddressOf } from "../contract/socket-address.ts";
import { formatAddress, type IpAddress, type SocketAddress } from "../platform/address.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import { chainsOf, managerOf } from "./route-tables.ts";

/** What is known of the way to the proxy. */
export interface Aim {
  readonly listener: string | undefined;
  /** `--dest`; its `ip` is `""` where only the port was given. */
  readonly dest: IpAddress | undefined;
  /** The port of the URL, or that of its scheme. */
  readonly port: number;
  readonly tls: boolean;
}

export interface ChosenListener {
  readonly listener: Listener | undefined;
  /** How it was chosen where that is not plain, or why there is none. */
  readonly note: string | undefined;
}

export function chooseListener(listeners: readonly Listener[], aim: Aim): ChosenListener {
  const named = aim.listener === undefined ? listeners : listeners.filter((each) => each.name === aim.listener);
  if (aim.listener !== undefined) return { listener: named[0], note: named.length > 0 ? undefined : `there is no listener "${aim.listener}"; there are ${listNames(listeners)}` };
  if (aim.dest !== undefined) return byAddress(listeners, aim.dest);
  return byRequest(listeners, aim);
}

export function listNames(listeners: readonly Listener[]): string {
  return listeners.map((each) => `"${each.name ?? ""}" (${addressText(each)})`).join(", ");
}

function addressText(listener: Listener): string {
  const [first] = addressesOf(listener);
  return first === undefined ? "no address" : formatAddress(first);
}

export function addressesOf(listener: Listener): readonly SocketAddress[] {
  return [listener.address, ...(listener.additional_addresses ?? []).map((more) => more.address)].map((address) => socketAddressOf(address)).filter((address) => address !== null);
}

/**
 * As the kernel and Envoy do: the listener on exactly this address, else one on all addresses of the family. Listeners that are
 * not bound are reached through one with `use_original_dst`, which hands connections on and keeps those that nobody wants.
 */
function byAddress(listeners: readonly Listener[], dest: IpAddress): ChosenListener {
  const catcher = listeners.find((each) => each.use_original_dst === true);
  const reachable = catcher === undefined ? listeners.filter((each) => each.bind_to_port !== false) : listeners;
  const found = reachable.find((each) => listensOn(each, dest, false)) ?? reachable.find((each) => listensOn(each, dest, true));
  const text = dest.ip === "" ? `port ${dest.port}` : formatAddress(dest);
  if (found !== undefined) {
    const handed = catcher !== undefined && found !== catcher && found.bind_to_port === false;
    return { listener: found, note: handed ? `listener "${catcher.name ?? ""}" hands it on (use_original_dst)` : undefined };
  }
  if (catcher !== undefined) return { listener: catcher, note: `no listener has ${text}: it stays with the one that has use_original_dst` };
  return { listener: undefined, note: `no listener listens on ${text}; there are ${listNames(listeners)}` };
}

function listensOn(listener: Listener, dest: IpAddress, wildcard: boolean): boolean {
  return addressesOf(listener).some((address) => {
    if (address.kind !== "ip" || address.port !== dest.port) return false;
    if (dest.ip === "") return true;
    if (!wildcard) return canonicalIp(address.ip) === dest.ip;
    const both = listener.address?.socket_address?.ipv4_compat === true;
    return dest.ip.includes(":") ? address.ip === "::" : address.ip === "0.0.0.0" || (both && address.ip === "::");
  });
}

/** Without an address: the listener on the URL's port, or else any that speaks HTTP, by TLS where that tells them apart. */
function byRequest(listeners: readonly Listener[], { port, tls }: Aim): ChosenListener {
  const speaking = narrowed(listeners, (each) => chainsOf(each).some((chain) => managerOf(chain) !== undefined));
  const atPort = narrowed(speaking, (each) => addressesOf(each).some((address) => address.kind === "ip" && address.port === port));
  const fitting = narrowed(atPort, (each) => chainsOf(each).some((chain) => (chain.transport_socket !== undefined) === tls));
  const [listener] = fitting;
  return { listener, note: fitting.length < 2 ? undefined : `listener "${listener?.name ?? ""}" is taken, the first of ${fitting.length} that fit; choose with --listener or --dest` };
}

function narrowed<T>(all: readonly T[], fits: (each: T) => boolean): readonly T[] {
  if (all.length < 2) return all;
  const fitting = all.filter(fits);
  return fitting.length === 0 ? all : fitting;
}
