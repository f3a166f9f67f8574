/** Which cluster a forwarding route chooses: a fixed one, one named by a header, or one of several by weight. */
import { toWire } from "../base/wire-text.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { nameId } from "../http/names.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import type { RequestView } from "../contract/request-view.ts";
import type { RouteAction, WeightedCluster, WeightedCluster_ClusterWeight } from "../schema/generated/envoy/config/route/v3.ts";
import { currentWeight } from "./current-weight.ts";
import { compileRequestMutations, compileResponseMutations } from "./header-mutations.ts";
import type { HeaderMutations } from "./header-mutations.ts";
import { compileFilterConfigs } from "./filter-configs.ts";
import type { FilterConfigs } from "./filter-configs.ts";
import { hashOf } from "./hash-policy.ts";
import type { HashPolicy } from "./hash-policy.ts";

export const honours = {
  "envoy.config.route.v3.RouteAction": ["cluster", "cluster_header", "weighted_clusters"],
  "envoy.config.route.v3.WeightedCluster": ["clusters", "total_weight", "runtime_key_prefix", "header_name", "use_hash_policy"],
  "envoy.config.route.v3.WeightedCluster.ClusterWeight": [
    "name", "cluster_header", "weight", "request_headers_to_add", "request_headers_to_remove", "response_headers_to_add",
    "response_headers_to_remove", "host_rewrite_literal", "typed_per_filter_config",
  ],
} as const;

const MAX_TOTAL = 4_294_967_295;
const UINT64 = /^[\t\n\v\f\r ]*\+?\d+[\t\n\v\f\r ]*$/;

/** One cluster of a weighted choice, with its own mutations and per-filter configuration. */
export interface WeightedEntry {
  readonly message: WeightedCluster_ClusterWeight;
  /** `""` if a header names the cluster. */
  readonly cluster: string;
  /** The header that names the cluster, 0 if the name is fixed. */
  readonly header: number;
  readonly weight: number;
  readonly runtimeKey: string;
  readonly hostRewrite: string;
  readonly requestMutations: HeaderMutations;
  readonly responseMutations: HeaderMutations;
  readonly filterConfigs: FilterConfigs;
}

/** Chooses a cluster; `entry` is the member of a weighted choice. */
export interface ClusterChooser {
  choose(request: RequestView): { readonly cluster: string; readonly entry: WeightedEntry | undefined };
  /** How retries of a request choose anew; absent: they keep the cluster. */
  refresher?(first: Chosen): ClusterRefresh;
  /** Every cluster it may choose that the configuration names. */
  readonly clusters: readonly string[];
  /** How a weighted choice falls out for a request; undefined where nothing is drawn. */
  draw?(request: RequestView): Draw | undefined;
}

/** A weighted choice in the making: `value` = `random` % the sum of the weights, and falls into one entry's share. */
export interface Draw {
  readonly value: number;
  readonly random: bigint;
  readonly from: "the stream's random number" | "a request header" | "the hash policy";
  /** Shares in order: `[start, end)` with the end only. */
  readonly shares: readonly { readonly entry: WeightedEntry; readonly end: number }[];
}

/** What a chooser gives. */
export interface Chosen {
  readonly cluster: string;
  readonly entry: WeightedEntry | undefined;
}

/** The cluster of a request's next retry; undefined: that of the attempt before. `retry`: its number, from 1. */
export type ClusterRefresh = (request: RequestView, retry: number) => Chosen | undefined;

class FixedCluster implements ClusterChooser {
  readonly clusters: readonly string[];
  private readonly chosen: Chosen;

  constructor(cluster: string) {
    this.clusters = cluster === "" ? [] : [cluster];
    this.chosen = { cluster, entry: undefined };
  }

  choose(): Chosen {
    return this.chosen;
  }
}

class HeaderCluster implements ClusterChooser {
  readonly clusters: readonly string[] = [];
  private readonly header: number;

  constructor(header: number) {
    this.header = header;
  }

  choose({ headers }: RequestView): Chosen {
    return { cluster: headers.get(this.header) ?? "", entry: undefined };
  }
}

class WeightedClusters implements ClusterChooser {
  readonly clusters: readonly string[];
  private readonly choices: readonly Chosen[];
  private readonly entries: readonly WeightedEntry[];
  private readonly total: number;
  private readonly randomHeader: number;
  private readonly hashPolicy: HashPolicy | undefined;

  constructor(entries: readonly WeightedEntry[], randomHeader: number, hashPolicy: HashPolicy | undefined) {
    this.entries = entries;
    this.choices = entries.map((entry) => ({ cluster: entry.cluster, entry }));
    this.clusters = entries.map((entry) => entry.cluster).filter((name) => name !== "");
    this.total = entries.some((entry) => entry.runtimeKey !== "") ? 0 : entries.reduce((sum, entry) => sum + entry.weight, 0);
    this.randomHeader = randomHeader;
    this.hashPolicy = hashPolicy;
  }

  choose(request: RequestView): Chosen {
    const weights = this.total === 0 ? this.entries.map((entry) => currentWeight(entry, request)) : undefined;
    const total = weights === undefined ? this.total : weights.reduce((sum, weight) => sum + weight, 0);
    if (total === 0) return { cluster: "", entry: undefined };
    const value = Number(this.randomFor(request).random % BigInt(total));
    let end = 0;
    for (const [i, choice] of this.choices.entries()) {
      end += weights?.[i] ?? this.entries[i]?.weight ?? 0;
      if (value < end) return choice.entry?.header ? { ...choice, cluster: request.headers.get(choice.entry.header) ?? "" } : choice;
    }
    return { cluster: "", entry: undefined };
  }

  /** By weight among the members that have not had an attempt, all of them once each has. */
  refresher(first: Chosen): ClusterRefresh {
    const used = new Set<WeightedEntry>();
    let current = first.entry;
    return (request) => {
      if (current !== undefined) used.add(current);
      if (used.size === this.entries.length) used.clear();
      const next = this.pick(this.entries.filter((entry) => !used.has(entry)), request);
      if (next === undefined) return undefined;
      current = next;
      return { entry: next, cluster: clusterFor(next, request) };
    };
  }

  private pick(entries: readonly WeightedEntry[], request: RequestView): WeightedEntry | undefined {
    const weights = entries.map((entry) => currentWeight(entry, request));
    const total = weights.reduce((sum, weight) => sum + weight, 0);
    const value = total === 0 ? 0 : Number(this.randomFor(request).random % BigInt(total));
    let end = 0;
    return entries.find((_entry, i) => value < (end += weights[i] ?? 0));
  }

  draw(request: RequestView): Draw | undefined {
    let end = 0;
    const shares = this.entries.map((entry) => ({ entry, end: (end += currentWeight(entry, request)) }));
    return end === 0 ? undefined : { ...this.randomFor(request), value: Number(this.randomFor(request).random % BigInt(end)), shares };
  }

  private randomFor(request: RequestView): Pick<Draw, "random" | "from"> {
    const fromHeader = this.randomHeader === 0 ? undefined : singleUint64(request.headers, this.randomHeader);
    if (fromHeader !== undefined) return { random: fromHeader, from: "a request header" };
    const hash = this.hashPolicy === undefined ? undefined : hashOf(this.hashPolicy, request);
    return hash === undefined ? { random: request.random, from: "the stream's random number" } : { random: hash, from: "the hash policy" };
  }
}

function clusterFor({ header, cluster }: WeightedEntry, { headers }: RequestView): string {
  return header === 0 ? cluster : (headers.get(header) ?? "");
}

/** The number that a header holds, if it stands there once and is one. */
export function singleUint64(headers: HeaderBlock, id: number): bigint | undefined {
  const value = headers.count(id) === 1 ? (headers.get(id) ?? "") : "";
  if (!UINT64.test(value)) return undefined;
  const number = BigInt(value.trim().replace(/^\+/, ""));
  return number < 2n ** 64n ? number : undefined;
}

function compileEntry(message: WeightedCluster_ClusterWeight, keyPrefix: string, diagnostics: Diagnostics): WeightedEntry {
  const { name = "", cluster_header: header = "" } = message;
  if (name === "" && header === "") diagnostics.report({ code: "LGT0552", at: message, message: "at least one of name or cluster_header need to be specified" });
  if (name !== "" && header !== "") diagnostics.report({ code: "LGT0553", at: message, key: "cluster_header", message: "only one of name or cluster_header can be specified" });
  if (message.weight === undefined) diagnostics.report({ code: "LGT0554", at: message, message: `the weighted cluster ${name || header} has no weight` });
  return {
    message,
    cluster: toWire(name),
    header: name === "" && header !== "" ? nameId(header) : 0,
    weight: message.weight ?? 0,
    runtimeKey: keyPrefix === "" ? "" : `${keyPrefix}.${name}`,
    hostRewrite: toWire(message.host_rewrite_literal ?? ""),
    requestMutations: compileRequestMutations(message, diagnostics),
    responseMutations: compileResponseMutations(message, diagnostics),
    filterConfigs: compileFilterConfigs(message.typed_per_filter_config, diagnostics),
  };
}

function compileWeighted(config: WeightedCluster, routeName: string, hashPolicy: HashPolicy | undefined, diagnostics: Diagnostics): ClusterChooser {
  const entries = (config.clusters ?? []).map((entry) => compileEntry(entry, config.runtime_key_prefix ?? "", diagnostics));
  const total = entries.reduce((sum, entry) => sum + entry.weight, 0);
  if (total > MAX_TOTAL) {
    diagnostics.report({ code: "LGT0551", at: config, key: "clusters", message: `the sum of weights of all weighted clusters of route ${routeName} exceeds ${MAX_TOTAL}` });
  } else if (total === 0) {
    diagnostics.report({ code: "LGT0550", at: config, key: "clusters", message: "the sum of weights in the weighted_cluster must be greater than 0" });
  }
  const header = config.header_name ? nameId(config.header_name) : 0;
  return new WeightedClusters(entries, header, config.use_hash_policy === true ? hashPolicy : undefined);
}

/** Compiles the cluster specifier of a route action that is not a plugin. */
export function compileClusterChooser(action: RouteAction, routeName: string, hashPolicy: HashPolicy | undefined, diagnostics: Diagnostics): ClusterChooser {
  if (action.weighted_clusters !== undefined) return compileWeighted(action.weighted_clusters, routeName, hashPolicy, diagnostics);
  if (action.cluster_header !== undefined) return new HeaderCluster(nameId(action.cluster_header));
  return new FixedCluster(toWire(action.cluster ?? ""));
}
