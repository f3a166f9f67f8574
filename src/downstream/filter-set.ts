/** The filters of a chain opened in a worker, and which of them one request passes: routes switch filters off and on. */
import type { Env } from "../contract/env.ts";
import { isDisabled } from "../router/filter-configs.ts";
import { filterLevels, type Route, type RouteChoice } from "../router/route.ts";
import type { ChainEntry } from "../stream/filter-chain.ts";
import type { FilterPlan } from "./http-filters.ts";

export class FilterSet {
  private readonly all: readonly ChainEntry[];
  private readonly disabled: readonly boolean[];
  /** For requests whose route says nothing of filters. */
  readonly byDefault: readonly ChainEntry[];
  /** By route; a member of a weighted choice may say more. */
  private readonly byRoute = new WeakMap<Route, readonly ChainEntry[]>();

  constructor(plans: readonly FilterPlan[], env: Env) {
    this.all = plans.map((plan) => openFilter(plan, env));
    this.disabled = plans.map((plan) => plan.disabled);
    this.byDefault = this.all.filter((_, i) => this.disabled[i] === false);
  }

  /** `choice` null: there is no route, or it is not known yet. */
  of(choice: RouteChoice | null): readonly ChainEntry[] {
    if (choice === null) return this.byDefault;
    const { route, entry } = choice;
    if (route === undefined || (entry !== undefined && entry.filterConfigs.size > 0)) return this.chosen(choice);
    const known = this.byRoute.get(route);
    if (known !== undefined) return known;
    const chosen = this.chosen(choice);
    this.byRoute.set(route, chosen);
    return chosen;
  }

  private chosen(choice: RouteChoice): readonly ChainEntry[] {
    const levels = filterLevels(choice);
    for (const level of levels) {
      if (level.size > 0) return this.all.filter((entry, i) => !(isDisabled(levels, entry.name) ?? this.disabled[i]));
    }
    return this.byDefault;
  }
}

/** Opens a filter; its per-route configurations were compiled with the route's message and are found again by it. */
function openFilter(filter: FilterPlan, env: Env): ChainEntry {
  const compiled = new WeakMap<object, unknown>();
  return {
    name: filter.name,
    create: filter.plan.open(env),
    routeConfig(message) {
      if (!compiled.has(message)) compiled.set(message, filter.extension.compileRoute?.(message as never, filter.silent) ?? null);
      return compiled.get(message);
    },
  };
}
