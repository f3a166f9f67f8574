/** Which extensions Envoy 1.40.0 has, by category, name and the type of their configuration. */
import { EXTENSIONS } from "./generated/extensions.ts";

/** An extension that the released binary registers. */
export interface KnownExtension {
  readonly category: string;
  readonly name: string;
  /** Full names of the messages that configure it, per-route ones among them; empty where it is found by name only. */
  readonly types: readonly string[];
}

/** What the binary registers and does not list: monitors that act at once have a registry of their own under the name of the others. */
const UNLISTED: readonly (readonly [string, string, ...string[]])[] = [
  ["envoy.resource_monitors", "envoy.resource_monitors.global_downstream_max_connections", "envoy.extensions.resource_monitors.downstream_connections.v3.DownstreamConnectionsConfig"],
];

let known: ReadonlyMap<string, readonly KnownExtension[]> | undefined;

function byCategory(): ReadonlyMap<string, readonly KnownExtension[]> {
  if (known !== undefined) return known;
  const map = new Map<string, KnownExtension[]>();
  for (const [category, name, ...types] of [...EXTENSIONS, ...UNLISTED]) {
    const list = map.get(category);
    if (list === undefined) map.set(category, [{ category, name, types }]);
    else list.push({ category, name, types });
  }
  known = map;
  return map;
}

/** All categories, such as "envoy.filters.http". */
export function extensionCategories(): string[] {
  return [...byCategory().keys()];
}

/** The extensions of a category, by name. */
export function extensionsIn(category: string): readonly KnownExtension[] {
  return byCategory().get(category) ?? [];
}

/** The extension of the category that a message configures; this is how Envoy finds it, the name being free. */
export function extensionByType(category: string, type: string): KnownExtension | undefined {
  return extensionsIn(category).find((extension) => extension.types.includes(type));
}

export function extensionByName(category: string, name: string): KnownExtension | undefined {
  return extensionsIn(category).find((extension) => extension.name === name);
}

/** The categories in which a message configures something: what to say when it stands in the wrong place. */
export function categoriesOf(type: string): string[] {
  return extensionCategories().filter((category) => extensionByType(category, type) !== undefined);
}
