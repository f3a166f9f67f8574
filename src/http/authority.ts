const LEGAL = new Uint8Array(256);
for (const c of "!$%&'()*+,-.0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~") LEGAL[c.charCodeAt(0)] = 1;

/** Whether Envoy takes this value of `:authority` or `host`: its characters only, the empty value included. */
export function authorityIsValid(authority: string): boolean {
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

/** The host as the connection manager passes it on: without trailing dot, without port, as its options say. */
export function normalizeHost(host: string, stripPort: "none" | "any" | "matching", stripTrailingDot: boolean, localPort: number): string {
  const bare = stripTrailingDot ? withoutTrailingDot(host) : host;
  if (stripPort === "none") return bare;
  return withoutPort(bare, stripPort === "matching" ? localPort : undefined) ?? bare;
}
