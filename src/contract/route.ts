/** What floors above the router need to know of a chosen route. The router's own classes implement it. */
export interface Route {
  /** `forward`: to a cluster. `redirect` and `direct`: answered here. `none`: accepted by Envoy, reaches no cluster. */
  readonly kind: "forward" | "redirect" | "direct" | "none";
  /** `Route.name`, "" when unnamed. */
  readonly name: string;
  readonly virtualHost: string;
  /** The message of the most specific level that configures this filter, or null. */
  perFilterConfig(filter: string): object | null;
}
