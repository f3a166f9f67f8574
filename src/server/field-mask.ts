/** Field masks over messages in canonical JSON, with the limits of protobuf's: only singular messages may be gone into. */
import { type Field, type MessageType, V3, typeOf } from "../schema/table.ts";

export type JsonMap = Readonly<Record<string, unknown>>;

/** The paths of `a.b,c`. */
export function maskPaths(text: string): string[] {
  return text.split(",").filter((path) => path !== "");
}

/** Keeps what the paths name; undefined when the type has no such path. */
export function trimMessage(type: string, message: JsonMap, paths: readonly string[]): JsonMap | undefined {
  const descriptor = V3.message(type);
  if (descriptor === undefined || !paths.every((path) => isPath(descriptor, path.split(".")))) return undefined;
  return trimmed(message, paths.map((path) => path.split(".")));
}

/**
 * The same for an item of a config dump, whose resource is an `Any`: a path that begins with that field goes on in the
 * resource's own type.
 */
export function trimResource(type: string, message: JsonMap, paths: readonly string[]): JsonMap | undefined {
  const any = V3.message(type)?.fields.find((field) => field.shape === "any" && !field.list && paths.some((path) => path.split(".")[0] === field.name));
  if (any === undefined) return trimMessage(type, message, paths);
  const inner = paths.filter((path) => path.split(".")[0] === any.name).map((path) => path.slice(any.name.length + 1));
  const outer = paths.filter((path) => path.split(".")[0] !== any.name);
  const resource = message[any.name] as JsonMap | undefined;
  const kept = trimMessage(type, message, [...outer, any.name]);
  if (kept === undefined || resource === undefined) return kept;
  const url = String(resource["@type"] ?? "");
  const part = trimMessage(typeOf(url) ?? "", resource, inner);
  return part === undefined ? undefined : { ...kept, [any.name]: { "@type": url, ...part } };
}

function isPath(type: MessageType, [first = "", ...rest]: readonly string[]): boolean {
  const field = type.byName.get(first);
  if (field === undefined || field.name !== first) return false;
  if (rest.length === 0) return true;
  const next = isSingular(field) ? V3.message(field.type ?? "") : undefined;
  return next !== undefined && isPath(next, rest);
}

function isSingular(field: Field): boolean {
  return field.shape === "message" && !field.list && field.mapKey === undefined;
}

/** In the message's own order. */
function trimmed(message: JsonMap, paths: readonly (readonly string[])[]): JsonMap {
  const kept: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(message)) {
    const mine = paths.filter((path) => path[0] === name);
    if (mine.length === 0) continue;
    kept[name] = mine.some((path) => path.length === 1) ? value : trimmed(value as JsonMap, mine.map((path) => path.slice(1)));
  }
  return kept;
}
