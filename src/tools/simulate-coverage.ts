/** Which routes a run of requests hit, and how often; a weighted route counts as often as it has clusters. */
import type { Route, RouteConfiguration, VirtualHost } from "../schema/generated/envoy/config/route/v3.ts";

/** A route of a table, in order, those that stand in a virtual host's matcher included. */
export interface RouteOfHost {
  readonly virtualHost: string;
  readonly route: Route;
}

export interface CoveredRoute extends RouteOfHost {
  readonly hits: number;
  /** The clusters of a weighted route that nothing reached, by name or by the header that names them; empty: the route as a whole. */
  readonly missing: readonly string[];
}

export class RouteCoverage {
  readonly #tables = new Set<RouteConfiguration>();
  readonly #hits = new Map<object, number>();

  /** Counts all routes of a table, covered or not. */
  addTable(table: RouteConfiguration): void {
    this.#tables.add(table);
  }

  /** `at`: the route's message, or that of the chosen entry of its weighted clusters. */
  cover(at: object | undefined): void {
    if (at !== undefined) this.#hits.set(at, (this.#hits.get(at) ?? 0) + 1);
  }

  /** Undefined for tables without routes. */
  get percent(): number | undefined {
    const all = this.#routes().flatMap(({ route }) => partsOf(route));
    return all.length === 0 ? undefined : (100 * all.filter((part) => this.#hits.has(part)).length) / all.length;
  }

  /** Every route, in the order of the configuration. */
  routes(): CoveredRoute[] {
    return this.#routes().map(({ virtualHost, route }) => {
      const parts = partsOf(route);
      const missing = parts.filter((part) => !this.#hits.has(part));
      return { virtualHost, route, hits: parts.reduce((sum, part) => sum + (this.#hits.get(part) ?? 0), 0), missing: missing.length === parts.length ? [] : missing.map(partName) };
    });
  }

  /** Those of which a part, or all, was never reached. */
  uncovered(): CoveredRoute[] {
    return this.routes().filter(({ hits, missing }) => hits === 0 || missing.length > 0);
  }

  #routes(): RouteOfHost[] {
    return [...this.#tables].flatMap(routesOf);
  }
}

function partsOf(route: Route): readonly object[] {
  return route.route?.weighted_clusters?.clusters ?? [route];
}

function partName(part: object): string {
  const { name, cluster_header: header } = part as { readonly name?: string; readonly cluster_header?: string };
  return name !== undefined && name !== "" ? name : `header ${header ?? ""}`;
}

/** Every route of a table. */
export function routesOf(table: RouteConfiguration): RouteOfHost[] {
  return (table.virtual_hosts ?? []).flatMap((host) => [...(host.routes ?? []), ...matcherRoutes(host)].map((route) => ({ virtualHost: host.name ?? "", route })));
}

const ROUTE = "type.googleapis.com/envoy.config.route.v3.Route";
const ROUTE_LIST = "type.googleapis.com/envoy.config.route.v3.RouteList";

/** The routes that a matcher tree leads to, in the order in which they are written. */
function matcherRoutes({ matcher }: VirtualHost): Route[] {
  const found: Route[] = [];
  const walk = (value: unknown): void => {
    if (typeof value !== "object" || value === null) return;
    const type = (value as { readonly "@type"?: string })["@type"];
    if (type === ROUTE) found.push(value as Route);
    else if (type === ROUTE_LIST) found.push(...((value as { readonly routes?: readonly Route[] }).routes ?? []));
    else for (const each of Object.values(value)) walk(each);
  };
  walk(matcher);
  return found;
}
