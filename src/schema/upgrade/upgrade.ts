/**
 * v1 and v2 configuration as v3, raw tree to raw tree: what is valid afterwards is for the decoder to say. A v2 message and its successor
 * pair their fields by number; what cannot be paired, and the words of v1, have a rule each.
 */
import type { Origins } from "../../diagnostics/origins.ts";
import { isRawMap, newRawMap, type RawMap, type RawValue } from "../../diagnostics/raw.ts";
import { typeOf, V3, type Field, type MessageType } from "../table.ts";
import { v2 } from "../v2.ts";
import type { Change } from "./change.ts";
import { FINISHERS, RULES } from "./rules.ts";
import { MessageUpgrade, type UpgradeWalk } from "./message-upgrade.ts";
import { successorOf, v2MessageOf } from "./successors.ts";
import { timeFromNumber } from "./times.ts";

/** A document in the words of v3, and what had to change. */
export interface Upgraded {
  readonly type: string;
  readonly root: RawMap;
  readonly changes: readonly Change[];
  /** It has words of v3 too: for Envoy, a file of v3 in which those of v2 are wrong. */
  readonly mixed: boolean;
}

/**
 * The document in v3; undefined if nothing in it is of an older API. `type` is its message in v3 or v2. A document is of v2 as a whole: one that
 * names a type of v3, or has a field that only v3 has, is of v3 (`mixed`), where words of v2 are faults and words of v1 slips.
 * `all`: also changes that v3 would not need.
 */
export function upgradeDocument(type: string, root: RawMap, origins: Origins, all = false): Upgraded | undefined {
  const old = v2MessageOf(type);
  const next = V3.message(type) === undefined ? successorOf(old?.name ?? type) : type;
  if (old === undefined || next === undefined) return undefined;
  const upgrade = new Upgrade(origins);
  const out = upgrade.message(old, root);
  const proven = all || upgrade.changes.some(({ proof }) => proof === "v2" || (proof === "v1" && !upgrade.knowsV3));
  return proven || next !== type ? { type: next, root: out, changes: upgrade.changes, mixed: upgrade.knowsV3 && next === type } : undefined;
}

class Upgrade implements UpgradeWalk {
  readonly origins: Origins;
  readonly changes: Change[] = [];
  readonly told: UpgradeWalk["told"] = { downstream: false };
  knowsV3 = false;

  constructor(origins: Origins) {
    this.origins = origins;
  }

  change(change: Change): void {
    this.changes.push(change);
  }

  named(type: string, raw: RawMap): RawMap {
    const found = v2().message(type);
    if (found === undefined) throw new Error(`No message is named ${type}`);
    return this.message(found, raw);
  }

  message(type: MessageType, raw: RawMap): RawMap {
    const next = V3.message(successorOf(type.name) ?? type.name);
    const message = new MessageUpgrade(type, raw, this);
    for (const key of Object.keys(raw)) this.#entry(message, next, key, raw[key] ?? null);
    FINISHERS[type.name]?.(message);
    return message.out;
  }

  #entry(message: MessageUpgrade, next: MessageType | undefined, key: string, value: RawValue): void {
    const { type } = message;
    const field = type.byName.get(key);
    const rule = RULES[`${type.name}.${field?.name ?? key}`];
    if (rule !== undefined) return value === null && field?.shape !== "struct" ? undefined : rule(message, key, value);
    if (field === undefined) {
      if (next?.byName.has(key) === true) this.knowsV3 = true;
      if (!timeFromNumber(message, key, value)) message.set(key, this.copy(value), key);
      return;
    }
    const target = next?.fields.find((candidate) => candidate.number === field.number);
    if (target === undefined) return message.lose(key, `${field.name} of ${type.name} was removed without a successor`, "Remove it, or find another way");
    const upgraded = value === null ? null : this.#field(field, target, value, message, key);
    if (target.name !== field.name) message.replace(key, target.name, upgraded);
    else message.set(target.name, upgraded, key);
  }

  #field(field: Field, target: Field, value: RawValue, message: MessageUpgrade, key: string): RawValue {
    if (field.shape !== "enum") return this.value(field, value);
    return Array.isArray(value) ? value.map((item) => renamed(field, target, item, message, key)) : renamed(field, target, value, message, key);
  }

  value(field: Field, raw: RawValue): RawValue {
    if (Array.isArray(raw) && field.list) return this.#list(raw, (item) => this.#single(field, item));
    if (field.mapKey === undefined || !isRawMap(raw)) return this.#single(field, raw);
    return this.#map(raw, (entry) => this.#single(field, entry));
  }

  #single(field: Field, raw: RawValue): RawValue {
    if (!isRawMap(raw)) return raw;
    if (field.shape === "any") return this.#any(raw);
    const type = field.shape === "message" ? v2().message(field.type ?? "") : undefined;
    return type === undefined ? raw : this.message(type, raw);
  }

  #any(raw: RawMap): RawMap {
    const url = raw["@type"];
    const name = typeof url === "string" ? typeOf(url) ?? url : "";
    const known = V3.message(name);
    if (known !== undefined && /\.v3(?:alpha)?\./.test(name)) this.knowsV3 = true;
    const type = v2MessageOf(name);
    if (type === undefined) return this.#map(raw, (entry) => this.copy(entry));
    const next = known?.name ?? successorOf(type.name);
    if (next === undefined) {
      this.change({ at: raw, key: "@type", message: `${name} was removed without a successor`, fix: "Remove it, or find another way", proof: "v2", lost: true });
      return raw;
    }
    if (known === undefined) this.change({ at: raw, key: "@type", message: `${name} is a type of the v2 API`, fix: `Write type.googleapis.com/${next}`, proof: "v2" });
    return this.#typed(next, this.message(type, withoutType(raw, this.origins)));
  }

  #typed(type: string, message: RawMap): RawMap {
    const typed = Object.assign(newRawMap(), { "@type": `type.googleapis.com/${type}` }, message);
    this.origins.derive(typed, message);
    return typed;
  }

  /** What no table knows: the same, but for messages in it that name their type. */
  copy(raw: RawValue): RawValue {
    if (Array.isArray(raw)) return this.#list(raw, (item) => this.copy(item));
    if (!isRawMap(raw)) return raw;
    return typeof raw["@type"] === "string" ? this.#any(raw) : this.#map(raw, (entry) => this.copy(entry));
  }

  #list(raw: readonly RawValue[], each: (item: RawValue) => RawValue): RawValue[] {
    const list = raw.map(each);
    this.origins.derive(list, raw);
    return list;
  }

  #map(raw: RawMap, each: (entry: RawValue) => RawValue): RawMap {
    const map = newRawMap();
    for (const key of Object.keys(raw)) map[key] = each(raw[key] ?? null);
    this.origins.derive(map, raw);
    return map;
  }
}

function withoutType(raw: RawMap, origins: Origins): RawMap {
  const fields = Object.assign(newRawMap(), raw);
  delete fields["@type"];
  origins.derive(fields, raw);
  return fields;
}

/** A value of an enum by its v3 name. */
function renamed(field: Field, target: Field, value: RawValue, message: MessageUpgrade, key: string): RawValue {
  const [old, next] = [v2().enumeration(field.type ?? ""), V3.enumeration(target.type ?? "")];
  const word = typeof value === "string" ? value.toUpperCase() : "";
  const number = old?.byName.get(word);
  if (number === undefined || next === undefined || next.byName.has(word)) return value;
  const name = next.byNumber.get(number);
  if (name === undefined || name.startsWith("DEPRECATED")) {
    message.lose(key, `The value ${word} of ${field.name} was removed without a successor`, `Choose another of its values: ${[...next.byName.keys()].filter((known) => !known.startsWith("DEPRECATED")).join(", ")}`);
    return value;
  }
  message.say(key, `The value ${word} of ${field.name} is called ${name} in v3`, `Write ${name}`);
  return name;
}
