/** Redirects: the Location of envoy.config.route.v3.RedirectAction (http/utility.cc newUri) and of require_tls. */
import { toWire } from "../base/wire-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { AUTHORITY, PATH, SCHEME, X_ENVOY_ORIGINAL_PATH, X_FORWARDED_PROTO } from "../http/names.ts";
import type { FormatContext } from "../match/format/format-context.ts";
import { compileFormat } from "../match/format/format-string.ts";
import type { Formatter } from "../match/format/format-string.ts";
import type { PathCondition } from "../match/path-matcher.ts";
import type { RedirectAction } from "../schema/generated/envoy/config/route/v3.ts";
import { compilePlainRewrite } from "./path-rewrite.ts";
import type { PathRewrite } from "./path-rewrite.ts";

export const honours = {
  "envoy.config.route.v3.RedirectAction": [
    "https_redirect", "scheme_redirect", "host_redirect", "port_redirect", "path_redirect", "prefix_rewrite", "regex_rewrite", "path_rewrite",
    "response_code", "strip_query",
  ],
} as const;

const CODES: Readonly<Record<string, number>> = { MOVED_PERMANENTLY: 301, FOUND: 302, SEE_OTHER: 303, TEMPORARY_REDIRECT: 307, PERMANENT_REDIRECT: 308 };

/** What a redirect changes of a URL; `""` leaves a part as the request has it. */
interface UrlChange {
  readonly scheme: string;
  readonly host: string;
  /** With its colon. */
  readonly port: string;
  readonly path: string;
  readonly stripQuery: boolean;
}

const NO_CHANGE: UrlChange = { scheme: "", host: "", port: "", path: "", stripQuery: false };

function isScheme(value: string, scheme: string): boolean {
  return value.length === scheme.length && value.toLowerCase() === scheme;
}

/** The request's host, without its port if that does not fit the new scheme or is replaced. */
function requestHost(headers: HeaderBlock, scheme: string, port: string): string {
  const host = headers.get(AUTHORITY) ?? "";
  const colon = host.startsWith("[") ? host.lastIndexOf("]:") + 1 : host.lastIndexOf(":");
  if (colon < 0 || (host.startsWith("[") && colon === 0)) return host;
  const protocol = headers.get(X_FORWARDED_PROTO) ?? "";
  const own = host.slice(colon);
  const misfit = scheme !== protocol && ((isScheme(protocol, "https") && own === ":443") || (isScheme(protocol, "http") && own === ":80"));
  return port !== "" || misfit ? host.slice(0, colon) : host;
}

function newPath(change: UrlChange, current: string): string {
  if (change.path === "") return current;
  const query = change.path.includes("?") ? -1 : current.indexOf("?");
  return query < 0 ? change.path : change.path + current.slice(query);
}

function newUri(headers: HeaderBlock, change: UrlChange): string {
  const scheme = change.scheme || (headers.get(SCHEME) ?? "");
  const host = change.host || requestHost(headers, scheme, change.port);
  let path = newPath(change, headers.get(PATH) ?? "");
  if (!path.startsWith("/")) path = `/${path}`;
  const query = change.stripQuery && !change.path.includes("?") ? path.indexOf("?") : -1;
  return `${scheme}://${host}${change.port}${query < 0 ? path : path.slice(0, query)}`;
}

/** The Location of a direct response with a 201 or 3xx status: the request's own URL. */
export function ownUri(headers: HeaderBlock): string {
  return newUri(headers, NO_CHANGE);
}

/** The Location of require_tls: the same URL, with https. */
export function tlsUri(headers: HeaderBlock): string {
  return `https://${headers.get(AUTHORITY) ?? ""}${headers.get(PATH) ?? ""}`;
}

export class RedirectPlan {
  readonly status: number;
  private readonly change: UrlChange;
  private readonly rewrite: PathRewrite | undefined;
  private readonly format: Formatter | undefined;

  constructor(status: number, change: UrlChange, rewrite: PathRewrite | undefined, format: Formatter | undefined) {
    this.status = status;
    this.change = change;
    this.rewrite = rewrite;
    this.format = format;
  }

  /**
   * The Location for a request. A prefix or regex rewrite changes `:path` of `headers` first, as Envoy does, and keeps the old one in
   * `x-envoy-original-path` if `keepOld`.
   */
  location(headers: HeaderBlock, context: FormatContext, keepOld: boolean): string {
    const path = this.rewrite?.rewrite(headers, context) ?? "";
    if (path !== "") {
      if (keepOld) headers.set(X_ENVOY_ORIGINAL_PATH, headers.get(PATH) ?? "");
      headers.set(PATH, path);
    }
    const formatted = this.format?.format(context) ?? "";
    return newUri(headers, formatted === "" ? this.change : { ...this.change, path: formatted });
  }
}

/** Compiles a redirect; errors are reported. */
export function compileRedirect(config: RedirectAction, path: PathCondition, diagnostics: Diagnostics): RedirectPlan {
  const format = config.path_rewrite ? compileFormat(config.path_rewrite, true, { at: config, key: "path_rewrite", diagnostics }) : undefined;
  const change: UrlChange = {
    scheme: toWire(config.scheme_redirect || (config.https_redirect === true ? "https" : "")),
    host: toWire(config.host_redirect ?? ""),
    port: config.port_redirect ? `:${config.port_redirect}` : "",
    path: toWire(config.path_redirect ?? ""),
    stripQuery: config.strip_query === true,
  };
  return new RedirectPlan(CODES[config.response_code ?? ""] ?? 301, change, compilePlainRewrite(config, path, diagnostics), format);
}
