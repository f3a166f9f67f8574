import { expect, test } from "vitest";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import type { RawValue } from "../../src/diagnostics/raw.ts";
import { decodeBinary } from "../../src/schema/binary-decode.ts";
import { encodeBinary } from "../../src/schema/binary-encode.ts";
import { decodeMessage } from "../../src/schema/decode.ts";
import { encodeMessage } from "../../src/schema/encode.ts";
import { WRAPPED, type Kind } from "../../src/schema/shape.ts";
import { isUnset, V3, type Field, type MessageType } from "../../src/schema/table.ts";
import { newDice, type Dice } from "../support/random.ts";

const WHOLE: Readonly<Partial<Record<Kind, readonly (number | string)[]>>> = {
  int32: [-1, 1, -(2 ** 31)], sint32: [-5], sfixed32: [-7], uint32: [1, 4_294_967_295], fixed32: [9],
  int64: [-1, "-9223372036854775808"], sint64: [-5], sfixed64: [-7], uint64: [5, "18446744073709551615"], fixed64: [9],
};

function scalar(dice: Dice, kind: Kind): unknown {
  if (kind === "string") return dice.pick(["a", "é😀", "x\n\u0000", "true"]);
  if (kind === "bytes") return dice.pick(["AQI=", "++//", "AA=="]);
  if (kind === "bool") return dice.below(2) === 0;
  if (kind === "float" || kind === "double") return dice.pick([0.1, -1.5, 1e10, "NaN", "-Infinity"]);
  return dice.pick(WHOLE[kind] ?? [1]);
}

function plain(dice: Dice, depth: number): unknown {
  switch (dice.below(depth > 2 ? 4 : 6)) {
    case 0: return null;
    case 1: return dice.below(2) === 0;
    case 2: return dice.pick([1.5, -3, 0]);
    case 3: return dice.pick(["", "a", "é"]);
    case 4: return [plain(dice, depth + 1), plain(dice, depth + 1)];
    default: return { a: plain(dice, depth + 1), __x: plain(dice, depth + 1) };
  }
}

function single(dice: Dice, field: Field, depth: number): unknown {
  switch (field.shape) {
    case "message": return random(dice, V3.message(field.type ?? "") as MessageType, depth + 1);
    case "enum": return dice.pick([...(V3.enumeration(field.type ?? "")?.byNumber.values() ?? [])]);
    case "wrapper": return scalar(dice, WRAPPED.get(field.type ?? "") ?? "string");
    case "duration": return dice.pick([{ seconds: 1, nanos: 500_000_000 }, { seconds: 0, nanos: 0 }, { seconds: -1, nanos: -1 }]);
    case "timestamp": return dice.pick([{ seconds: 1_600_000_000, nanos: 1000 }, { seconds: -1, nanos: 0 }]);
    case "any": return { "@type": "t/envoy.config.core.v3.Locality", region: "r" };
    case "struct": return { k: plain(dice, 0) };
    case "value": return plain(dice, 0);
    case "listvalue": return [plain(dice, 0)];
    case "fieldmask": return ["a.b_c"];
    default: return scalar(dice, field.kind);
  }
}

function keyOf(kind: Kind): string {
  return kind === "string" ? "k" : kind === "bool" ? "true" : "7";
}

function value(dice: Dice, field: Field, depth: number): unknown {
  if (field.list) return [single(dice, field, depth), single(dice, field, depth)];
  return field.mapKey === undefined ? single(dice, field, depth) : { [keyOf(field.mapKey)]: single(dice, field, depth) };
}

/** A message with about half of its fields, one member of each oneof. */
function random(dice: Dice, type: MessageType, depth = 0): Record<string, unknown> {
  const out: Record<string, unknown> = {};
  const taken = new Set<string>();
  for (const field of type.fields) {
    if (dice.below(depth + 2) > 0 || (depth > 3 && field.shape === "message")) continue;
    if (field.oneof !== undefined && taken.has(field.oneof)) continue;
    const made = value(dice, field, depth);
    if (made === null || isUnset(V3, field, made)) continue;
    if (field.oneof !== undefined) taken.add(field.oneof);
    out[field.name] = made;
  }
  return out;
}

test("a message of any type comes back from JSON and from binary as it was", () => {
  const dice = newDice();
  const names = [...V3.names()].filter((name) => V3.message(name) !== undefined && !name.startsWith("google.protobuf."));
  for (let i = 0; i < 400; i++) {
    const name = dice.pick(names);
    const message = random(dice, V3.message(name) as MessageType);
    const origins = new Origins();
    const diagnostics = new Findings(origins);
    const label = `seed ${dice.seed}, ${name}`;
    const json = decodeMessage(name, JSON.parse(JSON.stringify(encodeMessage(name, message))) as RawValue, { origins, diagnostics });
    expect([label, json]).toEqual([label, message]);
    expect([label, decodeBinary(name, encodeBinary(name, message), { origins, diagnostics, label })]).toEqual([label, message]);
  }
});
