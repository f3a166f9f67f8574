/**
 * Raw trees to typed messages, by the table: names, types, oneofs, Any, deprecation and field rules in one walk. It
 * never stops at an error: what cannot be read is reported and left out. Envoy reads static configuration the same way
 * (protobuf's JSON parser in legacy mode), but stops at the first error.
 */
import type { Code } from "../diagnostics/codes.ts";
import { isRawMap, newRawMap, type RawMap, type RawValue } from "../diagnostics/raw.ts";
import { readAny } from "./anys.ts";
import { BAD, type Bad, type DecodeOptions, type NoteDetails, type RawPlace, type UnknownFields, type Walk } from "./context.ts";
import { readEnum } from "./enums.ts";
import type { Messages } from "./generated/messages.ts";
import { isMarked, isUnfinished, reportDefault, reportEnum, reportField } from "./marks.ts";
import { readFloat, readInteger } from "./numbers.ts";
import { kindOfRaw } from "./raw-text.ts";
import { checkRules } from "./rules.ts";
import { readBool, readBytes, readString } from "./scalars.ts";
import { shapeOf, WRAPPED, type Kind } from "./shape.ts";
import { readListValue, readStruct, readValue, setEntry } from "./structs.ts";
import { isUnset, V3, type Field, type MessageType, type TypeTable } from "./table.ts";
import { readDuration, readTimestamp } from "./times.ts";
import { reportUnknownField } from "./unknown-fields.ts";

/** Fields that carry an Any which Envoy never unpacks, or not when it validates: neither rules nor deprecation are checked in there. */
const PAYLOADS: ReadonlySet<string> = new Set([
  "envoy.config.core.v3.Metadata.typed_filter_metadata",
  "envoy.config.route.v3.RetryPolicy.RetryHostPredicate.typed_config",
  "envoy.config.route.v3.RetryPolicy.RetryPriority.typed_config",
  "envoy.extensions.filters.http.set_metadata.v3.Metadata.typed_value",
]);

const BOOTSTRAP = "envoy.config.bootstrap.v3.Bootstrap";

/** Fields of the bootstrap whose extensions Envoy does not make when it validates; what carries them is held to its rules all the same. */
const LATENT: ReadonlySet<string> = new Set(["fatal_actions", "tracing", "typed_dns_resolver_config", "watchdog", "watchdogs"]);

type Out = Record<string, unknown>;

class Decoder implements Walk {
  readonly table: TypeTable;
  readonly origins: DecodeOptions["origins"];
  readonly unknown_fields: UnknownFields;
  readonly #diagnostics: DecodeOptions["diagnostics"];
  readonly #allowed: (name: string) => boolean;
  /** Above zero inside messages whose rules are not checked. */
  #lenient = 0;
  /** Above zero inside fields whose extensions are not made. */
  #latent = 0;

  constructor(options: DecodeOptions) {
    this.table = options.table ?? V3;
    this.origins = options.origins;
    this.unknown_fields = options.unknown_fields ?? "error";
    this.#diagnostics = options.diagnostics;
    this.#allowed = options.allows_deprecated ?? ((): boolean => false);
  }

  bad(code: Code, at: RawPlace, key: string | number, message: string, why?: string, fix?: string): Bad {
    this.note(code, at, key, message, { ...(why === undefined ? {} : { why }), ...(fix === undefined ? {} : { fix }) });
    return BAD;
  }

  note(code: Code, at: RawPlace, key: string | number, message: string, details: NoteDetails = {}): void {
    const { why, fix, ...rest } = details;
    this.#diagnostics.report({ code, at, key, message: sentence(message), ...rest, ...(why === undefined ? {} : { why: sentence(why) }), ...(fix === undefined ? {} : { fix: sentence(fix) }) });
  }

  message(type: MessageType, raw: RawMap, skip?: string): object {
    const out: Out = {};
    let unread: Set<string> | undefined;
    let renamed: Map<string, string> | undefined;
    for (const key in raw) {
      if (key === skip) continue;
      let field = type.byName.get(key);
      if (field === undefined) {
        field = reportUnknownField(this, type, raw, key);
        if (field === undefined) continue;
        (renamed ??= new Map()).set(field.name, key);
      }
      if (!this.#setField(type, field, out, raw, key)) (unread ??= new Set()).add(field.name);
    }
    for (const key of this.origins.repeatedKeys(raw)) this.#reportRepeated(type, raw, key);
    this.origins.derive(out, raw, renamed);
    this.#check(type, out, unread, raw);
    return out;
  }

  /** In JSON a member of a oneof that is given twice is an error for Envoy, other fields are not. */
  #reportRepeated(type: MessageType, raw: RawMap, key: string): void {
    if (type.byName.get(key)?.oneof === undefined) return;
    this.note("LGT0207", raw, key, `${key} is given twice`, { why: "Envoy rejects a second value for a member of a oneof" });
  }

  #check(type: MessageType, out: Out, unread: Set<string> | undefined, raw: RawMap): void {
    if (this.#lenient > 0) return;
    if (this.table === V3) reportDefault(this, type, out, raw, this.#allowed);
    if (isUnfinished(type)) this.#reportUnfinished(type, out);
    checkRules(this.table, type, out, this.#diagnostics, unread);
  }

  #reportUnfinished(type: MessageType, out: Out): void {
    const where = type.workInProgress ? "" : ` (its whole file ${type.file.name} is)`;
    this.#diagnostics.report({ code: "LGT0214", at: out, message: `${type.name} is marked as work in progress${where}.` });
  }

  /** Reads one entry of a message. False if it could not be read. */
  #setField(type: MessageType, field: Field, out: Out, raw: RawMap, key: string): boolean {
    const entry = raw[key] ?? null;
    if (entry === null && field.shape !== "value" && field.type !== "google.protobuf.NullValue") return true;
    if (field.oneof !== undefined && !this.#mayJoin(type, field, out, raw, key)) return true;
    if (key !== field.name && raw[field.name] !== undefined) {
      this.note("LGT0220", raw, key, `${field.name} is given twice, as ${field.name} and as ${key}`, { on: "key" });
    }
    const latent = type.name === BOOTSTRAP && LATENT.has(field.name) ? 1 : 0;
    const lenient = isUnchecked(type, field) || (this.#latent > 0 && field.shape === "any") ? 1 : 0;
    this.#lenient += lenient;
    this.#latent += latent;
    const value = this.#field(field, entry, raw, key);
    this.#lenient -= lenient;
    this.#latent -= latent;
    if (value === BAD) return false;
    if (value === undefined || isUnset(this.table, field, value)) return true;
    out[field.name] = value;
    if (this.#lenient > 0) return true;
    if (isMarked(field)) reportField(this, type, field, raw, key, this.#allowed);
    if (field.shape === "enum" && !field.list && field.mapKey === undefined) this.#markEnum(field, value, raw, key);
    return true;
  }

  #markEnum(field: Field, value: unknown, raw: RawMap, key: string): void {
    const type = this.table.enumeration(field.type ?? "");
    if (type !== undefined) reportEnum(this, type, field, value, raw, key, this.#allowed);
  }

  /** False, with a finding, if another member of the oneof is set. */
  #mayJoin(type: MessageType, field: Field, out: Out, raw: RawMap, key: string): boolean {
    const other = otherMember(type, field, out);
    if (other === undefined) return true;
    this.#diagnostics.report({
      code: "LGT0207", at: raw, key, message: `${field.name} and ${other.name} cannot both be set.`, why: `They are members of the oneof ${field.oneof} of ${type.name}.`,
      related: [{ at: raw, key: raw[other.name] === undefined ? other.jsonName : other.name, on: "key", message: `${other.name} is set here.` }],
    });
    return false;
  }

  #field(field: Field, raw: RawValue, at: RawMap, key: string): unknown {
    if (field.list) return Array.isArray(raw) ? this.#list(field, raw) : this.#listOfOne(field, raw, at, key);
    return field.mapKey === undefined ? this.single(field, raw, at, key) : this.#map(field, raw, at, key);
  }

  #list(field: Field, raw: RawValue[]): unknown {
    const list: unknown[] = [];
    const complete = this.#append(field, raw, list);
    this.origins.derive(list, raw);
    return complete ? list : BAD;
  }

  /** Appends the items; a list within the list is taken as if its items stood in the outer one. */
  #append(field: Field, raw: RawValue[], list: unknown[]): boolean {
    let complete = true;
    for (let i = 0; i < raw.length; i++) {
      const item = raw[i] ?? null;
      if (Array.isArray(item) && field.shape !== "value" && field.shape !== "listvalue") {
        complete = this.#append(field, item, list) && complete;
        continue;
      }
      const value = item === null && field.shape !== "value" ? this.#nullItem(field, raw, i) : this.single(field, item, raw, i);
      if (value === BAD) complete = false;
      else if (value !== undefined) list.push(value);
    }
    return complete;
  }

  /** One value where a list belongs is a list of one. */
  #listOfOne(field: Field, raw: RawValue, at: RawMap, key: string): unknown {
    const value = this.single(field, raw, at, key);
    if (value === BAD || value === undefined) return value;
    const list = [value];
    this.origins.deriveEntry(list, at, key);
    return list;
  }

  #nullItem(field: Field, at: RawPlace, index: string | number): unknown {
    if (Array.isArray(at)) this.note("LGT0219", at, index, "Null in a list counts as an item with nothing set");
    return this.empty(field, at, index);
  }

  empty(field: Field, at: RawPlace, index: string | number): unknown {
    const none = newRawMap();
    this.origins.deriveEntry(none, at, index);
    switch (field.shape) {
      case "string":
      case "bytes": return "";
      case "bool": return false;
      case "integer":
      case "float": return 0;
      case "enum": return this.table.enumeration(field.type ?? "")?.byNumber.get(0) ?? 0;
      case "wrapper": return emptyWrapper(WRAPPED.get(field.type ?? ""));
      case "duration":
      case "timestamp": return { seconds: 0, nanos: 0 };
      case "any": return { "@type": "" };
      case "value": return null;
      case "listvalue":
      case "fieldmask": return [];
      default: return field.shape === "struct" ? {} : this.single(field, none, at, index);
    }
  }

  #map(field: Field, raw: RawValue, at: RawMap, key: string): unknown {
    if (!isRawMap(raw)) return this.bad("LGT0202", at, key, `Expected a map, found ${kindOfRaw(raw)}`);
    const map: Out = {};
    let complete = true;
    for (const name in raw) {
      const entry = raw[name] ?? null;
      const keyOk = this.#mapKey(field, raw, name);
      const value = entry === null && field.shape !== "value" ? this.empty(field, raw, name) : this.single(field, entry, raw, name);
      if (value === BAD || !keyOk) complete = false;
      else if (value !== undefined) setEntry(map, name, value);
    }
    for (const name of this.origins.repeatedKeys(raw)) this.note("LGT0215", raw, name, `The key ${JSON.stringify(name)} stands more than once`, { on: "key" });
    this.origins.derive(map, raw);
    return complete ? map : BAD;
  }

  #mapKey(field: Field, raw: RawMap, name: string): boolean {
    if (field.mapKey === "string" || field.mapKey === undefined) return true;
    if (field.mapKey === "bool") return name === "true" || name === "false" || this.bad("LGT0202", raw, name, "The keys of this map are true and false") !== BAD;
    return readInteger(this, field.mapKey, name, raw, name) !== BAD;
  }

  single(field: Field, raw: RawValue, at: RawPlace, key: string | number): unknown {
    switch (field.shape) {
      case "string": return readString(this, raw, at, key);
      case "message": return this.#nested(field, raw, at, key);
      case "enum": return this.#enum(field, raw, at, key);
      case "wrapper": return this.#wrapper(field, raw, at, key);
      case "any": return isRawMap(raw) ? readAny(this, raw) : this.bad("LGT0202", at, key, `Expected a map with an "@type", found ${kindOfRaw(raw)}`);
      case "struct": return readStruct(this, raw, at, key);
      case "value": return readValue(this, raw);
      case "listvalue": return readListValue(this, raw, at, key);
      case "duration": return isRawMap(raw) ? this.#asFields(field, raw) : readDuration(this, raw, at, key);
      case "timestamp": return isRawMap(raw) ? this.#asFields(field, raw) : readTimestamp(this, raw, at, key);
      case "fieldmask": return this.#fieldMask(field, raw, at, key);
      default: return this.#scalar(field.kind, raw, at, key);
    }
  }

  #scalar(kind: Kind, raw: RawValue, at: RawPlace, key: string | number): unknown {
    switch (shapeOf(kind, undefined)) {
      case "string": return readString(this, raw, at, key);
      case "bool": return readBool(this, raw, at, key);
      case "bytes": return readBytes(this, raw, at, key);
      case "float": return readFloat(this, kind, raw, at, key);
      default: return readInteger(this, kind, raw, at, key);
    }
  }

  #nested(field: Field, raw: RawValue, at: RawPlace, key: string | number): unknown {
    const type = this.table.message(field.type ?? "");
    if (type === undefined) throw new Error(`the table lacks ${field.type}`);
    if (isRawMap(raw)) return this.message(type, raw);
    return this.bad("LGT0202", at, key, `Expected a map (${type.name}), found ${kindOfRaw(raw)}`);
  }

  #enum(field: Field, raw: RawValue, at: RawPlace, key: string | number): unknown {
    const type = this.table.enumeration(field.type ?? "");
    if (type === undefined) throw new Error(`the table lacks ${field.type}`);
    if (type.name === "google.protobuf.NullValue" && raw === null) return "NULL_VALUE";
    return readEnum(this, type, raw, at, key);
  }

  /** A wrapper is its bare value, or a map with `value`. */
  #wrapper(field: Field, raw: RawValue, at: RawPlace, key: string | number): unknown {
    const kind = WRAPPED.get(field.type ?? "") ?? "string";
    if (!isRawMap(raw)) return this.#scalar(kind, raw, at, key);
    const { value } = this.#asFields(field, raw) as { value?: unknown };
    return value ?? emptyWrapper(kind);
  }

  /** Duration, Timestamp, wrappers and FieldMask written out as the messages that they are. */
  #asFields(field: Field, raw: RawMap): object {
    const type = this.table.message(field.type ?? "");
    if (type === undefined) throw new Error(`the table lacks ${field.type}`);
    const fields = this.message(type, raw);
    return field.shape === "duration" || field.shape === "timestamp" ? { seconds: 0, nanos: 0, ...fields } : fields;
  }

  #fieldMask(field: Field, raw: RawValue, at: RawPlace, key: string | number): unknown {
    if (isRawMap(raw)) return (this.#asFields(field, raw) as { paths?: unknown }).paths ?? [];
    if (typeof raw !== "string") return this.bad("LGT0202", at, key, `Expected the paths of fields, joined with commas, found ${kindOfRaw(raw)}`);
    return raw === "" ? [] : raw.split(",").map((path) => path.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`));
  }
}

/** The member of the field's oneof that is set already. */
function otherMember(type: MessageType, field: Field, out: Out): Field | undefined {
  for (const name in out) {
    const set = type.byName.get(name);
    if (set !== undefined && set.oneof === field.oneof && set !== field) return set;
  }
  return undefined;
}

/** True if nothing in the field's messages is held to rules. */
function isUnchecked(type: MessageType, field: Field): boolean {
  return field.rules?.["skip"] === true || (field.shape === "any" && PAYLOADS.has(`${type.name}.${field.name}`));
}

function emptyWrapper(kind: Kind | undefined): unknown {
  if (kind === "string" || kind === "bytes") return "";
  return kind === "bool" ? false : 0;
}

/** A full stop, unless the text has an end of its own. */
function sentence(text: string): string {
  return /[.?!]$/.test(text) ? text : `${text}.`;
}

/**
 * Decodes a raw tree as the named message. Everything that is wrong becomes a finding; the result holds what could be
 * read. Its objects (messages, lists, maps) have an origin.
 */
export function decodeMessage<Name extends keyof Messages>(name: Name, raw: RawValue, options: DecodeOptions): Messages[Name];
export function decodeMessage(name: string, raw: RawValue, options: DecodeOptions): object;
export function decodeMessage(name: string, raw: RawValue, options: DecodeOptions): object {
  const decoder = new Decoder(options);
  const type = decoder.table.message(name);
  if (type === undefined) throw new Error(`No message is named ${name}`);
  if (isRawMap(raw)) return decoder.message(type, raw);
  const at: RawValue[] = [raw];
  decoder.bad("LGT0202", Array.isArray(raw) ? raw : at, Array.isArray(raw) ? "" : 0, `Expected a map (${name}), found ${kindOfRaw(raw)}`);
  return {};
}
