import type { Source } from "./source.ts";

export type Key = string | number;

/** A stretch of one text (offsets in UTF-16 units, `end` exclusive). */
export interface Span {
  readonly source: Source;
  readonly start: number;
  readonly end: number;
}

/** As the end of a span: it goes on to the end of its first line (a container in block style, a block scalar). */
export const REST_OF_LINE = -1;

/** Where a map or list stands in a text. */
export class TextOrigin {
  readonly source: Source;
  readonly start: number;
  end: number;
  readonly parent: object | undefined;
  readonly key: Key | undefined;
  /** Keys in the order of the text; undefined for a list. */
  readonly names: string[] | undefined;
  /** For each entry of a map: start and end of the key, start and end of the value; for each item of a list: start and end. */
  readonly places: number[] = [];

  /** A stretch of text without an object of its own. */
  readonly isMark: boolean;

  constructor(source: Source, start: number, end: number, parent: object | undefined, key: Key | undefined, kind: "map" | "list" | "mark") {
    this.source = source;
    this.start = start;
    this.end = end;
    this.parent = parent;
    this.key = key;
    this.names = kind === "map" ? [] : undefined;
    this.isMark = kind === "mark";
  }
}

/** An object made from another one: a decoded message from a raw map, an upgraded message, a default. */
class DerivedOrigin {
  readonly from: object;
  /** Set when the object stands for one entry of `from`, not for `from` itself. */
  readonly key: Key | undefined;
  /** Key here -> key in `from`, where they differ otherwise than by snake and camel case. */
  readonly names: ReadonlyMap<string, string> | undefined;
  /** What made it, for people: "upgraded from v2". */
  readonly rule: string | undefined;

  constructor(from: object, key: Key | undefined, names: ReadonlyMap<string, string> | undefined, rule: string | undefined) {
    this.from = from;
    this.key = key;
    this.names = names;
    this.rule = rule;
  }
}

/** An object that came without text, such as a resource of an xDS stream. */
interface ResourceOrigin {
  readonly resource: string;
  readonly parent: object | undefined;
  readonly key: Key | undefined;
}

/** Where an object (or one of its entries) comes from, found but not yet turned into lines and columns. */
export interface Place {
  readonly span: Span | undefined;
  /** `envoy.config.cluster.v3.Cluster backend`, for what came without text. */
  readonly resource: string | undefined;
  /** `static_resources.clusters[0].name`; empty for the root. */
  readonly path: string;
  readonly rule: string | undefined;
}

/**
 * The side table of places: object -> where it came from. Objects carry no positions; whoever dislikes one names the
 * object and the key, and the place is worked out when it is printed. One table serves one compilation.
 */
export class Origins {
  readonly #texts = new Map<object, TextOrigin>();
  /** What an object was made from: the other object, mostly as a whole and under the same names, or more about it. */
  readonly #derived = new Map<object, object>();
  readonly #resources = new Map<object, ResourceOrigin>();
  readonly #repeated = new Map<object, Set<string>>();

  /** The readers' side: `object` was read from a text. */
  addText(object: object, origin: TextOrigin): void {
    this.#texts.set(object, origin);
  }

  textOf(object: object): TextOrigin | undefined {
    return this.#texts.get(object);
  }

  /**
   * A stretch of a text that is no object: gives a token that findings can name in `at`. With `parent` and `key` its
   * path is that of the entry.
   */
  mark(source: Source, start: number, end: number, parent?: object, key?: Key): object {
    const token = {};
    this.#texts.set(token, new TextOrigin(source, start, end, parent, key, "mark"));
    return token;
  }

  /** Notes that the text gave this key of a map more than once (JSON: protobuf rejects that in maps and Structs). */
  addRepeated(object: object, key: string): void {
    const keys = this.#repeated.get(object);
    if (keys === undefined) this.#repeated.set(object, new Set([key]));
    else keys.add(key);
  }

  repeatedKeys(object: object): readonly string[] {
    return [...this.#repeated.get(object) ?? []];
  }

  /**
   * `decoded` was made from the whole of `raw` (a message from a map, a list from a list). A key of `decoded` is
   * looked up in `raw` as it is, then in camel case; give `names` (decoded key -> raw key) where that is not enough.
   */
  derive(decoded: object, raw: object, names?: ReadonlyMap<string, string>, rule?: string): void {
    this.#derived.set(decoded, names === undefined && rule === undefined ? raw : new DerivedOrigin(raw, undefined, names, rule));
  }

  /** `decoded` was made from one entry of `parent`: a message from a string, a list of one from a lone value. */
  deriveEntry(decoded: object, parent: object, key: Key, rule?: string): void {
    this.#derived.set(decoded, new DerivedOrigin(parent, key, undefined, rule));
  }

  /** `object` is a resource that came without text; `label` names it to people. */
  addResource(object: object, label: string): void {
    this.#resources.set(object, { resource: label, parent: undefined, key: undefined });
  }

  /** `child` is the entry `key` of `parent`, where neither came from a text. */
  addChild(child: object, parent: object, key: Key): void {
    this.#resources.set(child, { resource: "", parent, key });
  }

  has(object: object): boolean {
    return this.#texts.has(object) || this.#derived.has(object) || this.#resources.has(object);
  }

  /** The source an object was read from, if it was. */
  sourceOf(object: object): Source | undefined {
    return this.find(object)?.span?.source;
  }

  /**
   * Finds an object, or its entry `key`. `on` says which part of the entry is meant (default: its value).
   * A key that is absent gives the object's own place, with the key in the path.
   */
  find(at: object, key?: Key, on: "key" | "value" = "value"): Place | undefined {
    const derived = this.#derived.get(at);
    if (derived !== undefined) return this.#findDerived(derived instanceof DerivedOrigin ? derived : new DerivedOrigin(derived, undefined, undefined, undefined), key, on);
    const text = this.#texts.get(at);
    if (text !== undefined) return this.#findText(text, key, on);
    const resource = this.#resources.get(at);
    return resource === undefined ? undefined : this.#findResource(resource, key);
  }

  #findDerived(derived: DerivedOrigin, key: Key | undefined, on: "key" | "value"): Place | undefined {
    const place = derived.key === undefined
      ? this.find(derived.from, key === undefined ? undefined : this.#sourceKey(derived, key), on)
      : this.find(derived.from, derived.key, on);
    return place === undefined || derived.rule === undefined ? place : { ...place, rule: derived.rule };
  }

  /** The key under which `from` holds what the derived object calls `key`. */
  #sourceKey(derived: DerivedOrigin, key: Key): Key {
    if (typeof key === "number") return key;
    const named = derived.names?.get(key);
    if (named !== undefined) return named;
    const names = this.#texts.get(derived.from)?.names;
    if (names === undefined || names.includes(key)) return key;
    const camel = key.replace(/_([a-z0-9])/g, (_, c: string) => c.toUpperCase());
    return names.includes(camel) ? camel : key;
  }

  #findText(text: TextOrigin, key: Key | undefined, on: "key" | "value"): Place {
    const path = joinPath(this.#pathOf(text), key);
    const span = (key === undefined ? undefined : entrySpan(text, key, on)) ?? this.#ownSpan(text);
    return { span, resource: undefined, path, rule: undefined };
  }

  /** A map or list that is the value of a key is shown at that key, an item of a list or the root at its own start. */
  #ownSpan(text: TextOrigin): Span {
    const parent = text.isMark || text.parent === undefined ? undefined : this.#texts.get(text.parent);
    const span = parent === undefined || typeof text.key !== "string" ? undefined : entrySpan(parent, text.key, "key");
    if (span !== undefined) return span;
    return spanOf(text.source, text.start, text.end);
  }

  #findResource(resource: ResourceOrigin, key: Key | undefined): Place {
    const keys: (Key | undefined)[] = [key];
    let top = resource;
    for (let at = resource.parent; at !== undefined;) {
      keys.push(top.key);
      const next = this.#resources.get(at);
      if (next === undefined) break;
      top = next;
      at = next.parent;
    }
    return { span: undefined, resource: top.resource, path: keys.reverse().reduce(joinPath, ""), rule: undefined };
  }

  #pathOf(text: TextOrigin): string {
    const keys: (Key | undefined)[] = [];
    for (let at: TextOrigin | undefined = text; at !== undefined; at = at.parent === undefined ? undefined : this.#texts.get(at.parent)) keys.push(at.key);
    return keys.reverse().reduce(joinPath, "");
  }
}

function entrySpan(text: TextOrigin, key: Key, on: "key" | "value"): Span | undefined {
  const { names, places, source } = text;
  let from: number;
  if (names === undefined) {
    if (typeof key !== "number" || key * 2 >= places.length) return undefined;
    from = key * 2;
  } else {
    const index = names.lastIndexOf(String(key));
    if (index < 0) return undefined;
    from = index * 4 + (on === "key" ? 0 : 2);
  }
  return spanOf(source, places[from] ?? 0, places[from + 1] ?? 0);
}

function spanOf(source: Source, start: number, end: number): Span {
  if (end !== REST_OF_LINE) return { source, start, end };
  const rest = /^[^\n\r]*?(?=[ \t]*(?:[\n\r]|[ \t]#|$))/.exec(source.text.slice(start, start + LONGEST_SPAN));
  return { source, start, end: start + Math.max(rest?.[0].length ?? 0, 1) };
}

/** A line's rest is not underlined beyond this. */
const LONGEST_SPAN = 400;

/** Appends a key to a path: names with a dot, indexes and unusual names in brackets. */
function joinPath(path: string | undefined, key: Key | undefined): string {
  const before = path ?? "";
  if (key === undefined) return before;
  if (typeof key === "number") return `${before}[${key}]`;
  if (!/^[A-Za-z_$][\w$-]*$/.test(key)) return `${before}[${JSON.stringify(key)}]`;
  return before === "" ? key : `${before}.${key}`;
}
