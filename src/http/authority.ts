const LEGAL = new Uint8Array(256);
for (const c of "!$%&'()*+,-.0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~") LEGAL[c.charCodeAt(0)] = 1;

/** Whether Envoy takes this value of `:authority` or `host`: its characters only, the empty value included. */
export function isAuthorityValid(authority: string): boolean {
  for (let i = 0; i < authority.length; i++) if (LEGAL[authority.charCodeAt(i)] !== 1) return false;
  return true;
}

/** Where `:port` begins in `host:port`, -1 without one. The last colon counts unless a `]` follows it. */
export function portStart(host: string): number {
  const colon = host.lastIndexOf(":");
  return colon > host.lastIndexOf("]") ? colon : -1;
}

/** The port of an authority as Envoy reads it: an unsigned 32-bit number after the port's colon, undefined otherwise. */
export function portOf(host: string): number | undefined {
  const start = portStart(host);
  if (start < 0) return undefined;
  const text = host.slice(start + 1).trim();
  const port = /^\+?[0-9]+$/.test(text) ? Number(text) : Number.NaN;
  return port <= 0xffff_ffff ? port : undefined;
}

/** The authority without its port; undefined if it has none, or not `only` this one (`strip_matching_host_port`). */
export function withoutPort(host: string, only?: number): string | undefined {
  const port = portOf(host);
  if (port === undefined || (only !== undefined && port !== only)) return undefined;
  return host.slice(0, portStart(host));
}

/** The authority without a dot at the end of its host, before a port too (`strip_trailing_host_dot`). */
export function withoutTrailingDot(host: string): string {
  const dot = host.lastIndexOf(".");
  if (dot < 0) return host;
  if (dot === host.length - 1) return host.slice(0, dot);
  return host[dot + 1] === ":" ? host.slice(0, dot) + host.slice(dot + 1) : host;
}

/** Whether the text is an IPv6 address without brackets or zone. */
export function isIpv6(text: string): boolean {
  const halves = text.split("::");
  if (halves.length > 2) return false;
  const groups = halves.flatMap((half) => (half === "" ? [] : half.split(":")));
  const last = groups.at(-1) ?? "";
  let width = groups.length;
  if (last.includes(".") && !text.endsWith("::")) {
    if (!isIpv4(last)) return false;
    groups.pop();
    width++;
  }
  return groups.every((group) => /^[0-9a-fA-F]{1,4}$/.test(group)) && (halves.length === 2 ? width < 8 : width === 8);
}

/** Whether the text is an IPv4 address in four decimal parts. */
export function isIpv4(text: string): boolean {
  const parts = text.split(".");
  return parts.length === 4 && parts.every((part) => /^(0|[1-9][0-9]{0,2})$/.test(part) && Number(part) < 256);
}
