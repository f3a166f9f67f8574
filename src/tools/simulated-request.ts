/** A request as flags and test files give it, on its way to the objects that route live traffic. */
import { toWire } from "../base/wire-text.ts";
import { canonicalIp } from "../base/ip-text.ts";
import type { RequestView, RuntimeValue } from "../contract/request-view.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { isMethodToken } from "../http/methods.ts";
import { TOKEN } from "../http/names.ts";
import { type IpAddress, ipAddress } from "../platform/address.ts";

export interface SimulatedRequest {
  readonly method: string;
  /** `null`: the request has none, as a CONNECT. */
  readonly path: string | null;
  /** The absolute-form target of a request line that went to a proxy: by the connection manager's `allow_absolute_url` it overrules host and path. */
  readonly target?: string | undefined;
  /** `""`: the request has none. */
  readonly host: string;
  /** Of the connection: `https` means TLS. */
  readonly scheme: "http" | "https";
  /** In order; a name may stand several times. */
  readonly headers: readonly (readonly [string, string])[];
  readonly sourceIp: string;
  /** The port of the URL. */
  readonly port: number | undefined;
  /** Where the connection was sent, if that is not left to the URL; its `ip` may be `""`. */
  readonly dest?: IpAddress;
  /** The name in the TLS handshake; absent: the host. */
  readonly sni?: string;
  /** The protocols that the TLS handshake offers. */
  readonly alpn?: readonly string[];
  /** The headers are those that a proxy logged: it may have put the peer at the end of `x-forwarded-for`. */
  readonly logged?: boolean;
  readonly runtime: ReadonlyMap<string, RuntimeValue>;
  readonly random: bigint;
}

/** `IP:PORT`, `[IP]:PORT`, `:PORT` or `PORT`; undefined if it is none of them. */
export function readDest(text: string): IpAddress | undefined {
  const [, bracketed, plain, port] = /^(?:(?:\[([^\]]+)\]|([^:]*)):)?(\d{1,5})$/.exec(text) ?? [];
  const ip = bracketed ?? plain ?? "";
  const canonical = ip === "" ? "" : canonicalIp(ip);
  return port === undefined || canonical === null || Number(port) > 65_535 ? undefined : ipAddress(canonical, Number(port));
}

/** Headers that are given in other ways. */
const OWN = new Set([":authority", ":method", ":path", ":scheme"]);

/** Why such a request cannot be sent at all, one line each; what Envoy itself answers is no problem here. */
export function requestProblems({ method, path, host, headers, sourceIp }: SimulatedRequest): string[] {
  const problems: string[] = [];
  if (host === "") problems.push("the request has no host: give it in the URL or as host");
  if (!isMethodToken(method)) problems.push(`the method ${JSON.stringify(method)} is not a token`);
  if (path !== null && /[\0-\x20\x7f]/.test(path)) problems.push(`the path ${JSON.stringify(path)} holds a space or control character; write it as %XX`);
  if (/[\0-\x20\x7f/]/.test(host)) problems.push(`the host ${JSON.stringify(host)} holds a space, slash or control character`);
  if (canonicalIp(sourceIp) === null) problems.push(`the source address ${JSON.stringify(sourceIp)} is not an IP address`);
  for (const [name, value] of headers) {
    if (!isToken(name) && !OWN.has(name.toLowerCase())) problems.push(`the header name ${JSON.stringify(name)} is not a token`);
    if (/[\0\r\n]/.test(value)) problems.push(`the value of header ${name} holds a line break or NUL`);
  }
  return problems;
}

function isToken(name: string): boolean {
  return name !== "" && [...name].every((c) => TOKEN[c.charCodeAt(0)] !== 0 && c.charCodeAt(0) < 256);
}

/** Fills an empty block with the headers as they arrive: nothing prepared yet. Headers named like pseudo headers, and `host`, overrule the rest. */
export function fillArriving(block: HeaderBlock, { method, path, host, headers }: SimulatedRequest): void {
  block.method = method;
  block.authority = toWire(host);
  block.path = path === null ? null : toWire(path);
  for (const [name, value] of headers) {
    const lower = name.toLowerCase();
    if (lower === "host" || OWN.has(lower)) block.removeNamed(lower === "host" ? ":authority" : lower);
    block.addNamed(lower === "host" ? ":authority" : lower, toWire(value));
  }
}

const PLAIN_TLS = { presented: false, validated: false } as const;
const NOTHING: Readonly<Record<string, never>> = {};

/** What conditions look at: one object for one block of headers, begun anew for each request. Metadata and filter state may be written to by filters. */
export class ReusableView implements RequestView {
  readonly headers: HeaderBlock;
  readonly runtime: { get(key: string): RuntimeValue | undefined };
  remoteIp = "";
  metadata: Readonly<Record<string, unknown>> = NOTHING;
  filterState: Readonly<Record<string, string>> = NOTHING;
  peer: RequestView["peer"] = undefined;
  #request: SimulatedRequest | undefined;

  /** `layers`: what the runtime holds where the request does not say otherwise. */
  constructor(headers: HeaderBlock, layers: ReadonlyMap<string, RuntimeValue>) {
    this.headers = headers;
    this.runtime = { get: (key) => this.#request?.runtime.get(key) ?? layers.get(key) };
  }

  begin(request: SimulatedRequest, remoteIp: string): this {
    this.#request = request;
    this.remoteIp = remoteIp;
    this.peer = request.scheme === "https" ? PLAIN_TLS : undefined;
    return this;
  }

  get random(): bigint {
    return this.#request?.random ?? 0n;
  }
}

export interface ReadUrl {
  readonly scheme: "http" | "https" | undefined;
  /** `""` where the URL is a path alone. */
  readonly host: string;
  readonly path: string;
  readonly port: number | undefined;
}

/** `http://HOST/PATH`, `https://HOST/PATH` or a path; undefined if it is none of them. The path stays as it was typed, but for a fragment, which no client sends. */
export function readUrl(url: string): ReadUrl | undefined {
  const [, scheme, authority = "", rest] = /^(?:(https?):\/\/([^/?#]*))?([/?*].*|#.*)?$/is.exec(url) ?? [];
  if (scheme === undefined && rest === undefined) return undefined;
  const host = authority.slice(authority.lastIndexOf("@") + 1);
  const path = (rest ?? "/").replace(/#.*$/s, "");
  const lower = scheme?.toLowerCase() as ReadUrl["scheme"];
  const port = /:(\d+)$/.exec(host)?.[1];
  return { scheme: lower, host, path: path.startsWith("?") || path === "" ? `/${path}` : path, port: port === undefined ? undefined : Number(port) };
}

/** A runtime value as a flag writes it. */
export function runtimeValue(text: string): RuntimeValue {
  if (/^-?\d+(\.\d+)?$/.test(text)) return Number(text);
  return text === "true" ? true : text === "false" ? false : text;
}
