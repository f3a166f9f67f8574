import type { Origins } from "../../diagnostics/origins.ts";
import { isRawMap, newRawMap, type RawMap, type RawValue } from "../../diagnostics/raw.ts";
import type { Field, MessageType } from "../table.ts";
import { type Change, type Proof, shown } from "./change.ts";

/** What the upgrade of one message may ask of the walk through the document. */
export interface UpgradeWalk {
  readonly origins: Origins;
  change(change: Change): void;
  /** The map as a v3 message; `type` is a v2 message or one that both APIs have. */
  message(type: MessageType, raw: RawMap): RawMap;
  /** The same by the type's name. */
  named(type: string, raw: RawMap): RawMap;
  /** The value of a field, whatever its shape. */
  value(field: Field, raw: RawValue): RawValue;
  /** Facts that a message within tells the one that holds it, or the other way round. */
  readonly told: Told;
}

/** What messages tell each other on the way. */
export interface Told {
  /** A listener's traffic direction, which v2 said in the tracing of its connection manager. */
  direction?: string;
  /** Where v1 says that clusters of type `sds` get their hosts. */
  sds?: RawMap;
  /** Within a listener: its transport sockets face clients. */
  downstream: boolean;
}

/** What to do with one key of an old message. */
export type Rule = (message: MessageUpgrade, key: string, value: RawValue) => void;

/** Rules by `type.key`; what a type needs when all its keys are done, by `type`. */
export type Rules = Readonly<Record<string, Rule>>;
export type Finishers = Readonly<Record<string, (message: MessageUpgrade) => void>>;

/** Why a place stands for what the text does not have. */
const MADE = "It was made from configuration of an older API.";

/** One message on its way to v3: the old map, the new one, and how the keys correspond. */
export class MessageUpgrade {
  readonly type: MessageType;
  readonly raw: RawMap;
  readonly out: RawMap = newRawMap();
  readonly walk: UpgradeWalk;
  readonly #names = new Map<string, string>();

  constructor(type: MessageType, raw: RawMap, walk: UpgradeWalk) {
    this.type = type;
    this.raw = raw;
    this.walk = walk;
    walk.origins.derive(this.out, raw, this.#names);
  }

  /** Sets a field that stands where `key` stood. Nothing is said. */
  set(name: string, value: RawValue, key: string): void {
    this.out[name] = value;
    if (name !== key) this.#names.set(name, key);
  }

  /** Sets the field at a way of field names, joining what is there already. */
  setAt(way: readonly string[], value: RawValue, key: string): void {
    let at = this.out;
    for (const name of way.slice(0, -1)) {
      const next = at[name];
      if (isRawMap(next)) at = next;
      else {
        const made = this.made(key);
        if (at === this.out) this.set(name, made, key);
        else at[name] = made;
        at = made;
      }
    }
    if (at === this.out) this.set(way.at(-1) ?? "", value, key);
    else at[way.at(-1) ?? ""] = value;
  }

  /** `key` is written otherwise in v3: sets the field at the way, and says what to write. */
  replace(key: string, way: string | readonly string[], value: RawValue, proof: Proof = "v2", what?: string): void {
    const names = typeof way === "string" ? [way] : way;
    this.setAt(names, value, key);
    this.say(key, what ?? `${key} is no field of v3; ${names.join(".")} takes its place`, `Write ${names.map((name) => `${name}: `).join("{ ")}${shown(value)}${" }".repeat(names.length - 1)}`, proof);
  }

  /** A change that needs no new value of `key`. */
  say(key: string | undefined, message: string, fix: string, proof: Proof = "v2"): void {
    this.walk.change({ at: this.raw, ...(key === undefined ? {} : { key }), message, fix, proof });
  }

  /** `key` is not needed any more. */
  drop(key: string, message: string, proof: Proof = "v2"): void {
    this.say(key, message, `Remove ${key}`, proof);
  }

  /** `key` has no successor. */
  lose(key: string, message: string, fix: string, proof: Proof = "v2"): void {
    this.walk.change({ at: this.raw, key, message, fix, proof, lost: true });
  }

  /** A new map that stands where the entry `key` stands. */
  made(key: string, entries: Readonly<Record<string, RawValue>> = {}): RawMap {
    const map = Object.assign(newRawMap(), entries);
    this.walk.origins.deriveEntry(map, this.raw, key, MADE);
    return map;
  }

  /** Like `made`, with maps in the entries made anew as well. */
  tree(key: string, value: RawValue): RawValue {
    if (Array.isArray(value)) {
      const list = value.map((item) => this.tree(key, item));
      this.walk.origins.deriveEntry(list, this.raw, key, MADE);
      return list;
    }
    if (!isRawMap(value) || this.walk.origins.has(value)) return value;
    return this.made(key, Object.fromEntries(Object.entries(value).map(([name, entry]) => [name, this.tree(key, entry)])));
  }

  /** The map as a message of the type, by all rules; other values as they are. */
  as(type: string, value: RawValue): RawValue {
    return isRawMap(value) ? this.walk.named(type, value) : value;
  }

  /** A list of the field's values, of one value too. */
  items(value: RawValue): readonly RawValue[] {
    return value === null ? [] : Array.isArray(value) ? value : [value];
  }

  text(key: string): string {
    const value = this.raw[key];
    return typeof value === "string" ? value : "";
  }

  /** The key under which a field is written, in either case. */
  has(...keys: readonly string[]): boolean {
    return keys.some((key) => (this.raw[key] ?? null) !== null);
  }
}
