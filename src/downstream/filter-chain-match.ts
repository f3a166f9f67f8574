/**
 * Which filter chain serves a connection: `filter_chain_match` of every chain, asked as Envoy asks it. At each criterion
 * the most specific value that fits is taken and never taken back; what then finds no chain goes to the default one.
 *
 *     destination_port   443 ────────────────┬─ any
 *     prefix_ranges      any                 └─ 10.0.0.0/8 ─── any
 *     server_names       a.example ─ .example ─ any
 *     ...                                            one level a criterion, a chain at the end of each way down
 *
 * The same object chooses for live connections and explains for `simulate-route`.
 */
import { NO_RUNTIME, type RuntimeView } from "../contract/request-view.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import type { FilterChain, FilterChainMatch, Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { ConnectionFacts } from "./connection-facts.ts";
import { type ChainKeys, type Criterion, CRITERIA } from "./filter-chain-criteria.ts";
import { FilterChainTree } from "./filter-chain-tree.ts";

/** What was taken at one criterion. */
export interface ChainStep {
  readonly field: keyof FilterChainMatch | "filter_chain_matcher";
  /** What the connection has. */
  readonly value: string;
  /** What was taken: a value of `field`, `"any"`, or undefined where nothing fits and the search ends. */
  readonly taken: string | undefined;
}

/** A chain that was not chosen, and the criterion that decided. */
export interface OtherChain {
  readonly chain: FilterChain;
  readonly field: keyof FilterChainMatch | "filter_chain_matcher";
  readonly because: string;
}

export interface ChainExplanation {
  readonly chain: FilterChain | undefined;
  /** No chain fits: it is the listener's `default_filter_chain`, or there is none and the connection is closed. */
  readonly byDefault: boolean;
  /** Only the criteria of which some chain makes use. */
  readonly steps: readonly ChainStep[];
  readonly others: readonly OtherChain[];
}

const SILENT: Diagnostics = { report: () => undefined };

class Branch implements ChainKeys {
  readonly ways = new Map<string, Branch | FilterChain>();
  private sorted: readonly number[] | undefined;

  has(key: string): boolean {
    return this.ways.has(key);
  }

  get lengths(): readonly number[] {
    this.sorted ??= [...new Set([...this.ways.keys()].filter((key) => key !== "").map((key) => Number(key.slice(key.lastIndexOf("/") + 1))))].sort((a, b) => b - a);
    return this.sorted;
  }

  /** Only "any" occurs here: nothing needs to be looked at. */
  get isOpen(): boolean {
    return this.ways.size === 1 && this.ways.has("");
  }
}

export class FilterChainMatcher {
  private readonly root: Branch;
  private readonly listener: Listener;
  private readonly tree: FilterChainTree | undefined;

  /**
   * What is wrong with the matches was reported by the checks of messages; here the first of two alike wins. `diagnostics` hears of what
   * is wrong with a `filter_chain_matcher`, which takes the place of all matches.
   */
  constructor(listener: Listener, diagnostics: Diagnostics = SILENT, runtime: RuntimeView = NO_RUNTIME) {
    this.listener = listener;
    this.root = new Branch();
    this.tree = listener.filter_chain_matcher === undefined ? undefined : new FilterChainTree(listener, diagnostics, runtime);
    for (const chain of listener.filter_chains ?? []) insert(this.root, 0, chain);
  }

  /** The chain that every connection gets, where no match looks at anything. */
  get only(): FilterChain | undefined {
    if (this.tree !== undefined) return undefined;
    let way: Branch | FilterChain | undefined = this.root;
    while (way instanceof Branch) way = way.isOpen ? way.ways.get("") : undefined;
    return way;
  }

  /** The chain of a connection; `undefined`: it is closed at once (Envoy counts `no_filter_chain_match`). */
  choose(facts: ConnectionFacts): FilterChain | undefined {
    if (this.tree !== undefined) return this.byTree(this.tree, this.tree.name(facts));
    let branch = this.root;
    for (const criterion of CRITERIA) {
      const key = taken(branch, criterion, facts);
      const next = key === undefined ? undefined : branch.ways.get(key);
      if (!(next instanceof Branch)) return next ?? this.listener.default_filter_chain;
      branch = next;
    }
    return this.listener.default_filter_chain;
  }

  /** As {@link choose}, with what was taken at each criterion and where every other chain dropped out. */
  explain(facts: ConnectionFacts): ChainExplanation {
    if (this.tree !== undefined) return this.explainTree(this.tree, facts);
    const steps: ChainStep[] = [];
    const others: OtherChain[] = [];
    let left = this.listener.filter_chains ?? [];
    let way: Branch | FilterChain | undefined = this.root;
    for (const criterion of CRITERIA) {
      if (!(way instanceof Branch)) break;
      const branch: Branch = way;
      const key = taken(branch, criterion, facts);
      if (!branch.isOpen) steps.push({ field: criterion.field, value: criterion.value(facts), taken: key === undefined ? undefined : shownKey(criterion.field, key) });
      const staying = left.filter((chain) => key !== undefined && keysOf(chain, criterion).includes(key));
      for (const chain of left) if (!staying.includes(chain)) others.push({ chain, field: criterion.field, because: whyOut(chain, criterion, facts, branch, key) });
      left = staying;
      way = key === undefined ? undefined : branch.ways.get(key);
    }
    const found = way instanceof Branch ? undefined : way;
    return { chain: found ?? this.listener.default_filter_chain, byDefault: found === undefined, steps, others };
  }

  private byTree(tree: FilterChainTree, name: string | undefined): FilterChain | undefined {
    return name === undefined ? this.listener.default_filter_chain : tree.chain(name);
  }

  private explainTree(tree: FilterChainTree, facts: ConnectionFacts): ChainExplanation {
    const name = tree.name(facts);
    const chain = this.byTree(tree, name);
    const because = name === undefined ? "the matcher leads to no chain" : `the matcher leads to ${name}`;
    const others = (this.listener.filter_chains ?? []).filter((each) => each !== chain).map((each): OtherChain => ({ chain: each, field: "filter_chain_matcher", because }));
    return { chain, byDefault: name === undefined, steps: [{ field: "filter_chain_matcher", value: "the connection", taken: name }], others };
  }
}

function keysOf(chain: FilterChain, criterion: Criterion): readonly string[] {
  return criterion.wanted(chain.filter_chain_match ?? {});
}

function insert(branch: Branch, level: number, chain: FilterChain): void {
  const criterion = CRITERIA[level] as Criterion;
  const last = level === CRITERIA.length - 1;
  for (const key of keysOf(chain, criterion)) {
    const there = branch.ways.get(key);
    if (last && there === undefined) branch.ways.set(key, chain);
    if (last) continue;
    const next = there instanceof Branch ? there : new Branch();
    branch.ways.set(key, next);
    insert(next, level + 1, chain);
  }
}

/** The most specific key of the connection that occurs here, `""` (any) last; `undefined`: nothing fits. */
function taken(branch: Branch, criterion: Criterion, facts: ConnectionFacts): string | undefined {
  if (branch.isOpen) return "";
  return criterion.offered(facts, branch).find((key) => branch.has(key)) ?? (branch.has("") ? "" : undefined);
}

function whyOut(chain: FilterChain, criterion: Criterion, facts: ConnectionFacts, branch: Branch, key: string | undefined): string {
  const wanted = keysOf(chain, criterion);
  const fits = wanted.includes("") || criterion.offered(facts, branch).some((offered) => wanted.includes(offered));
  const shown = wanted.map((each) => shownKey(criterion.field, each)).join(", ");
  if (fits && key !== undefined) return `${shown} fits ${criterion.value(facts)} too, but ${shownKey(criterion.field, key)} is more specific`;
  return `wants ${shown}; the connection has ${criterion.value(facts)}`;
}

function shownKey(field: keyof FilterChainMatch, key: string): string {
  if (key === "") return "any";
  return field === "server_names" && key.startsWith(".") ? `*${key}` : key;
}
