/** A config dump of a running Envoy as the static bootstrap that runs the same. */
import type { Origins } from "../diagnostics/origins.ts";
import { isRawMap, newRawMap, type RawMap, type RawValue, textOfRaw } from "../diagnostics/raw.ts";
import { typeOf } from "../schema/table.ts";
import { BOOTSTRAP } from "./kind.ts";
import { partsOf } from "./parts.ts";

/** What the dump holds, by the names that references use. */
interface Dumped {
  readonly routes: ReadonlyMap<string, RawMap>;
  readonly endpoints: ReadonlyMap<string, RawMap>;
  readonly secrets: ReadonlyMap<string, RawMap>;
}

const MANAGER = "envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";

/**
 * The bootstrap of the dump with everything discovered written into it: listeners, clusters and secrets stand below
 * `static_resources`, route tables in their connection managers, endpoints in their clusters. What the dump does not hold (endpoints,
 * unless it was asked for with `?include_eds`) stays a reference.
 */
export function staticOf(root: RawMap, origins: Origins): RawMap {
  const parts = partsOf("envoy.admin.v3.ConfigDump", root, { report: () => undefined });
  const named = (kind: string, key: string): [string, RawMap][] =>
    parts.filter(({ type }) => type.endsWith(`.${kind}`)).map(({ raw }) => [textOfRaw(raw[key] ?? ""), raw]);
  const bootstrap = parts.find(({ type }) => type === BOOTSTRAP)?.raw;
  const lister = new Inliner(origins, {
    routes: new Map(named("RouteConfiguration", "name")), endpoints: new Map(named("ClusterLoadAssignment", "cluster_name")), secrets: new Map(named("Secret", "name")),
  });
  const out = newRawMap();
  for (const [key, value] of Object.entries(bootstrap ?? newRawMap())) if (!DISCOVERY.has(key)) out[key] = key === "node" ? nodeOf(value, origins) : lister.value(value);
  out["static_resources"] = resources(bootstrap, [["listeners", named("Listener", "name")], ["clusters", named("Cluster", "name")], ["secrets", named("Secret", "name")]], lister, origins);
  origins.derive(out, bootstrap ?? root);
  return out;
}

/** Fields of a bootstrap by which the rest was discovered. */
const DISCOVERY: ReadonlySet<string> = new Set(["@type", "dynamic_resources", "static_resources"]);

/** What Envoy writes into its node itself. */
const OF_ENVOY: ReadonlySet<string> = new Set(["user_agent_name", "user_agent_version", "user_agent_build_version", "extensions"]);

function nodeOf(node: RawValue, origins: Origins): RawValue {
  if (!isRawMap(node)) return node;
  const out = Object.assign(newRawMap(), Object.fromEntries(Object.entries(node).filter(([key]) => !OF_ENVOY.has(key))));
  origins.derive(out, node);
  return out;
}

/** The static resources, with the discovered ones behind them. */
function resources(bootstrap: RawMap | undefined, lists: readonly (readonly [string, [string, RawMap][]])[], inliner: Inliner, origins: Origins): RawMap {
  const before = bootstrap?.["static_resources"] ?? null;
  const out = newRawMap();
  if (isRawMap(before)) origins.derive(out, before);
  for (const [key, items] of lists) {
    const own = isRawMap(before) && Array.isArray(before[key]) ? before[key].filter(isRawMap) : [];
    const all = [...own, ...items.map(([, item]) => item).filter((item) => !own.some((known) => known["name"] === item["name"]))];
    const list = all.map((item) => inliner.value(item, true));
    if (list.length > 0) out[key] = list;
  }
  return out;
}

class Inliner {
  readonly #origins: Origins;
  readonly #dumped: Dumped;

  constructor(origins: Origins, dumped: Dumped) {
    this.#origins = origins;
    this.#dumped = dumped;
  }

  /** A copy with all that the dump knows written in. `plain`: a resource, whose own type goes without saying. */
  value(raw: RawValue, plain = false): RawValue {
    if (Array.isArray(raw)) return this.#kept(raw.map((item) => this.value(item)), raw);
    if (!isRawMap(raw)) return raw;
    const out = newRawMap();
    for (const [key, value] of Object.entries(raw)) if (!plain || key !== "@type") out[key] = this.value(value);
    this.#routes(raw, out);
    this.#endpoints(out);
    this.#secret(out);
    return this.#kept(out, raw);
  }

  #kept<T extends RawValue & object>(out: T, raw: object): T {
    this.#origins.derive(out, raw);
    return out;
  }

  #routes(raw: RawMap, out: RawMap): void {
    if (typeOf(textOfRaw(raw["@type"] ?? "")) !== MANAGER || !isRawMap(out["rds"] ?? null)) return;
    const table = this.#dumped.routes.get(textOfRaw((out["rds"] as RawMap)["route_config_name"] ?? ""));
    if (table === undefined) return;
    delete out["rds"];
    out["route_config"] = this.value(table, true);
  }

  /** Endpoints; how healthy they were is no configuration. */
  #endpoints(out: RawMap): void {
    if (textOfRaw(out["type"] ?? "") !== "EDS") return;
    const eds = isRawMap(out["eds_cluster_config"] ?? null) ? (out["eds_cluster_config"] as RawMap) : newRawMap();
    const found = this.#dumped.endpoints.get(textOfRaw(eds["service_name"] || out["name"]));
    if (found === undefined) return;
    delete out["eds_cluster_config"];
    out["type"] = "STATIC";
    out["load_assignment"] = this.value(found, true);
    for (const locality of listOf(out["load_assignment"], "endpoints")) for (const host of listOf(locality, "lb_endpoints")) if (isRawMap(host)) delete host["health_status"];
  }

  /** A secret without a source is one of the bootstrap's. */
  #secret(out: RawMap): void {
    if (isRawMap(out["sds_config"] ?? null) && this.#dumped.secrets.has(textOfRaw(out["name"] ?? ""))) delete out["sds_config"];
  }
}

function listOf(value: RawValue, key: string): readonly RawValue[] {
  const list = isRawMap(value) ? value[key] : undefined;
  return Array.isArray(list) ? list : [];
}
