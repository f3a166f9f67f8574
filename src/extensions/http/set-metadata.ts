/** Puts fixed values into the dynamic metadata of every request. */
import { defineExtension } from "../../contract/extension.ts";
import { Continue, type StreamHandle } from "../../contract/http-filter.ts";
import type { StreamInfo } from "../../contract/stream-info.ts";
import { placeIn, statLayout } from "../../contract/stat-layout.ts";
import type { Config } from "../../schema/generated/envoy/extensions/filters/http/set_metadata/v3.ts";
import type { StatBlock } from "../../stats/stat-block.ts";

const PACKAGE = "envoy.extensions.filters.http.set_metadata.v3";
const SHAPE = statLayout({ counters: ["overwrite_denied"] });
const DENIED = placeIn(SHAPE, "overwrite_denied");

type Struct = Readonly<Record<string, unknown>>;

interface Entry {
  readonly namespace: string;
  readonly overwrites: boolean;
  readonly value: Struct;
}

function entriesOf(config: Config): Entry[] {
  const entries: Entry[] = [];
  if (config.value !== undefined && (config.metadata_namespace ?? "") !== "") entries.push({ namespace: config.metadata_namespace ?? "", overwrites: true, value: config.value });
  for (const { metadata_namespace: namespace = "", allow_overwrite: overwrites = false, value } of config.metadata ?? []) {
    if (value !== undefined) entries.push({ namespace, overwrites, value });
  }
  return entries;
}

function isStruct(value: unknown): value is Struct {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Envoy's StructUtil::update: structs are merged, lists are joined, anything else is replaced. */
function merged(old: unknown, fresh: unknown): unknown {
  if (Array.isArray(old) && Array.isArray(fresh)) return [...(old as unknown[]), ...(fresh as unknown[])];
  if (!isStruct(old) || !isStruct(fresh)) return fresh;
  const all = new Map<string, unknown>(Object.entries(old));
  for (const [key, value] of Object.entries(fresh)) all.set(key, all.has(key) ? merged(all.get(key), value) : value);
  return Object.fromEntries(all);
}

function apply(entries: readonly Entry[], info: StreamInfo, stats: StatBlock): void {
  for (const { namespace, overwrites, value } of entries) {
    const old = info.metadata !== null && Object.hasOwn(info.metadata, namespace) ? info.metadata[namespace] : undefined;
    if (old === undefined) info.mergeMetadata(namespace, value);
    else if (overwrites) info.mergeMetadata(namespace, merged(old, value) as Struct);
    else stats.inc(DENIED);
  }
}

export const setMetadata = defineExtension<"envoy.filters.http", Config, Config>({
  category: "envoy.filters.http",
  name: "envoy.filters.http.set_metadata",
  config: `${PACKAGE}.Config`,
  offline: true,
  honours: { [`${PACKAGE}.Config`]: ["metadata_namespace", "value", "metadata"], [`${PACKAGE}.Metadata`]: ["metadata_namespace", "allow_overwrite", "value"] },
  compile(config, { statPrefix }) {
    const own = entriesOf(config);
    return {
      open(env) {
        const stats = env.stats.block(`${statPrefix}set_metadata.`, SHAPE);
        const routeStats = env.stats.block("set_metadata.", SHAPE);
        return (handle: StreamHandle) => ({
          decodeHeaders() {
            apply(own, handle.info, stats);
            const route = handle.routeConfig() as readonly Entry[] | null;
            if (route !== null) apply(route, handle.info, routeStats);
            return Continue;
          },
        });
      },
    };
  },
  routeType: `${PACKAGE}.Config`,
  compileRoute: (config): readonly Entry[] => entriesOf(config),
});
