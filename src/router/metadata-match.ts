/** `metadata_match` of a route and of the member of a weighted choice: what its hosts must have under `envoy.lb`, by key in their order. */
import type { MetadataCriteria } from "../contract/load-balancer.ts";
import type { Metadata } from "../schema/generated/envoy/config/core/v3.ts";
import type { RouteChoice } from "./route.ts";

export const honours = {
  "envoy.config.route.v3.RouteAction": ["metadata_match"],
  "envoy.config.route.v3.WeightedCluster.ClusterWeight": ["metadata_match"],
  "envoy.config.core.v3.Metadata": ["filter_metadata"],
} as const;

type Struct = Readonly<Record<string, unknown>>;

/** One list for each pair of messages, so that balancers may remember what they made of it. */
const known = new WeakMap<Metadata, { readonly plain: MetadataCriteria; readonly merged: WeakMap<Metadata, MetadataCriteria> }>();
const NONE: Metadata = {};

/** Null where the route says nothing. `dynamic`: the request's own metadata under `envoy.lb`, which wins. */
export function metadataMatchOf({ route, entry }: RouteChoice, dynamic: Struct | undefined): MetadataCriteria | null {
  const own = route?.forward?.message.metadata_match;
  const member = entry?.message.metadata_match;
  const fixed = own === undefined && member === undefined ? null : remembered(own ?? NONE, member);
  if (dynamic === undefined) return fixed;
  return sorted({ ...Object.fromEntries(fixed ?? []), ...dynamic });
}

function remembered(own: Metadata, member: Metadata | undefined): MetadataCriteria | null {
  let entry = known.get(own);
  if (entry === undefined) known.set(own, (entry = { plain: sorted(structOf(own)), merged: new WeakMap() }));
  if (member === undefined) return structOf(own) === undefined ? null : entry.plain;
  let merged = entry.merged.get(member);
  if (merged === undefined) entry.merged.set(member, (merged = sorted({ ...structOf(own), ...structOf(member) })));
  return structOf(own) === undefined && structOf(member) === undefined ? null : merged;
}

function structOf(metadata: Metadata): Struct | undefined {
  return metadata.filter_metadata?.["envoy.lb"] as Struct | undefined;
}

function sorted(struct: Struct | undefined): MetadataCriteria {
  return Object.entries(struct ?? {}).sort(([a], [b]) => (a < b ? -1 : 1));
}
