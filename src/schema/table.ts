/**
 * The Envoy API as a table, and the only place that knows how it is written (scripts/schema/table.ts writes it).
 *
 *   @envoy/config/core/v3/address.proto TAB {"l":1}         a file: l linked into Envoy 1.40.0, w work in progress
 *   envoy.config.core.v3.Pipe TAB {"f":[...],"o":{...}}     a message: f fields, o oneofs (1 = one is required),
 *                                                           w work in progress, p the v2 message it succeeds
 *   envoy.type.v3.Mode TAB {"v":{...},"d":{...},"x":{...}}  an enum: v numbers by name, d deprecated, x disallowed
 *
 * A field: n name, i number, k kind, t type's name, l list, m kind of a map's keys, j JSON name if unusual, o oneof,
 * u unpacked, r rules, d deprecated since ("3.0" or 1), x disallowed by default, w work in progress, s sensitive.
 */
import { V3_TABLE } from "./generated/v3-table.ts";
import { shapeOf, type Kind, type Shape } from "./shape.ts";

/** Rules of protoc-gen-validate for one field, item, key or value, flat. 64-bit bounds and durations are text. */
export type RuleTexts = Readonly<Record<string, unknown>>;

export interface FileInfo {
  readonly name: string;
  /** True if the released binary of Envoy 1.40.0 knows the file's types. */
  readonly linked: boolean;
  /** True if only Envoy's contrib build knows them. */
  readonly contrib: boolean;
  readonly workInProgress: boolean;
}

export interface Field {
  readonly name: string;
  readonly jsonName: string;
  readonly number: number;
  readonly kind: Kind;
  /** How its value (an item's, a map's value) looks in a decoded message. */
  readonly shape: Shape;
  /** Full name of its message or enum. */
  readonly type: string | undefined;
  readonly list: boolean;
  readonly mapKey: Kind | undefined;
  readonly oneof: string | undefined;
  /** False where an explicit default cannot be told from an unset field: such a default is left out. */
  readonly presence: boolean;
  readonly packed: boolean;
  readonly rules: RuleTexts | undefined;
  /** The version that deprecated it, "" if unknown, undefined if it is not deprecated. */
  readonly deprecated: string | undefined;
  readonly disallowed: boolean;
  readonly workInProgress: boolean;
  readonly sensitive: boolean;
}

export interface MessageType {
  readonly name: string;
  readonly file: FileInfo;
  readonly fields: readonly Field[];
  /** By proto name and by JSON name. */
  readonly byName: ReadonlyMap<string, Field>;
  /** Name -> whether one member is required. */
  readonly oneofs: ReadonlyMap<string, boolean>;
  readonly workInProgress: boolean;
  /** The v2 message that it succeeds. */
  readonly previous: string | undefined;
}

export interface EnumType {
  readonly name: string;
  readonly byName: ReadonlyMap<string, number>;
  /** The first name of each number. */
  readonly byNumber: ReadonlyMap<number, string>;
  /** Value's name -> version. */
  readonly deprecated: Readonly<Record<string, string | 1>>;
  readonly disallowed: Readonly<Record<string, 1>>;
}

interface FieldLine {
  readonly n: string;
  readonly i: number;
  readonly k: Kind;
  readonly t?: string;
  readonly l?: 1;
  readonly m?: Kind;
  readonly j?: string;
  readonly o?: string;
  readonly u?: 1;
  readonly r?: RuleTexts;
  readonly d?: string | 1;
  readonly x?: 1;
  readonly w?: 1;
  readonly s?: 1;
}

interface TypeLine {
  readonly f?: readonly FieldLine[];
  readonly o?: Readonly<Record<string, 0 | 1>>;
  readonly w?: 1;
  readonly p?: string;
  readonly v?: Readonly<Record<string, number>>;
  readonly d?: Readonly<Record<string, string | 1>>;
  readonly x?: Readonly<Record<string, 1>>;
}

function camelCase(name: string): string {
  return name.includes("_") ? name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase()) : name;
}

function fieldOf(line: FieldLine): Field {
  const list = line.l === 1;
  const mapKey = line.m;
  return {
    name: line.n,
    jsonName: line.j ?? camelCase(line.n),
    number: line.i,
    kind: line.k,
    shape: shapeOf(line.k, line.t),
    type: line.t,
    list,
    mapKey,
    oneof: line.o,
    presence: (line.k === "message" || line.o !== undefined) && !list && mapKey === undefined,
    packed: list && line.u !== 1,
    rules: line.r,
    deprecated: line.d === 1 ? "" : line.d,
    disallowed: line.x === 1,
    workInProgress: line.w === 1,
    sensitive: line.s === 1,
  };
}

function messageOf(name: string, file: FileInfo, line: TypeLine): MessageType {
  const fields = (line.f ?? []).map(fieldOf);
  const byName = new Map<string, Field>();
  for (const field of fields) byName.set(field.name, field).set(field.jsonName, field);
  const oneofs = new Map(Object.entries(line.o ?? {}).map(([oneof, required]) => [oneof, required === 1]));
  return { name, file, fields, byName, oneofs, workInProgress: line.w === 1, previous: line.p };
}

function enumOf(name: string, line: TypeLine): EnumType {
  const byName = new Map(Object.entries(line.v ?? {}));
  const byNumber = new Map<number, string>();
  for (const [value, number] of byName) if (!byNumber.has(number)) byNumber.set(number, value);
  return { name, byName, byNumber, deprecated: line.d ?? {}, disallowed: line.x ?? {} };
}

/** A table's text with an index of its lines; a line is parsed when its type is first asked for. */
export class TypeTable {
  readonly #text: string;
  readonly #lines = new Map<string, number>();
  readonly #messages = new Map<string, MessageType>();
  readonly #enums = new Map<string, EnumType>();
  readonly #files = new Map<number, FileInfo>();
  readonly #base: TypeTable | undefined;

  /** `base` answers for what the text lacks. */
  constructor(text: string, base?: TypeTable) {
    this.#text = text;
    this.#base = base;
    for (let at = text.indexOf("\n") + 1; at > 0 && at < text.length; at = text.indexOf("\n", at) + 1) {
      if (text.charCodeAt(at) !== 64) this.#lines.set(text.slice(at, text.indexOf("\t", at)), at);
    }
  }

  /** Full names of all messages and enums of the text itself. */
  names(): IterableIterator<string> {
    return this.#lines.keys();
  }

  has(name: string): boolean {
    return this.#lines.has(name) || this.#base?.has(name) === true;
  }

  message(name: string): MessageType | undefined {
    const known = this.#messages.get(name);
    if (known !== undefined) return known;
    const line = this.#parse(name);
    if (line?.f === undefined) return this.#base?.message(name);
    const type = messageOf(name, this.#fileAt(this.#lines.get(name) ?? 0), line);
    this.#messages.set(name, type);
    return type;
  }

  enumeration(name: string): EnumType | undefined {
    const known = this.#enums.get(name);
    if (known !== undefined) return known;
    const line = this.#parse(name);
    if (line?.v === undefined) return this.#base?.enumeration(name);
    const type = enumOf(name, line);
    this.#enums.set(name, type);
    return type;
  }

  /** The message of this table that succeeds a message of v2, or undefined. */
  successorOf(v2: string): string | undefined {
    const hit = this.#text.indexOf(`"p":"${v2}"`);
    if (hit < 0) return undefined;
    const start = this.#text.lastIndexOf("\n", hit) + 1;
    return this.#text.slice(start, this.#text.indexOf("\t", start));
  }

  #parse(name: string): TypeLine | undefined {
    const at = this.#lines.get(name);
    if (at === undefined) return undefined;
    return JSON.parse(this.#text.slice(at + name.length + 1, this.#text.indexOf("\n", at))) as TypeLine;
  }

  #fileAt(offset: number): FileInfo {
    const start = this.#text.lastIndexOf("\n@", offset) + 2;
    const known = this.#files.get(start);
    if (known !== undefined) return known;
    const [name = "", flags = "{}"] = this.#text.slice(start, this.#text.indexOf("\n", start)).split("\t");
    const { l, w } = JSON.parse(flags) as { l?: number; w?: 1 };
    const file: FileInfo = { name, linked: l === 1, contrib: name.startsWith("contrib/"), workInProgress: w === 1 };
    this.#files.set(start, file);
    return file;
  }
}

/** The v3 API. Making its index takes about a millisecond. */
export const V3: TypeTable = new TypeTable(V3_TABLE);

/** True for a value that protobuf cannot tell from an unset field: an empty list or map, a default without presence. */
export function isUnset(table: TypeTable, field: Field, value: unknown): boolean {
  if (field.list) return (value as readonly unknown[]).length === 0;
  if (field.mapKey !== undefined) return Object.keys(value as object).length === 0;
  if (field.presence) return false;
  if (field.shape === "enum") return value === 0 || value === table.enumeration(field.type ?? "")?.byNumber.get(0);
  return value === "" || value === 0 || value === false;
}

/** The message's name in the type URL of an Any: what follows the last slash; undefined if there is no host before it. */
export function typeOf(anyTypeUrl: string): string | undefined {
  const slash = anyTypeUrl.lastIndexOf("/");
  return slash > 0 && slash < anyTypeUrl.length - 1 ? anyTypeUrl.slice(slash + 1) : undefined;
}

/** The fields of a v3 message in the order of its declaration; undefined for a name that is no message. */
export function fieldsOf(type: string): readonly Field[] | undefined {
  return V3.message(type)?.fields;
}
