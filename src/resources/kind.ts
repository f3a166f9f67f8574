import { didYouMean } from "../diagnostics/did-you-mean.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { isRawMap, type RawMap, type RawValue } from "../diagnostics/raw.ts";
import { fieldsOf, typeOf, V3 } from "../schema/table.ts";

export const BOOTSTRAP = "envoy.config.bootstrap.v3.Bootstrap" as const;
export const DISCOVERY_RESPONSE = "envoy.service.discovery.v3.DiscoveryResponse";
export const CONFIG_DUMP = "envoy.admin.v3.ConfigDump";

/** Kinds that stand alone in a file, by the word that `--type` takes. Where a document fits several, the earlier wins. */
export const KINDS: Readonly<Record<string, string>> = {
  bootstrap: BOOTSTRAP,
  discovery_response: DISCOVERY_RESPONSE,
  config_dump: CONFIG_DUMP,
  route: "envoy.config.route.v3.RouteConfiguration",
  listener: "envoy.config.listener.v3.Listener",
  cluster: "envoy.config.cluster.v3.Cluster",
  endpoints: "envoy.config.endpoint.v3.ClusterLoadAssignment",
  secret: "envoy.extensions.transport_sockets.tls.v3.Secret",
  runtime: "envoy.service.runtime.v3.Runtime",
  virtual_host: "envoy.config.route.v3.VirtualHost",
  scoped_route: "envoy.config.route.v3.ScopedRouteConfiguration",
};

/** Keys that many messages have say nothing about the kind of a document. */
const COMMON_KEYS = new Set(["name", "metadata", "@type"]);

/** The message's type for a word of `--type` or a full message name; undefined when there is none. */
export function typeNamed(word: string): string | undefined {
  const kind = word.toLowerCase().replace(/-/g, "_");
  if (Object.hasOwn(KINDS, kind)) return KINDS[kind];
  const name = typeOf(word) ?? word;
  if (V3.message(name) !== undefined) return name;
  return Object.values(KINDS).find((type) => type.endsWith(`.${word}`));
}

/**
 * Recognises what a document is: by its `@type`, else by the keys at its top. A document with no known key is a bootstrap if
 * one of them is a slip of one of its fields; else undefined.
 */
export function kindOf(root: RawMap): string | undefined {
  const url = root["@type"];
  if (typeof url === "string") return typeOf(url) ?? url;
  const keys = Object.keys(root).filter((key) => !COMMON_KEYS.has(key));
  if (keys.length === 0 || isFragment(root)) return BOOTSTRAP;
  const kind = bestFit(keys);
  if (kind !== undefined) return kind === CONFIG_DUMP && !looksDumped(root.configs) ? undefined : kind;
  const fields = (fieldsOf(BOOTSTRAP) ?? []).map((field) => field.name);
  return keys.some((key) => didYouMean(key, fields) !== undefined) ? BOOTSTRAP : undefined;
}

/** Lists of listeners and clusters at the top, as v1 has them and as people cut them out of a bootstrap. */
function isFragment(root: RawMap): boolean {
  const given = ["listeners", "clusters"].map((key) => root[key] ?? null).filter((value) => value !== null);
  return given.length > 0 && given.every((value) => isRawMap(value) || (Array.isArray(value) && value.length > 0 && value.every(isRawMap)));
}

/** Says that nothing is known about a document of these keys. */
export function reportUnknownKind(root: RawMap, diagnostics: Diagnostics): void {
  diagnostics.report({ code: "LGT0007", at: root, message: `This is no kind of Envoy configuration that is known: its keys are ${some(Object.keys(root))}.` });
}

/** The kind that knows most of the keys. */
function bestFit(keys: readonly string[]): string | undefined {
  let best: string | undefined;
  let most = 0;
  for (const type of Object.values(KINDS)) {
    const known = V3.message(type)?.byName;
    const count = keys.filter((key) => known?.has(key)).length;
    if (count > most) [best, most] = [type, count];
  }
  return best;
}

function looksDumped(configs: RawValue | undefined): boolean {
  return Array.isArray(configs) && configs.every((item) => isRawMap(item) && typeof item["@type"] === "string");
}

function some(keys: readonly string[]): string {
  const shown = keys.slice(0, 5).map((key) => JSON.stringify(key)).join(", ");
  return keys.length > 5 ? `${shown} and ${keys.length - 5} more` : shown;
}
