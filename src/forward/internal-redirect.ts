/**
 * Internal redirects (envoy-semantics 11.2): the request takes the place the upstream's Location names, and begins anew from there. Here its
 * headers are changed so; what stands in the way is counted, and leaves them as they were.
 */
import type { StreamHandle } from "../contract/http-filter.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { AUTHORITY, CONTENT_LENGTH, LOCATION, PATH, SCHEME, X_ENVOY_ORIGINAL_URL } from "../http/names.ts";
import type { RedirectPolicy } from "../router/internal-redirect-policy.ts";
import { choiceOf } from "../router/route.ts";
import type { ForwardContext } from "./forward-context.ts";
import { REDIRECT_BAD_LOCATION, REDIRECT_NO_ROUTE, REDIRECT_PREDICATE, REDIRECT_TOO_MANY, REDIRECT_UNSAFE_SCHEME } from "./router-stats.ts";

/** Where the number of hops of a request is kept; Envoy's name. */
const HOPS = "num_internal_redirects";

interface Place {
  readonly scheme: string;
  readonly authority: string;
  /** Without a fragment. */
  readonly path: string;
}

const ABSOLUTE = /^([a-z]+):\/\/(?:[^@/?#\s]*@)?((?:\[[0-9a-f:.]+\]|[a-z0-9._-]+)(?::(\d{1,5}))?)([/?#][\x21-\x7e\x80-\xff]*)?$/i;

/** An absolute URL taken apart; null for anything else. */
export function placeOf(url: string): Place | null {
  const [, scheme, authority, port, rest = "/"] = ABSOLUTE.exec(url) ?? [];
  if (scheme === undefined || authority === undefined || Number(port ?? 0) > 65_535) return null;
  return { scheme, authority, path: rest.replace(/#.*$/s, "") };
}

function isHttp(scheme: string | null): boolean {
  return scheme?.toLowerCase() === "http";
}

/** Turns the request to where `response` sends it. False: it may not go there. `dropBody` is called when the body is not to go along. */
export function turnRequest(handle: StreamHandle, policy: RedirectPolicy, response: HeaderBlock, context: ForwardContext, dropBody: () => void): boolean {
  const { requestHeaders: headers } = handle;
  const location = response.get(LOCATION);
  const refuse = (counter: number): boolean => {
    context.stats.inc(counter);
    return false;
  };
  if (location === null || headers.path === null) return false;
  const place = placeOf(location);
  if (place === null) return refuse(REDIRECT_BAD_LOCATION);
  const fromHttp = isHttp(headers.scheme) || handle.view.peer === undefined;
  const toHttp = isHttp(place.scheme);
  if (!policy.allowCrossScheme && fromHttp !== toHttp) return refuse(REDIRECT_UNSAFE_SCHEME);
  const memory = (handle.info.filterState ??= new Map());
  const hops = Number(memory.get(HOPS) ?? 0);
  if (hops >= policy.most) return refuse(REDIRECT_TOO_MANY);
  const before = new HeaderBlock();
  before.copyFrom(headers);
  const from = choiceOf(handle.route())?.route?.name ?? "";
  copyHeaders(policy, response, headers);
  headers.set(SCHEME, place.scheme);
  headers.set(AUTHORITY, place.authority);
  headers.set(PATH, place.path);
  handle.clearRouteCache();
  const choice = choiceOf(handle.route());
  const to = choice?.route?.name ?? "";
  handle.info.routeName = to; // whether or not the request gets there
  const blocked = choice === null ? REDIRECT_NO_ROUTE : context.predicates.internalRedirects(policy.message).every((predicate) => (
    predicate.accepts({ from, to, downstreamIsHttps: !fromHttp, targetIsHttps: !toHttp, memory })
  )) ? 0 : REDIRECT_PREDICATE;
  if (blocked !== 0) {
    headers.copyFrom(before);
    // Envoy puts the scheme back twice, which its access log shows.
    if (before.scheme !== null) headers.scheme = `${fromHttp ? "http" : "https"},${before.scheme}`;
    return refuse(blocked);
  }
  if (response.status === 303 && headers.method !== "GET" && headers.method !== "HEAD") {
    headers.method = "GET";
    headers.remove(CONTENT_LENGTH);
    dropBody();
  }
  memory.set(HOPS, hops + 1);
  headers.set(X_ENVOY_ORIGINAL_URL, `${fromHttp ? "http" : "https"}://${before.authority ?? ""}${before.path ?? ""}`);
  return true;
}

function copyHeaders({ headersToCopy }: RedirectPolicy, response: HeaderBlock, request: HeaderBlock): void {
  for (const id of headersToCopy) {
    request.remove(id);
    for (const value of response.getAll(id)) request.append(id, value);
  }
}
