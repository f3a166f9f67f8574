import { typeOf, V3, type Field } from "../schema/table.ts";
import { isDocumentedDefault } from "./defaults.ts";

type Message = Readonly<Record<string, unknown>>;

/**
 * A text that two values share exactly if they mean the same: keys in order, explicit defaults left out, type URLs without
 * their host. Texts of messages are kept as long as the message lives, so that lists of large messages stay cheap to compare.
 */
export class Canonical {
  readonly #texts = new WeakMap<object, string>();

  message(type: string, message: object): string {
    const known = this.#texts.get(message);
    if (known !== undefined) return known;
    const text = this.#write(type, message as Message);
    this.#texts.set(message, text);
    return text;
  }

  /** One value of a field: an item of its list, a value of its map, or its only value. */
  value(field: Field, value: unknown): string {
    if (field.shape === "message" && isObject(value)) return this.message(field.type ?? "", value);
    if (field.shape === "any" && isObject(value)) return this.message(typeOfAny(value), value);
    return plain(value);
  }

  /** Everything that a field holds. */
  field(field: Field, value: unknown): string {
    if (field.list) return `[${(value as readonly unknown[]).map((item) => this.value(field, item)).join(",")}]`;
    if (field.mapKey === undefined) return this.value(field, value);
    return `{${Object.entries(value as Message).sort(byKey).map(([key, item]) => `${JSON.stringify(key)}:${this.value(field, item)}`).join(",")}}`;
  }

  #write(type: string, message: Message): string {
    const fields = V3.message(type)?.byName;
    if (fields === undefined) return plain(message);
    const entries = Object.entries(message).sort(byKey).flatMap(([key, value]) => {
      if (key === "@type") return [`"@type":${JSON.stringify(type)}`];
      if (isDocumentedDefault(type, key, value)) return [];
      const field = fields.get(key);
      return [`${JSON.stringify(key)}:${field === undefined ? plain(value) : this.field(field, value)}`];
    });
    return `{${entries.join(",")}}`;
  }
}

/** Name of the message in an Any. */
export function typeOfAny(any: object): string {
  const url = String((any as Message)["@type"] ?? "");
  return typeOf(url) ?? url;
}

export function isObject(value: unknown): value is object {
  return typeof value === "object" && value !== null;
}

function byKey([a]: readonly [string, unknown], [b]: readonly [string, unknown]): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

/** Structs and scalars: JSON with sorted keys. */
function plain(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(plain).join(",")}]`;
  if (!isObject(value)) return JSON.stringify(value) ?? "null";
  return `{${Object.entries(value).sort(byKey).map(([key, item]) => `${JSON.stringify(key)}:${plain(item)}`).join(",")}}`;
}
