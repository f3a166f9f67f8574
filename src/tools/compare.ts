import { V3, type Field } from "../schema/table.ts";
import { Canonical, isObject, typeOfAny } from "./canonical.ts";
import { isDocumentedDefault } from "./defaults.ts";
import { identityOf, isUnordered, labelOf } from "./identity.ts";
import { pairItems } from "./pairing.ts";
import { REDACTED, redacted } from "./redact.ts";

/** Where a value stands: the object that holds it and its key there. */
export interface At {
  readonly at: object;
  readonly key: string | number | undefined;
}

/** One difference. `path` goes from the compared message to the value: names of fields, `[name]` or `[index]` for items. */
export interface Difference {
  readonly op: "added" | "removed" | "changed" | "moved";
  readonly path: readonly string[];
  readonly from: Side | undefined;
  readonly to: Side | undefined;
}

/** A value, sensitive parts replaced, and where it stands. */
export type Side = At & { readonly value: unknown };

type Message = Readonly<Record<string, unknown>>;

/** Compares decoded messages by meaning; collects the differences in the order of the API's fields. */
export class Comparison {
  readonly differences: Difference[] = [];
  readonly #canonical = new Canonical();
  /** Inside a field that the API marks as sensitive no value is shown. */
  #secret = false;

  messages(type: string, from: object, to: object, path: readonly string[]): void {
    if (this.#canonical.message(type, from) === this.#canonical.message(type, to)) return;
    const [a, b] = [from as Message, to as Message];
    const fields = V3.message(type)?.fields;
    if (fields === undefined) this.#structs(from, to, path);
    else for (const field of fields) this.#guarded(field, () => this.#field(type, field, a, b, [...path, field.name]));
  }

  #guarded(field: Field, compare: () => void): void {
    const outer = this.#secret;
    this.#secret ||= field.sensitive;
    compare();
    this.#secret = outer;
  }

  #field(type: string, field: Field, from: Message, to: Message, path: readonly string[]): void {
    const [a, b] = [from[field.name], to[field.name]];
    if (a === b) return;
    if ((a === undefined || b === undefined) && isDocumentedDefault(type, field.name, a ?? b)) return;
    if (field.list) this.#lists(type, field, { at: from, key: field.name }, { at: to, key: field.name }, path);
    else if (a === undefined || b === undefined) this.#whole(field, { at: from, key: field.name }, a, { at: to, key: field.name }, b, path);
    else if (field.mapKey !== undefined) this.#maps(field, a as Message, b as Message, path);
    else this.#values(field, { at: from, key: field.name }, a, { at: to, key: field.name }, b, path);
  }

  #whole(field: Field | undefined, fromAt: At, from: unknown, toAt: At, to: unknown, path: readonly string[]): void {
    const op = from === undefined ? "added" : to === undefined ? "removed" : "changed";
    this.#add(op, field, { ...fromAt, value: from }, { ...toAt, value: to }, path);
  }

  #add(op: Difference["op"], field: Field | undefined, from: Side, to: Side, path: readonly string[]): void {
    const shown = (side: Side): Side | undefined => (side.value === undefined ? undefined : { ...side, value: this.#shown(field, side.value) });
    this.differences.push({ op, path, from: shown(from), to: shown(to) });
  }

  /** A value as it may be printed. A list or map as a whole is shown item by item. */
  #shown(field: Field | undefined, value: unknown): unknown {
    if (this.#secret) return REDACTED;
    if (field === undefined) return value;
    return field.mapKey !== undefined && isObject(value) ? Object.fromEntries(Object.entries(value).map(([key, item]) => [key, redacted(field, item)])) : redacted(field, value);
  }

  #values(field: Field, fromAt: At, from: unknown, toAt: At, to: unknown, path: readonly string[]): void {
    if (this.#canonical.value(field, from) === this.#canonical.value(field, to)) return;
    if (isObject(from) && isObject(to)) {
      if (field.shape === "message") return this.messages(field.type ?? "", from, to, path);
      if (field.shape === "any" && typeOfAny(from) === typeOfAny(to)) return this.messages(typeOfAny(from), from, to, path);
      if (field.shape === "struct") return this.#structs(from, to, path);
    }
    this.#whole(field, fromAt, from, toAt, to, path);
  }

  #maps(field: Field, from: Message, to: Message, path: readonly string[]): void {
    const item = itemOf(field);
    for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
      const [a, b] = [own(from, key), own(to, key)];
      const inner = [...path, `[${key}]`];
      if (a === undefined || b === undefined) this.#whole(item, { at: from, key }, a, { at: to, key }, b, inner);
      else this.#values(field, { at: from, key }, a, { at: to, key }, b, inner);
    }
  }

  /** JSON without a schema: maps key by key, all else whole. */
  #structs(from: object, to: object, path: readonly string[]): void {
    for (const key of new Set([...Object.keys(from), ...Object.keys(to)])) {
      const [a, b] = [own(from as Message, key), own(to as Message, key)];
      if (JSON.stringify(a) === JSON.stringify(b)) continue;
      if (isObject(a) && isObject(b) && !Array.isArray(a) && !Array.isArray(b)) this.#structs(a, b, [...path, key]);
      else this.#whole(undefined, { at: from, key }, a, { at: to, key }, b, [...path, key]);
    }
  }

  #lists(owner: string, field: Field, fromAt: At, toAt: At, path: readonly string[]): void {
    const [from, to] = [listAt(fromAt), listAt(toAt)];
    const items = (list: readonly unknown[]): { text: string; identity: string | undefined }[] =>
      list.map((item) => ({ text: this.#canonical.value(field, item), identity: identityOf(owner, field, item, this.#canonical) }));
    const [item, free] = [itemOf(field), isUnordered(owner, field)];
    const { pairs, removed, added } = pairItems(items(from), items(to), isMessage(field));
    const inner = (list: readonly unknown[], index: number): string[] => [...path.slice(0, -1), `${path[path.length - 1]}[${labelOf(owner, field, list[index], index)}]`];
    for (const index of removed) this.#whole(item, { at: from, key: index }, from[index], toAt, undefined, inner(from, index));
    for (const pair of pairs) {
      const [a, b] = [{ at: from, key: pair.from }, { at: to, key: pair.to }];
      if (pair.moved && !free) this.#add("moved", item, { ...a, value: from[pair.from] }, { ...b, value: to[pair.to] }, inner(to, pair.to));
      this.#values(field, a, from[pair.from], b, to[pair.to], inner(to, pair.to));
    }
    for (const index of added) this.#whole(item, fromAt, undefined, { at: to, key: index }, to[index], inner(to, index));
  }
}

/** The field as if it held one item of its list or map. */
function itemOf(field: Field): Field {
  return { ...field, list: false, mapKey: undefined };
}

function isMessage(field: Field): boolean {
  return field.shape === "message" || field.shape === "any";
}

function listAt({ at, key }: At): readonly unknown[] {
  const list = (at as Message)[String(key)];
  return Array.isArray(list) ? (list as readonly unknown[]) : [];
}

function own(map: Message, key: string): unknown {
  return Object.hasOwn(map, key) ? map[key] : undefined;
}
