import type { Diagnostics } from "../diagnostics/finding.ts";
import { isRawMap, type RawMap, type RawValue } from "../diagnostics/raw.ts";
import { typeOf } from "../schema/table.ts";
import { BOOTSTRAP, CONFIG_DUMP, DISCOVERY_RESPONSE, KINDS } from "./kind.ts";

/** One message of a document, still raw. */
export interface Part {
  readonly type: string;
  readonly raw: RawMap;
}

/** Where a config dump keeps messages: type of the dump, list in it, way to the message in an item, the message's type. */
const DUMPED: readonly (readonly [string, string, readonly string[], string])[] = [
  ["ListenersConfigDump", "static_listeners", ["listener"], "listener"],
  ["ListenersConfigDump", "dynamic_listeners", ["active_state", "listener"], "listener"],
  ["ClustersConfigDump", "static_clusters", ["cluster"], "cluster"],
  ["ClustersConfigDump", "dynamic_active_clusters", ["cluster"], "cluster"],
  ["RoutesConfigDump", "static_route_configs", ["route_config"], "route"],
  ["RoutesConfigDump", "dynamic_route_configs", ["route_config"], "route"],
  ["ScopedRoutesConfigDump", "dynamic_scoped_route_configs", ["scoped_route_configs"], "scoped_route"],
  ["EndpointsConfigDump", "static_endpoint_configs", ["endpoint_config"], "endpoints"],
  ["EndpointsConfigDump", "dynamic_endpoint_configs", ["endpoint_config"], "endpoints"],
  ["SecretsConfigDump", "static_secrets", ["secret"], "secret"],
  ["SecretsConfigDump", "dynamic_active_secrets", ["secret"], "secret"],
];

/**
 * The messages that a document of a kind holds: itself; the resources of a DiscoveryResponse; the bootstrap and the dynamic
 * resources of a config dump (its static ones stand in the bootstrap, if that is there, and are not given twice).
 */
export function partsOf(type: string, root: RawMap, diagnostics: Diagnostics): Part[] {
  if (type === DISCOVERY_RESPONSE) return resourcesOf(root, diagnostics);
  if (type === CONFIG_DUMP) return dumpedOf(root);
  return [{ type, raw: root }];
}

function resourcesOf(root: RawMap, diagnostics: Diagnostics): Part[] {
  const parts: Part[] = [];
  for (const item of listOf(root, "resources")) {
    if (!isRawMap(item)) continue;
    const resource = unwrapped(item);
    const type = anyType(resource);
    if (type === undefined) diagnostics.report({ code: "LGT0007", at: resource, message: "This resource has no @type, so its kind is unknown.", fix: 'Add "@type": type.googleapis.com/envoy.config....' });
    else parts.push({ type, raw: resource });
  }
  return parts;
}

/** A resource may come inside a `Resource`, which adds its name and version. */
function unwrapped(item: RawMap): RawMap {
  const inner = item.resource;
  return anyType(item) === "envoy.service.discovery.v3.Resource" && isRawMap(inner) ? inner : item;
}

function dumpedOf(root: RawMap): Part[] {
  const configs = listOf(root, "configs").filter(isRawMap);
  const bootstrap = configs.map((config) => config.bootstrap).find(isRawMap);
  const parts: Part[] = bootstrap === undefined ? [] : [{ type: BOOTSTRAP, raw: bootstrap }];
  for (const [dump, list, way, kind] of DUMPED) {
    if (bootstrap !== undefined && list.startsWith("static_")) continue;
    for (const config of configs.filter((c) => anyType(c)?.endsWith(`.${dump}`))) {
      for (const item of listOf(config, list)) {
        const message = way.reduce<RawValue | undefined>((at, key) => (isRawMap(at) ? at[key] : undefined), item);
        if (isRawMap(message) && kind === "endpoints") dropZeroWeights(message);
        if (isRawMap(message)) parts.push({ type: anyType(message) ?? KINDS[kind] ?? "", raw: message });
      }
    }
  }
  return parts;
}

/** A dump says 0 where a locality has no weight; as configuration that would be wrong. */
function dropZeroWeights(assignment: RawMap): void {
  for (const locality of listOf(assignment, "endpoints")) if (isRawMap(locality) && locality["load_balancing_weight"] === 0) delete locality["load_balancing_weight"];
}

function listOf(map: RawMap, key: string): readonly RawValue[] {
  const list = map[key];
  return Array.isArray(list) ? list : [];
}

function anyType(map: RawMap): string | undefined {
  const url = map["@type"];
  return typeof url === "string" ? typeOf(url) ?? url : undefined;
}
