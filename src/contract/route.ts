/** What floors above the router need to know of routes and tables. The router's own classes implement it. */
import type { HeaderBlock } from "../http/header-block.ts";
import type { RequestView } from "./request-view.ts";
import type { StreamInfo } from "./stream-info.ts";

export interface Route {
  /** `forward`: to a cluster. `redirect` and `direct`: answered here. `none`: accepted by Envoy, reaches no cluster. */
  readonly kind: "forward" | "redirect" | "direct" | "none";
  /** `Route.name`, "" when unnamed. */
  readonly name: string;
  /** Name of the virtual host. */
  readonly virtualHostName: string;
  /** The message of the most specific level that configures this filter, or null. */
  perFilterConfig(filter: string): object | null;
  /** Applies the response header mutations of route, virtual host and table to an answer made by the proxy itself. */
  finalizeLocalReply(headers: HeaderBlock, stream: { readonly info: StreamInfo; readonly headers: HeaderBlock }): void;
}

export interface RouteTable {
  /** Header ids of `internal_only_headers`. */
  readonly internalOnlyHeaders: readonly number[];
  /** The first route that matches, or null. */
  route(request: RequestView): Route | null;
}

/** A table by name, as it is at this moment; a stream keeps the one it was routed by. */
export interface RouteTableHandle {
  table(): RouteTable | null;
}

export interface RouteTableSource {
  handle(name: string): RouteTableHandle;
}
