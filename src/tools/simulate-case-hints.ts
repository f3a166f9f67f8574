/** Whether the route that a request came closest to would have matched with other letters' case: of its path, or of a header's value. Tried on the table itself. */
import { toWire } from "../base/wire-text.ts";
import type { RequestView } from "../contract/request-view.ts";
import { HeaderBlock } from "../http/header-block.ts";
import { nameId } from "../http/names.ts";
import type { Candidate } from "../router/explain.ts";
import type { Route } from "../router/route.ts";
import type { RouteTable } from "../router/route-table.ts";
import type { HeaderMatcher } from "../schema/generated/envoy/config/route/v3.ts";

/** Undefined: it would not, or what differs is something else. */
export function caseHint(table: RouteTable, view: RequestView, { route, failed }: Candidate): string | undefined {
  const { conditions } = route;
  const name = route.name === "" ? "a route" : `route ${route.name}`;
  if (conditions.path.at === failed?.at && matchesWith(table, view, route, (headers) => withCaseOf(headers, conditions.path.text))) {
    return `${name} would match the path with the letters' case of ${JSON.stringify(conditions.path.text)}: paths are compared with case unless case_sensitive is false`;
  }
  const matcher = failed?.at as HeaderMatcher | undefined;
  const wanted = matcher?.string_match?.exact ?? matcher?.exact_match;
  if (matcher?.name === undefined || wanted === undefined) return undefined;
  const id = nameId(matcher.name);
  const value = view.headers.get(id);
  if (value === null || value.toLowerCase() !== toWire(wanted).toLowerCase()) return undefined;
  if (!matchesWith(table, view, route, (headers) => headers.set(id, toWire(wanted)))) return undefined;
  return `${name} would match with ${matcher.name}: ${wanted}, whose letters' case is another: values are compared with case unless ignore_case is true`;
}

/** Gives the beginning of the path the letters' case of a text, where they are alike without it. */
function withCaseOf(headers: HeaderBlock, text: string): void {
  const path = headers.path ?? "";
  const wanted = toWire(text);
  if (path.slice(0, wanted.length).toLowerCase() === wanted.toLowerCase()) headers.path = wanted + path.slice(wanted.length);
}

function matchesWith(table: RouteTable, view: RequestView, route: Route, change: (headers: HeaderBlock) => void): boolean {
  const headers = new HeaderBlock();
  headers.copyFrom(view.headers);
  change(headers);
  const { random, runtime, peer, remoteIp, metadata, filterState } = view;
  return table.match({ headers, random, runtime, peer, remoteIp: remoteIp ?? "", metadata, filterState })?.route === route;
}
