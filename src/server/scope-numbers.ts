/** The numbers of discovered scopes, one set for each connection manager that asks for some (docs: configuration/http/http_conn_man/rds, statistics). */
import { placeIn, statLayout } from "../contract/stat-layout.ts";
import { INLINE } from "../resources/lift-route-tables.ts";
import type { CompiledResource } from "../resources/resource.ts";
import { fileOf } from "../resources/subscriptions.ts";
import { scopesResource } from "../router/scoped-routes.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { HttpConnectionManager, ScopedRouteConfigurationsList } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import type { BlockSource, StatBlock } from "../stats/stat-block.ts";

const SHAPE = statLayout({
  counters: ["config_reload", "init_fetch_timeout", "update_attempt", "update_empty", "update_failure", "update_rejected", "update_success"],
  gauges: ["active_scopes", "all_scopes", "config_reload_time_ms", "on_demand_scopes", "update_time", "version"],
});
/** Of the version "", which is that of every file: its xxHash64. */
const NO_VERSION = Number(17_241_709_254_077_376_921n);

/** What was read, and what came of it. */
export interface ReadFiles {
  readonly resources: readonly CompiledResource[];
  /** Files that hold an error. */
  readonly refused: ReadonlySet<string>;
  /** The file whose change was the reason; undefined at the start, or where somebody asked. */
  readonly changed: string | undefined;
  /** Milliseconds since 1970. */
  readonly now: number;
}

interface Asking {
  readonly prefix: string;
  readonly resource: string;
  readonly file: string;
}

export class DiscoveredScopeStats {
  private readonly blocks: BlockSource;
  private readonly known = new Map<string, StatBlock>();

  constructor(blocks: BlockSource) {
    this.blocks = blocks;
  }

  read({ resources, refused, changed, now }: ReadFiles): void {
    for (const { prefix, resource, file } of resources.flatMap(asking)) {
      const first = !this.known.has(prefix);
      if (!first && file !== changed) continue;
      const block = this.block(prefix);
      block.inc(placeIn(SHAPE, "update_attempt"));
      block.inc(placeIn(SHAPE, refused.has(file) ? "update_rejected" : "update_success"));
      if (!refused.has(file)) count(block, resources.find(({ type, name }) => type === "scopes" && name === resource), now);
    }
  }

  private block(prefix: string): StatBlock {
    const block = this.known.get(prefix) ?? this.blocks.block(prefix, SHAPE);
    this.known.set(prefix, block);
    return block;
  }
}

function asking({ type, text }: CompiledResource): Asking[] {
  if (type !== "listener" || !text.includes('"scoped_rds"')) return [];
  const listener = JSON.parse(text) as Listener;
  const chains = [...(listener.filter_chains ?? []), ...(listener.default_filter_chain === undefined ? [] : [listener.default_filter_chain])];
  return chains.flatMap((chain) => chain.filters ?? []).flatMap((filter) => {
    const { stat_prefix: prefix = "", scoped_routes: scoped } = (filter.typed_config ?? {}) as HttpConnectionManager;
    const file = fileOf(scoped?.scoped_rds?.scoped_rds_config_source);
    return scoped === undefined || file === undefined ? [] : [{ prefix: `http.${prefix}.scoped_rds.${scoped.name ?? ""}.`, resource: scopesResource(scoped) ?? "", file }];
  });
}

/** Scopes that brought their table count as neither active nor on demand. */
function count(block: StatBlock, resource: CompiledResource | undefined, now: number): void {
  const scopes = resource === undefined ? [] : ((JSON.parse(resource.text) as ScopedRouteConfigurationsList).scoped_route_configurations ?? []);
  const subscribed = scopes.filter((scope) => scope.route_configuration_name?.startsWith(INLINE) !== true);
  block.inc(placeIn(SHAPE, "config_reload"));
  block.set(placeIn(SHAPE, "all_scopes"), scopes.length);
  block.set(placeIn(SHAPE, "on_demand_scopes"), subscribed.filter((scope) => scope.on_demand === true).length);
  block.set(placeIn(SHAPE, "active_scopes"), subscribed.filter((scope) => scope.on_demand !== true).length);
  block.set(placeIn(SHAPE, "config_reload_time_ms"), now);
  block.set(placeIn(SHAPE, "update_time"), now);
  block.set(placeIn(SHAPE, "version"), NO_VERSION);
}
