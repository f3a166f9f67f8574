/** The numbers of discovered scopes, one set for each connection manager that asks for some (docs: configuration/http/http_conn_man/rds, statistics). */
import { placeIn } from "../contract/stat-layout.ts";
import type { Configuration } from "../resources/configuration.ts";
import { INLINE } from "../resources/lift-route-tables.ts";
import type { CompiledResource } from "../resources/resource.ts";
import { fileOf } from "../resources/subscriptions.ts";
import { scopesResource } from "../router/scoped-routes.ts";
import type { Listener } from "../schema/generated/envoy/config/listener/v3.ts";
import type { HttpConnectionManager, ScopedRouteConfigurationsList } from "../schema/generated/envoy/extensions/filters/network/http_connection_manager/v3.ts";
import type { BlockSource, StatBlock } from "../stats/stat-block.ts";
import { type Update, updatesWith, type Versions } from "./subscription-stats.ts";

const SHAPE = updatesWith(["config_reload", "update_empty"], ["active_scopes", "all_scopes", "config_reload_time_ms", "on_demand_scopes"]);

interface Asking {
  readonly prefix: string;
  readonly resource: string;
  readonly file: string;
}

export class ScopeNumbers {
  private readonly blocks: BlockSource;
  private readonly versions: Versions;
  private readonly known = new Map<string, StatBlock>();

  constructor(blocks: BlockSource, versions: Versions) {
    this.blocks = blocks;
    this.versions = versions;
  }

  /** A configuration was read, since the file `changed` did (null: it is the first, or was asked for). `wanted`: what is to be live. */
  read(configuration: Configuration, changed: string | null, wanted: readonly CompiledResource[]): void {
    const all = wanted.flatMap(asking);
    this.forget(new Set(all.map(({ prefix }) => prefix)));
    for (const { prefix, resource, file } of all) {
      const known = this.known.get(prefix);
      if (known !== undefined && file !== changed) continue;
      const block = known ?? this.begin(prefix);
      const update = updateOf(file, configuration);
      this.versions.count(block, update);
      if (update.outcome === "update_success") this.take(block, wanted.find(({ type, name }) => type === "scopes" && name === resource));
    }
  }

  private begin(prefix: string): StatBlock {
    const block = this.blocks.block(prefix, SHAPE);
    this.versions.begin(block);
    this.known.set(prefix, block);
    return block;
  }

  private forget(prefixes: ReadonlySet<string>): void {
    for (const [prefix, block] of this.known) {
      if (prefixes.has(prefix)) continue;
      this.versions.end(block);
      this.known.delete(prefix);
    }
  }

  /** Scopes that brought their table count as neither active nor on demand. */
  private take(block: StatBlock, resource: CompiledResource | undefined): void {
    const scopes = resource === undefined ? [] : ((JSON.parse(resource.text) as ScopedRouteConfigurationsList).scoped_route_configurations ?? []);
    const subscribed = scopes.filter((scope) => scope.route_configuration_name?.startsWith(INLINE) !== true);
    this.versions.reloaded(block);
    block.set(placeIn(SHAPE, "all_scopes"), scopes.length);
    block.set(placeIn(SHAPE, "on_demand_scopes"), subscribed.filter((scope) => scope.on_demand === true).length);
    block.set(placeIn(SHAPE, "active_scopes"), subscribed.filter((scope) => scope.on_demand !== true).length);
  }
}

function updateOf(file: string, { refused, unreadable, sourceFiles }: Configuration): Update {
  if (unreadable.includes(file)) return { outcome: "update_failure", version: undefined };
  if (refused.includes(file)) return { outcome: "update_rejected", version: undefined };
  return { outcome: "update_success", version: sourceFiles.find((one) => one.file === file)?.version ?? "" };
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
