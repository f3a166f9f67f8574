/** Inputs for `validate` that nobody would write: files with damaged bytes, and documents grown from the API's own grammar. */
import type { Field, MessageType, TypeTable } from "../../src/schema/table.ts";
import type { Json } from "./mutations.ts";
import type { Dice } from "./random.ts";

/** A file as a user might give it. */
export interface Input {
  readonly name: string;
  readonly bytes: Uint8Array;
}

const TOKENS = [
  "\n", "  ", "- ", ": ", "{", "}", "[", "]", "\"", "'", ",", "#", "|\n", ">\n", "&a ", "*a", "!ignore", "<<: ", "---\n", "...\n", "\t", "\\", "\0", "\uFEFF", "é", "😀", "null", "true", "-1", "1e999", "0x1F", "9".repeat(40),
  "\"@type\": ", "type.googleapis.com/", "envoy.api.v2.Cluster", "static_resources:\n", "hosts:\n", "config: {}", "__proto__: 1", "constructor: {}", "[".repeat(120), "{a: ".repeat(120), "a".repeat(2000), "apiVersion: v1\nkind: ConfigMap\ndata:\n  envoy.yaml: |\n",
];

/** A file with a few stretches cut, doubled, replaced or moved. */
export function damagedBytes(dice: Dice, files: readonly Input[]): Input {
  const { name, bytes } = dice.pick(files);
  let all = [...bytes];
  for (let n = 1 + dice.below(4); n > 0; n--) all = damagedOnce(dice, all, files);
  const renamed = dice.below(12) === 0 ? `a${dice.pick([".yaml", ".json", ".pb", ".pb_text", ""])}` : name;
  return { name: renamed, bytes: Uint8Array.from(all) };
}

function damagedOnce(dice: Dice, bytes: number[], files: readonly Input[]): number[] {
  const at = dice.below(bytes.length + 1);
  const length = dice.below(dice.pick([2, 20, 400]));
  const [before, cut, after] = [bytes.slice(0, at), bytes.slice(at, at + length), bytes.slice(at + length)];
  switch (dice.below(6)) {
    case 0: return [...before, ...after];
    case 1: return [...before, ...cut, ...cut, ...after];
    case 2: return [...before, ...cut.map((byte) => byte ^ (1 << dice.below(8))), ...after];
    case 3: return [...before, ...new TextEncoder().encode(dice.pick(TOKENS)), ...cut, ...after];
    case 4: return [...before, ...dice.pick(files).bytes.slice(0, dice.below(300)), ...after];
    default: return [...after, ...cut, ...before];
  }
}

const SCALARS: readonly Json[] = ["", "a", "1", "-1", "true", "1s", "-0.5s", "*", "a.b", "/x", "(", "é", "%REQ(:path)%", "127.0.0.1", "::1", "tcp://a:1", 0, 1, -1, 1.5, 1e300, 4_294_967_296, true, false, null, [], {}, ["a"], { a: 1 }, [[]], { "@type": "x" }, { "@type": "" }];

/** How many messages a document may still have. */
export interface Budget {
  left: number;
}

/** A document of a type, most of it as the API wants it. */
export function grown(dice: Dice, table: TypeTable, type: MessageType, budget: Budget, depth = 0): Json {
  const out: { [key: string]: Json } = {};
  if (--budget.left < 0) return out;
  for (let n = dice.below(5) + (depth < 4 ? 1 : 0); n > 0 && type.fields.length > 0; n--) {
    const field = dice.pick(type.fields);
    out[dice.below(8) === 0 ? field.jsonName : field.name] = dice.below(15) === 0 ? dice.pick(SCALARS) : ofField(dice, table, field, budget, depth);
  }
  if (dice.below(20) === 0) out[dice.pick(["x", "hosts", "config", "tls_context", "timeout_ms", "<<", "__proto__", "prefix", "filters"])] = dice.pick(SCALARS);
  return out;
}

function ofField(dice: Dice, table: TypeTable, field: Field, budget: Budget, depth: number): Json {
  if (field.list) return Array.from({ length: dice.below(3) }, () => single(dice, table, field, budget, depth));
  if (field.mapKey !== undefined) return Object.fromEntries(Array.from({ length: dice.below(3) }, () => [String(dice.pick(["a", "envoy.buffer", "envoy.filters.http.cors", "1", ""])), single(dice, table, field, budget, depth)]));
  return single(dice, table, field, budget, depth);
}

function single(dice: Dice, table: TypeTable, field: Field, budget: Budget, depth: number): Json {
  switch (field.shape) {
    case "message": {
      const type = table.message(field.type ?? "");
      return type === undefined || depth > 40 ? {} : grown(dice, table, type, budget, depth + 1);
    }
    case "enum": return dice.pick([...(table.enumeration(field.type ?? "")?.byName.keys() ?? []), "BOGUS"]);
    case "any": return anyOf(dice, table, budget, depth);
    case "bool": return dice.below(2) === 0;
    case "duration": return dice.pick(["1s", "0s", "0.25s", "-1s", "1"]);
    case "integer": case "float": return dice.pick([0, 1, 7, 80, 65_536, -1, "5"]);
    default: return dice.pick(SCALARS);
  }
}

function anyOf(dice: Dice, table: TypeTable, budget: Budget, depth: number): Json {
  const names = [...table.names()].filter((name) => /extensions|filter|config/.test(name));
  const name = dice.pick(names);
  const type = table.message(name);
  return { "@type": `type.googleapis.com/${name}`, ...(type === undefined || depth > 40 ? {} : (grown(dice, table, type, budget, depth + 2) as object)) };
}
