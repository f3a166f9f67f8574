/** Request targets (RFC 9112 3.2): which of them Envoy takes, and how it splits absolute and authority form. */
import { ipv6Groups } from "../base/ip-text.ts";

/** An absolute-form target in pieces. */
export interface Target {
  readonly scheme: string;
  /** Host and port, without userinfo. */
  readonly authority: string;
  /** Path, query and fragment; `/` for none. */
  readonly path: string;
}

/** Whether the target may stand in a request line. Its bytes are already known to be between `!` and `~`. */
export function isTargetValid(target: string, connect: boolean): boolean {
  if (target === "") return false;
  if (target[0] === "/" || target[0] === "*") return true;
  const rest = connect ? target : /^[A-Za-z][A-Za-z0-9+.-]*:\/\/(.*)$/s.exec(target)?.[1];
  if (rest === undefined) return false;
  const host = /^[^/?]*/.exec(rest)?.[0] ?? "";
  return /^[A-Za-z0-9!$%&'()*+,\-.:;=@[\]_~]*$/.test(host) && !host.includes("@@");
}

/** Splits an absolute-form target; undefined if it is no URL that Envoy takes (the scheme is not judged here). */
export function parseAbsolute(target: string): Target | undefined {
  const match = /^([A-Za-z]+):\/\/([^/?#]*)(.*)$/s.exec(target);
  const authority = match === null ? undefined : parseServer(match[2] ?? "");
  if (match === null || authority === undefined) return undefined;
  const path = match[3] ?? "";
  return { scheme: (match[1] ?? "").toLowerCase(), authority: authority.text, path: path === "" ? "/" : path };
}

/** The authority of a CONNECT target, `host:port`; undefined if it is anything else. */
export function parseConnect(target: string): string | undefined {
  if (/[/?#@]/.test(target)) return undefined;
  const server = parseServer(target);
  return server?.hasPort === true ? server.text : undefined;
}

function parseServer(server: string): { text: string; hasPort: boolean } | undefined {
  const at = server.lastIndexOf("@");
  if (at >= 0 && !/^[A-Za-z0-9\-_.!~*'()%;:&=+$,]*$/.test(server.slice(0, at))) return undefined;
  const match = /^(\[[^\]]*\]|[A-Za-z0-9.-]+)(?::([0-9]+))?$/.exec(server.slice(at + 1));
  if (match === null || Number(match[2] ?? 0) > 0xffff) return undefined;
  const host = match[1] ?? "";
  if (host[0] === "[" && ipv6Groups(host.slice(1, -1)) === null) return undefined;
  return { text: server.slice(at + 1), hasPort: match[2] !== undefined };
}
