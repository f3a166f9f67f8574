/** Where the admin listener of a running proxy is: from the command line, or from its bootstrap. Pure. */
import { canonicalIp } from "../../base/ip-text.ts";
import { socketAddressOf } from "../../contract/socket-address.ts";
import { ipAddress, pipeAddress, type SocketAddress } from "../../platform/address.ts";
import type { Address } from "../../schema/generated/envoy/config/core/v3.ts";

/** An address, or a host by name that must be resolved first. */
export type AdminPlace = SocketAddress | { readonly kind: "name"; readonly name: string; readonly port: number };

/** Reads `HOST:PORT`, `[V6]:PORT`, `:PORT`, `http://HOST:PORT`, `unix:PATH`, `/PATH` or `@NAME`; null for anything else. */
export function parseAdminAddress(text: string): AdminPlace | null {
  if (text.startsWith("unix:") && text.length > 5) return pipeAddress(text.slice(5).replace(/^\/\/(?=\/)/, ""));
  if (/^[/@]./.test(text)) return pipeAddress(text);
  const [, bracketed, plain = "", digits] = /^(?:http:\/\/)?(?:\[([^\]]+)\]|([^:/[\]]*)):(\d{1,5})\/?$/.exec(text) ?? [];
  const port = Number(digits);
  if (digits === undefined || port === 0 || port > 65535) return null;
  const host = bracketed ?? (plain === "" ? "127.0.0.1" : plain);
  const ip = canonicalIp(host);
  if (ip !== null) return loopbackFor(ip, port);
  return bracketed === undefined && /^[\w.-]+$/.test(host) ? { kind: "name", name: host, port } : null;
}

/** The admin listener of a bootstrap, or why it cannot be asked. */
export function adminOf(address: Address | undefined): SocketAddress | { readonly problem: string } {
  if (address === undefined) return { problem: "has no admin listener (admin.address)" };
  const found = socketAddressOf(address);
  if (found === null) return { problem: "has an admin listener without an IP address" };
  if (found.kind === "pipe") return found;
  return found.port === 0 ? { problem: "lets the system choose the port of the admin listener" } : loopbackFor(found.ip, found.port);
}

/** Who listens everywhere is asked on loopback. */
function loopbackFor(ip: string, port: number): SocketAddress {
  return ipAddress(ip === "0.0.0.0" ? "127.0.0.1" : ip === "::" ? "::1" : ip, port);
}

export function adminText(place: AdminPlace): string {
  if (place.kind === "pipe") return place.path;
  const host = place.kind === "name" ? place.name : place.ip;
  return host.includes(":") ? `[${host}]:${place.port}` : `${host}:${place.port}`;
}
