/** Text protobuf in the shape of JSON: maps, Structs and bytes, which the text format writes as the messages that they are. */
import { Buffer } from "node:buffer";
import type { Origins } from "../diagnostics/origins.ts";
import { isRawMap, newRawMap, type RawMap, type RawValue, textOfRaw } from "../diagnostics/raw.ts";
import { WRAPPED } from "./shape.ts";
import { typeOf, V3, type Field, type MessageType, type TypeTable } from "./table.ts";

/** A message as read from text protobuf, in the shape that the decoder takes. Field names stay as they are. */
export function jsonShape(type: string, raw: RawMap, origins: Origins, table: TypeTable = V3): RawMap {
  const found = table.message(type);
  return found === undefined ? raw : new Shaper(origins, table).message(found, raw);
}

class Shaper {
  readonly #origins: Origins;
  readonly #table: TypeTable;

  constructor(origins: Origins, table: TypeTable) {
    this.#origins = origins;
    this.#table = table;
  }

  message(type: MessageType, raw: RawMap): RawMap {
    const out = newRawMap();
    for (const [key, value] of Object.entries(raw)) {
      const field = type.byName.get(key);
      out[key] = field === undefined ? value : this.#field(field, value, raw, key);
    }
    this.#origins.derive(out, raw);
    return out;
  }

  #field(field: Field, value: RawValue, at: RawMap, key: string): RawValue {
    if (field.mapKey !== undefined) return this.#map(field, value, at, key);
    if (!Array.isArray(value)) return this.#single(field, value);
    const list = value.map((item) => this.#single(field, item));
    this.#origins.deriveEntry(list, at, key);
    return list;
  }

  /** Entries are messages with a key and a value. */
  #map(field: Field, value: RawValue, at: RawMap, key: string): RawMap {
    const map = newRawMap();
    for (const entry of Array.isArray(value) ? value : [value]) {
      if (!isRawMap(entry)) continue;
      map[textOfRaw(entry["key"] ?? "")] = this.#single(field, entry["value"] ?? newRawMap());
    }
    this.#origins.deriveEntry(map, at, key);
    return map;
  }

  #single(field: Field, value: RawValue): RawValue {
    if (field.shape === "bytes") return typeof value === "string" ? Buffer.from(value, "latin1").toString("base64") : value;
    if (!isRawMap(value)) return value;
    return this.#shaped(field.shape, field.type ?? "", value);
  }

  #shaped(shape: Field["shape"], type: string, value: RawMap): RawValue {
    switch (shape) {
      case "any": return this.#any(value);
      case "struct": return this.#struct(value);
      case "value": return this.#value(value);
      case "listvalue": return this.#items(value["values"] ?? [], (item) => (isRawMap(item) ? this.#value(item) : item));
      case "wrapper": return value["value"] ?? (/String|Bytes/.test(type) ? "" : WRAPPED.get(type) === "bool" ? false : 0);
      case "fieldmask": return this.#items(value["paths"] ?? [], (item) => item).join(",");
      case "message": return this.message(this.#table.message(type) ?? { ...(V3.message("google.protobuf.Empty") as MessageType) }, value);
      default: return value;
    }
  }

  #any(value: RawMap): RawMap {
    const name = typeOf(textOfRaw(value["@type"] ?? value["type_url"] ?? ""));
    const type = name === undefined ? undefined : this.#table.message(name);
    return type === undefined ? value : this.message(type, value);
  }

  #struct(value: RawMap): RawMap {
    const struct = newRawMap();
    for (const entry of this.#items(value["fields"] ?? [], (item) => item)) {
      if (isRawMap(entry)) struct[textOfRaw(entry["key"] ?? "")] = isRawMap(entry["value"] ?? null) ? this.#value(entry["value"] as RawMap) : null;
    }
    this.#origins.derive(struct, value);
    return struct;
  }

  #value(value: RawMap): RawValue {
    const [kind, content = null] = Object.entries(value)[0] ?? [];
    if (kind === "struct_value" && isRawMap(content)) return this.#struct(content);
    if (kind === "list_value" && isRawMap(content)) return this.#shaped("listvalue", "", content);
    if (kind === "number_value") return Number(textOfRaw(content));
    return kind === "null_value" ? null : content;
  }

  #items(value: RawValue, each: (item: RawValue) => RawValue): RawValue[] {
    return (Array.isArray(value) ? value : [value]).map(each);
  }
}
