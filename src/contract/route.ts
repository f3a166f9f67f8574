/** What floors below the router need to know of it: a route is chosen, a table is found by its name. */

export interface Route {
  /** `forward`: to a cluster. `redirect` and `direct`: answered here. */
  readonly kind: "forward" | "redirect" | "direct";
}

/** A table by name, as it is at this moment; a stream keeps the one it was routed by. */
export interface RouteTableHandle {
  /** The router's table, null while it has not come. Narrowed by the router's `tableOf`. */
  table(): object | null;
}

export interface RouteTableSource {
  handle(name: string): RouteTableHandle;
}
