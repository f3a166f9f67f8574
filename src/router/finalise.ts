/**
 * The last changes to a request before it is forwarded, and to a response (config_impl.cc finalizeRequestHeaders): the weighted
 * entry's mutations, those of the levels, the port of a CONNECT, host, path.
 */
import type { HeaderBlock } from "../http/header-block.ts";
import { AUTHORITY, PATH, X_ENVOY_ORIGINAL_PATH } from "../http/names.ts";
import type { FormatContext } from "../match/format/format-context.ts";
import { portStart } from "./host-lookup.ts";
import { updateAuthority } from "./host-rewrite.ts";
import { tlsUri } from "./redirect.ts";
import type { RouteChoice } from "./route.ts";

export interface FinaliseOptions {
  /** Leave `x-envoy-original-path` and `-host`: true unless suppress_envoy_headers. */
  readonly keepOriginals: boolean;
  /** The port that host normalisation took from a CONNECT request. */
  readonly connectPort: string | undefined;
}

/** Whether {@link finaliseRequest} does anything for this choice, a CONNECT's port aside: most routes change nothing. */
export function changesRequest({ route, entry }: RouteChoice): boolean {
  if (entry !== undefined || route === undefined || route.requestMutations.length > 0) return true;
  return route.forward?.hostRewrite !== undefined || route.forward?.pathRewrite !== undefined;
}

/** Changes the headers of a request that `choice` forwards. `context.requestHeaders` must be these headers. */
export function finaliseRequest({ route, entry }: RouteChoice, headers: HeaderBlock, context: FormatContext, options: FinaliseOptions): void {
  if (entry !== undefined) {
    entry.requestMutations.apply(headers, context);
    if (entry.hostRewrite !== "") headers.set(AUTHORITY, entry.hostRewrite);
  }
  for (const mutations of route?.requestMutations ?? []) mutations.apply(headers, context);
  if (options.connectPort !== undefined) restorePort(headers, options.connectPort);
  const plan = route?.forward;
  if (plan === undefined) return;
  const host = plan.hostRewrite?.(headers, context) ?? "";
  if (host !== "") updateAuthority(headers, host, options.keepOriginals, plan.appendForwardedHost);
  const path = plan.pathRewrite?.rewrite(headers, context) ?? "";
  if (path === "") return;
  if (options.keepOriginals) headers.set(X_ENVOY_ORIGINAL_PATH, headers.get(PATH) ?? "");
  headers.set(PATH, path);
}

function restorePort(headers: HeaderBlock, port: string): void {
  const host = headers.get(AUTHORITY) ?? "";
  if (portStart(host) < 0) headers.set(AUTHORITY, `${host}:${port}`);
}

/** Changes the headers of a response, the upstream's or a local one, to a request that has this choice. */
export function finaliseResponse({ route, entry }: RouteChoice, headers: HeaderBlock, context: FormatContext): void {
  entry?.responseMutations.apply(headers, context);
  for (const mutations of route?.responseMutations ?? []) mutations.apply(headers, context);
}

/** An answer that a route gives by itself. */
export interface OwnAnswer {
  readonly status: number;
  readonly location: string | undefined;
  /** In wire form. */
  readonly body: string;
  /** Of the body, if there is one. */
  readonly contentType: string;
}

/** The answer of a redirect or direct response, `undefined` for a route that forwards. May rewrite `:path`, as Envoy does. */
export function ownAnswer({ kind, route }: RouteChoice, headers: HeaderBlock, context: FormatContext, keepOriginals: boolean): OwnAnswer | undefined {
  if (kind === "forward") return undefined;
  if (route === undefined) return { status: 301, location: tlsUri(headers), body: "", contentType: "" };
  if (route.redirect !== undefined) {
    const location = headers.get(PATH) === null ? undefined : route.redirect.location(headers, context, keepOriginals);
    return { status: route.redirect.status, location, body: "", contentType: "" };
  }
  if (route.direct === undefined) return undefined;
  const location = headers.get(PATH) === null ? undefined : route.direct.location(headers);
  return { status: route.direct.status, location, body: route.direct.bodyFor(context), contentType: route.direct.contentType };
}
