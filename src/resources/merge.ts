/** protobuf's MergeFrom on decoded messages: singular fields replaced, messages merged, lists concatenated, maps joined (`--config-yaml`). */
import type { Origins } from "../diagnostics/origins.ts";
import { V3, type Field } from "../schema/table.ts";

type Message = Readonly<Record<string, unknown>>;

/**
 * A message with `over` merged over `base`. What is made new stands where `base` stood; the items of lists and the
 * messages that only one side has keep their own places.
 */
export function mergeMessages(type: string, base: object, over: object, origins: Origins): object {
  const merged: Record<string, unknown> = { ...base };
  const fields = V3.message(type)?.byName;
  for (const [key, value] of Object.entries(over)) {
    const present = (base as Message)[key];
    const field = fields?.get(key);
    merged[key] = present === undefined || field === undefined ? value : mergeValues(field, present, value, origins);
  }
  if (origins.has(base)) origins.derive(merged, base);
  return merged;
}

function mergeValues(field: Field, base: unknown, over: unknown, origins: Origins): unknown {
  if (field.list) {
    const list = [...(base as readonly unknown[]), ...(over as readonly unknown[])];
    origins.derive(list, base as object);
    return list;
  }
  if (field.mapKey !== undefined) return { ...(base as object), ...(over as object) };
  return field.shape === "message" ? mergeMessages(field.type ?? "", base as object, over as object, origins) : over;
}
