/** Small damages done to configurations, as people and generators do them. A mutant is plain JSON, which is YAML too. */
import type { Dice } from "./random.ts";

export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };
type Holder = { [key: string]: Json } | Json[];

/** One place of a tree: what holds it, and its key there. */
interface Place {
  readonly holder: Holder;
  readonly key: string;
  readonly value: Json;
  /** The nearest named key above it, its own for a member of a map. */
  readonly name: string;
}

/** What was done, for the report. */
export interface Mutant {
  readonly tree: Json;
  readonly what: string;
}

/** Values that the corpus has under each name, to borrow members from: another member of a oneof among them. */
export type Lenders = ReadonlyMap<string, readonly { readonly [key: string]: Json }[]>;

function placesOf(tree: Json, name = "", found: Place[] = []): Place[] {
  if (typeof tree !== "object" || tree === null) return found;
  for (const [key, value] of Object.entries(tree)) {
    const own = Array.isArray(tree) ? name : key;
    found.push({ holder: tree as Holder, key, value, name: own });
    placesOf(value, own, found);
  }
  return found;
}

export function lendersOf(trees: readonly Json[]): Lenders {
  const lenders = new Map<string, { [key: string]: Json }[]>();
  for (const tree of trees) {
    for (const { value, name } of placesOf(tree)) {
      if (typeof value === "object" && value !== null && !Array.isArray(value)) lenders.set(name, [...(lenders.get(name) ?? []), value]);
    }
  }
  return lenders;
}

function put({ holder, key }: Place, value: Json): void {
  (holder as Record<string, Json>)[key] = value;
}

function drop({ holder, key }: Place): void {
  if (Array.isArray(holder)) holder.splice(Number(key), 1);
  else delete holder[key];
}

type Mutation = (place: Place, dice: Dice, lenders: Lenders) => string | undefined;

const TEXTS = ["", "x", "a b", "é", "\n", "*", "x".repeat(300)];
const NUMBERS = [-1, 0, 1, 49, 101, 65_536, 70_000, 4_294_967_296, 1.5, 1e20];
const DURATIONS = ["0s", "-1s", "0.0001s", "5", "1.5ms", "1e3s", "1.0000000001s", "315576000001s"];
const PATTERNS = ["(", "a**", "[", "(?=a)", "\\1", "a{1001}", "(?P<n>a)", "[[:alpha:]]", "(a{30}){30}", "\\pN+", ".*"];

/** Each mutation answers what it did, or undefined where the place is not its kind. */
const MUTATIONS: Readonly<Record<string, Mutation>> = {
  drop: (place) => (drop(place), "dropped"),
  kind: (place, dice) => {
    const other = dice.pick<Json>([7, "text", true, [], {}, null, ["a"], { a: 1 }]);
    put(place, other);
    return `became ${JSON.stringify(other)}`;
  },
  range: (place, dice) => {
    if (typeof place.value !== "number") return undefined;
    const other = dice.pick(NUMBERS);
    put(place, other);
    return `became ${other}`;
  },
  rename: ({ holder, key, value }, dice) => {
    if (Array.isArray(holder)) return undefined;
    delete holder[key];
    const other = dice.pick([`${key}_`, key.slice(0, -1) || "x", key.toUpperCase()]);
    holder[other] = value;
    return `renamed ${other}`;
  },
  repeat: ({ holder, key, value }) => {
    if (!Array.isArray(holder)) return undefined;
    holder.splice(Number(key), 0, structuredClone(value));
    return "stands twice";
  },
  borrow: ({ value, name }, dice, lenders) => {
    if (typeof value !== "object" || value === null || Array.isArray(value)) return undefined;
    const lender = dice.pick(lenders.get(name) ?? []);
    const keys = Object.keys(lender ?? {});
    if (lender === undefined || keys.length === 0) return undefined;
    const key = dice.pick(keys);
    value[key] = structuredClone(lender[key] as Json);
    return `got ${key} of another`;
  },
  text: (place, dice) => {
    if (typeof place.value !== "string" || place.key === "@type") return undefined;
    const other = dice.pick(TEXTS);
    put(place, other);
    return `became ${JSON.stringify(other.slice(0, 10))}`;
  },
  duration: (place, dice) => {
    if (typeof place.value !== "string" || !/^[\d.]+s$/.test(place.value)) return undefined;
    const other = dice.pick(DURATIONS);
    put(place, other);
    return `became ${other}`;
  },
  pattern: (place, dice) => {
    if (place.key !== "regex") return undefined;
    const other = dice.pick(PATTERNS);
    put(place, other);
    return `became ${other}`;
  },
  enumeration: (place, dice) => {
    if (typeof place.value !== "string" || !/^[A-Z][A-Z_]+$/.test(place.value)) return undefined;
    const other = dice.pick(["BOGUS", "0", place.value.toLowerCase(), "99"]);
    put(place, other);
    return `became ${other}`;
  },
  type: (place, dice, lenders) => {
    if (place.key !== "@type") return undefined;
    const others = (lenders.get("typed_config") ?? []).map((config) => config["@type"]).filter((type) => typeof type === "string");
    const other = dice.pick([...others, "type.googleapis.com/envoy.No", "x"]);
    put(place, other);
    return `became ${other}`;
  },
  reference: (place) => {
    if (place.key !== "cluster" && place.key !== "cluster_name") return undefined;
    put(place, "nowhere");
    return "became nowhere";
  },
};

/** A copy of `tree` with one damage. */
export function mutate(tree: Json, dice: Dice, lenders: Lenders): Mutant {
  for (;;) {
    const copy = structuredClone(tree);
    const places = placesOf(copy);
    const [name, mutation] = dice.pick(Object.entries(MUTATIONS));
    const place = dice.pick(places);
    const done = mutation(place, dice, lenders);
    if (done !== undefined) return { tree: copy, what: `${name} ${place.name}${Array.isArray(place.holder) ? `[${place.key}]` : ""}: ${done}` };
  }
}
