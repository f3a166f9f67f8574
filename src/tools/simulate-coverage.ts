/** Which routes a run of tests asserted something of; a weighted route counts as often as it has clusters. */
import type { Route, RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";

export interface UncoveredRoute {
  readonly virtualHost: string;
  readonly route: Route;
  /** The clusters of a weighted route that no test reached; empty: the route as a whole. */
  readonly clusters: readonly string[];
}

export class RouteCoverage {
  readonly #tables = new Set<RouteConfiguration>();
  readonly #covered = new Set<object>();

  /** Counts all routes of a table, covered or not. */
  addTable(table: RouteConfiguration): void {
    this.#tables.add(table);
  }

  /** `at`: the route's message, or that of the chosen entry of its weighted clusters. */
  cover(at: object | undefined): void {
    if (at !== undefined) this.#covered.add(at);
  }

  /** Undefined for tables without routes. */
  get percent(): number | undefined {
    const all = this.#routes().flatMap(({ route }) => partsOf(route));
    return all.length === 0 ? undefined : (100 * all.filter((part) => this.#covered.has(part)).length) / all.length;
  }

  uncovered(): UncoveredRoute[] {
    return this.#routes().flatMap(({ virtualHost, route }) => {
      const parts = partsOf(route);
      const missing = parts.filter((part) => !this.#covered.has(part));
      if (missing.length === 0) return [];
      return [{ virtualHost, route, clusters: missing.length === parts.length ? [] : missing.map((part) => (part as { readonly name?: string }).name ?? "") }];
    });
  }

  #routes(): { virtualHost: string; route: Route }[] {
    return [...this.#tables].flatMap((table) => (table.virtual_hosts ?? []).flatMap((host) => (host.routes ?? []).map((route) => ({ virtualHost: host.name ?? "", route }))));
  }
}

function partsOf(route: Route): readonly object[] {
  return route.route?.weighted_clusters?.clusters ?? [route];
}
