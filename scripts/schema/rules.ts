/** PGV's `validate.rules` of a field as one flat JSON object, the form src/schema/rules.ts reads. */
import { getExtension, hasExtension, toJson, type DescExtension, type DescField, type FileRegistry, type JsonValue, type Message } from "@bufbuild/protobuf";

export type Rules = { [name: string]: JsonValue };

/** Merges `{message: {...}, <kind>: {...}}` into one object; `items`, `keys` and `values` stay nested and are flattened too. */
function flatten(rules: Rules): Rules {
  const flat: Rules = {};
  for (const group of Object.values(rules)) {
    for (const [name, value] of Object.entries(group as Rules)) {
      const nested = name === "items" || name === "keys" || name === "values";
      flat[name] = nested ? flatten(value as Rules) : value;
    }
  }
  return flat;
}

/** Returns the rules of a field, or undefined. 64-bit bounds are decimal strings, durations "1.5s". */
export function rulesOf(field: DescField, registry: FileRegistry): Rules | undefined {
  const extension = registry.getExtension("validate.rules") as DescExtension;
  const options = field.proto.options;
  if (options === undefined || !hasExtension(options, extension)) return undefined;
  const schema = registry.getMessage("validate.FieldRules");
  if (schema === undefined) throw new Error("validate.FieldRules is missing");
  const json = toJson(schema, getExtension(options, extension) as Message, { registry, useProtoFieldName: true, enumAsInteger: false });
  const flat = flatten(json as Rules);
  return Object.keys(flat).length === 0 ? undefined : flat;
}
