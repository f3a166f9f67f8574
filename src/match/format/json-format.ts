/**
 * JSON formats: a struct whose strings are formats. A string that is one command keeps the type of its fact (numbers, JSON
 * metadata, null); keys are sorted; no spaces; as Envoy prints it, with a line feed at the end.
 */
import { toWire } from "../../base/wire-text.ts";
import type { Struct, Value } from "../../schema/generated/google/protobuf.ts";
import { parseFormat, printed, reporting } from "./format-string.ts";
import type { FormatPlace, Piece } from "./format-string.ts";
import type { FormatContext } from "./format-context.ts";

type Part = string | ((context: FormatContext) => string);

export class JsonFormatter {
  private readonly parts: readonly Part[];
  readonly constant = undefined;

  constructor(parts: readonly Part[]) {
    this.parts = parts;
  }

  /** The JSON text for one stream, in wire form. */
  format(context: FormatContext): string {
    let out = "";
    for (const part of this.parts) out += typeof part === "string" ? part : part(context);
    return `${out}\n`;
  }
}

const ESCAPED = /["\\\u0000-\u001f\ud800-\udfff]/;

/** As JSON.stringify, which costs several times as much for what most values are: nothing to escape. */
function quoted(value: string): string {
  return ESCAPED.test(value) ? JSON.stringify(value) : `"${value}"`;
}

function text(pieces: readonly Piece[], missing: string): Part {
  const [only] = pieces;
  if (pieces.length === 1 && only !== undefined && typeof only !== "string") {
    // most facts say the same for one request after another
    let before = "";
    let quotedBefore = '""';
    return (context) => {
      const value = only(context);
      if (typeof value === "string") {
        if (value !== before) quotedBefore = quoted((before = value));
        return quotedBefore;
      }
      if (typeof value === "number") return Number.isFinite(value) ? String(value) : "null";
      return typeof value === "object" && value !== null ? toWire(JSON.stringify(value)) : String(value);
    };
  }
  return (context) => JSON.stringify(pieces.map((piece) => (typeof piece === "string" ? piece : printed(piece(context), missing))).join(""));
}

function parts(value: Value, missing: string, out: Part[]): void {
  if (typeof value === "string" && value.includes("%")) {
    out.push(text(parseFormat(value), missing));
  } else if (typeof value !== "object" || value === null) {
    out.push(toWire(JSON.stringify(value)));
  } else if (Array.isArray(value)) {
    const items: readonly Value[] = value;
    out.push("[");
    for (const [i, item] of items.entries()) {
      if (i > 0) out.push(",");
      parts(item, missing, out);
    }
    out.push("]");
  } else {
    members(value as Struct, missing, out);
  }
}

function members(struct: Struct, missing: string, out: Part[]): void {
  out.push("{");
  for (const [i, key] of Object.keys(struct).sort().entries()) {
    out.push(`${i > 0 ? "," : ""}${toWire(JSON.stringify(key))}:`);
    parts(struct[key] ?? null, missing, out);
  }
  out.push("}");
}

/** Joins neighbouring literals. */
function merged(list: readonly Part[]): Part[] {
  const out: Part[] = [];
  for (const part of list) {
    const last = out.at(-1);
    if (typeof part === "string" && typeof last === "string") out[out.length - 1] = last + part;
    else out.push(part);
  }
  return out;
}

export function compileJsonFormat(struct: Struct, omitEmpty: boolean, place: FormatPlace): JsonFormatter | undefined {
  return reporting(place, () => {
    const out: Part[] = [];
    members(struct, omitEmpty ? "" : "-", out);
    return new JsonFormatter(merged(out));
  });
}
