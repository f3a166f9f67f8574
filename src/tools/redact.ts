import { V3, type Field } from "../schema/table.ts";
import { isObject, typeOfAny } from "./canonical.ts";

type Message = Readonly<Record<string, unknown>>;

/** What stands for a value that the API marks as sensitive, such as a private key. */
export const REDACTED = "[redacted]";

/** The value of a field (an item of its list, a value of its map) with everything sensitive in it replaced. */
export function redacted(field: Field, value: unknown): unknown {
  if (field.sensitive) return REDACTED;
  if (!isObject(value)) return value;
  if (field.shape === "message") return redactedMessage(field.type ?? "", value);
  return field.shape === "any" ? redactedMessage(typeOfAny(value), value) : value;
}

/** A message with everything sensitive in it replaced. */
export function redactedMessage(type: string, message: object): object {
  const fields = V3.message(type)?.byName;
  if (fields === undefined) return message;
  return Object.fromEntries(Object.entries(message as Message).map(([key, value]) => {
    const field = fields.get(key);
    return [key, field === undefined ? value : redactedField(field, value)];
  }));
}

function redactedField(field: Field, value: unknown): unknown {
  if (field.list && Array.isArray(value)) return value.map((item) => redacted(field, item));
  if (field.mapKey !== undefined && isObject(value)) return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redacted(field, item)]));
  return redacted(field, value);
}
