/**
 * Subsets: hosts of the same values under chosen keys of their metadata are balanced among themselves, by another policy (Envoy's
 * SubsetLoadBalancer; docs: load balancer subsets). Which subset, the route's `metadata_match` says; else, and where there is none, the fallback.
 */
import type { Host } from "../contract/host.ts";
import type { HostSets, LocalityHosts } from "../contract/host-set.ts";
import type { BalancerGiven, LbContext, LoadBalancer, LoadBalancerFactory, MetadataCriteria } from "../contract/load-balancer.ts";
import { GAUGE } from "../stats/shape.ts";
import { LB_SUBSETS_ACTIVE, LB_SUBSETS_CREATED, LB_SUBSETS_FALLBACK, LB_SUBSETS_FALLBACK_PANIC, LB_SUBSETS_REMOVED, LB_SUBSETS_SELECTED } from "./cluster-stats.ts";
import { filterSets } from "./host-sets.ts";
import { answers, criteriaKey, criteriaOf, criteriaOfHost, filterCriteria, mergeCriteria } from "./subset-criteria.ts";

export type Fallback = "NOT_DEFINED" | "NO_FALLBACK" | "ANY_ENDPOINT" | "DEFAULT_SUBSET" | "KEYS_SUBSET";

export interface Selector {
  /** Sorted. */
  readonly keys: readonly string[];
  readonly singleHost: boolean;
  readonly fallback: Fallback;
  readonly fallbackKeys: ReadonlySet<string>;
}

export interface SubsetOptions {
  readonly fallback: Fallback;
  readonly defaultSubset: MetadataCriteria;
  readonly selectors: readonly Selector[];
  readonly localityWeightAware: boolean;
  readonly scaleLocalityWeight: boolean;
  readonly panicModeAny: boolean;
  readonly listAsAny: boolean;
  readonly allowRedundantKeys: boolean;
  readonly fallbackList: boolean;
}

const FALLBACK_LIST = "fallback_list";

export class SubsetBalancer implements LoadBalancer {
  private readonly given: BalancerGiven;
  private readonly options: SubsetOptions;
  private readonly child: LoadBalancerFactory;
  private readonly selectorsByKeys: ReadonlyMap<string, Selector>;
  private subsets = new Map<string, Subset>();
  private readonly any: Subset | null;
  private readonly chosen: Subset | null;
  /** Keys of criteria that routes have. */
  private readonly keys = new WeakMap<MetadataCriteria, string>();

  constructor(given: BalancerGiven, options: SubsetOptions, child: LoadBalancerFactory) {
    this.given = given;
    this.options = options;
    this.child = child;
    this.selectorsByKeys = selectorsByKeys(options.selectors);
    const used = new Set<Fallback>([options.fallback, ...options.selectors.map(({ fallback }) => fallback)]);
    this.any = used.has("ANY_ENDPOINT") || options.panicModeAny ? new Subset(child(given)) : null;
    this.chosen = used.has("DEFAULT_SUBSET") ? new Subset(child(given)) : null;
  }

  choose(context: LbContext, attempt = 0): Host | null {
    const criteria = context.metadataMatch ?? null;
    if (this.options.fallbackList && criteria !== null) {
      const list = criteria.find(([key]) => key === FALLBACK_LIST)?.[1];
      if (Array.isArray(list)) return this.chooseOfList(context, attempt, criteria.filter(([key]) => key !== FALLBACK_LIST), list);
    }
    return this.chooseBy(context, attempt, criteria);
  }

  update(sets: HostSets): void {
    const hosts = sets.flatMap((set) => set.hosts);
    const members = this.membersOf(hosts);
    for (const [key, { selector, hosts: wanted }] of members) {
      let subset = this.subsets.get(key);
      if (subset === undefined) {
        this.subsets.set(key, (subset = new Subset(selector.singleHost ? null : this.child(this.given))));
        this.count(LB_SUBSETS_CREATED, 1);
      }
      this.give(subset, sets, wanted);
    }
    for (const [key, subset] of this.subsets) if (!members.has(key)) this.remove(key, subset);
    const everybody = new Set(hosts);
    if (this.any !== null) this.give(this.any, sets, everybody);
    if (this.chosen !== null) this.give(this.chosen, sets, new Set(hosts.filter((host) => answers(host, this.options.defaultSubset, this.options.listAsAny))));
  }

  close(): void {
    for (const [key, subset] of this.subsets) this.remove(key, subset);
  }

  private chooseOfList(context: LbContext, attempt: number, criteria: MetadataCriteria, list: readonly unknown[]): Host | null {
    if (list.length === 0) return this.chooseBy(context, attempt, criteria);
    for (const over of list) {
      const host = this.chooseBy(context, attempt, mergeCriteria(criteria, criteriaOf(over as Record<string, unknown>)));
      if (host !== null) return host;
    }
    return null;
  }

  private chooseBy(context: LbContext, attempt: number, asked: MetadataCriteria | null): Host | null {
    const criteria = asked !== null && this.options.allowRedundantKeys ? this.reduced(asked) : asked;
    if (criteria !== null) {
      const subset = this.subsets.get(this.keyOf(criteria));
      if (subset !== undefined && subset.active) {
        this.given.stats.inc(LB_SUBSETS_SELECTED);
        return subset.choose(context, attempt);
      }
      const selector = this.selectorsByKeys.get(keysText(criteria.map(([key]) => key)));
      if (selector !== undefined && selector.fallback !== "NOT_DEFINED") return this.fallBack(selector, context, attempt, criteria);
    }
    return this.fallBackGenerally(context, attempt);
  }

  private fallBack(selector: Selector, context: LbContext, attempt: number, criteria: MetadataCriteria): Host | null {
    if (selector.fallback === "ANY_ENDPOINT") return this.any?.choose(context, attempt) ?? null;
    if (selector.fallback === "DEFAULT_SUBSET") return this.chosen?.choose(context, attempt) ?? null;
    if (selector.fallback === "KEYS_SUBSET") return this.chooseBy(context, attempt, filterCriteria(criteria, selector.fallbackKeys));
    return null;
  }

  private fallBackGenerally(context: LbContext, attempt: number): Host | null {
    const { fallback, panicModeAny } = this.options;
    const subset = fallback === "ANY_ENDPOINT" ? this.any : fallback === "DEFAULT_SUBSET" ? this.chosen : null;
    if (subset === null) return null;
    const host = subset.choose(context, attempt);
    if (host !== null) {
      this.given.stats.inc(LB_SUBSETS_FALLBACK);
      return host;
    }
    const panicked = panicModeAny ? (this.any?.choose(context, attempt) ?? null) : null;
    if (panicked !== null) this.given.stats.inc(LB_SUBSETS_FALLBACK_PANIC);
    return panicked;
  }

  /** The criteria of the first selector whose keys are all there. */
  private reduced(criteria: MetadataCriteria): MetadataCriteria {
    for (const { keys } of this.options.selectors) {
      const some = filterCriteria(criteria, new Set(keys));
      if (some.length === keys.length) return some;
    }
    return criteria;
  }

  private keyOf(criteria: MetadataCriteria): string {
    let key = this.keys.get(criteria);
    if (key === undefined) this.keys.set(criteria, (key = criteriaKey(criteria)));
    return key;
  }

  private membersOf(hosts: readonly Host[]): Map<string, { readonly selector: Selector; readonly hosts: Set<Host> }> {
    const members = new Map<string, { selector: Selector; hosts: Set<Host> }>();
    let duplicates = 0;
    for (const host of hosts) {
      for (const selector of this.options.selectors) {
        for (const criteria of criteriaOfHost(host, selector.keys, this.options.listAsAny)) {
          const key = criteriaKey(criteria);
          const member = members.get(key) ?? { selector, hosts: new Set() };
          members.set(key, member);
          // one host a priority, the first
          if (member.selector.singleHost && [...member.hosts].some((other) => other.priority === host.priority)) duplicates++;
          else member.hosts.add(host);
        }
      }
    }
    if (this.given.leader !== false) this.given.stats.child("lb_subsets_single_host_per_subset_duplicate", GAUGE).set(0, duplicates);
    return members;
  }

  private give(subset: Subset, sets: HostSets, wanted: ReadonlySet<Host>): void {
    const { localityWeightAware, scaleLocalityWeight } = this.options;
    const weight = (all: LocalityHosts, left: number): number => {
      if (!localityWeightAware) return 0;
      return scaleLocalityWeight ? Math.round((all.weight * left) / all.hosts.length) : all.weight;
    };
    const before = subset.active;
    subset.update(filterSets(sets, wanted, weight), wanted);
    if (!before && subset.active && subset !== this.any && subset !== this.chosen) this.count(LB_SUBSETS_ACTIVE, 1);
  }

  private remove(key: string, subset: Subset): void {
    this.subsets.delete(key);
    subset.close();
    this.count(LB_SUBSETS_ACTIVE, -1);
    this.count(LB_SUBSETS_REMOVED, 1);
  }

  private count(place: number, by: number): void {
    if (this.given.leader !== false) this.given.stats.add(place, by);
  }
}

/** Its hosts and their balancer; without one, it is one host, whatever its health. */
class Subset {
  active = false;
  private single: Host | null = null;
  private readonly balancer: LoadBalancer | null;

  constructor(balancer: LoadBalancer | null) {
    this.balancer = balancer;
  }

  choose(context: LbContext, attempt: number): Host | null {
    return this.balancer === null ? this.single : this.balancer.choose(context, attempt);
  }

  update(sets: HostSets, hosts: ReadonlySet<Host>): void {
    this.active = hosts.size > 0;
    this.single = [...hosts].sort((a, b) => a.priority - b.priority)[0] ?? null;
    this.balancer?.update(sets);
  }

  close(): void {
    this.balancer?.close?.();
  }
}

function keysText(keys: readonly string[]): string {
  return keys.join("\0");
}

/** As Envoy files them, in a tree of keys: a selector whose place is taken already (it is the beginning of an earlier one) has no fallback. */
function selectorsByKeys(selectors: readonly Selector[]): Map<string, Selector> {
  const found = new Map<string, Selector>();
  const places = new Set<string>();
  for (const selector of selectors) {
    const all = keysText(selector.keys);
    if (!places.has(all)) found.set(all, selector);
    for (let length = 1; length <= selector.keys.length; length++) places.add(keysText(selector.keys.slice(0, length)));
  }
  return found;
}
