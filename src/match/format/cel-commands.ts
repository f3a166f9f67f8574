/** `CEL(expression):length` prints the value of an expression, `TYPED_CEL` keeps its type in JSON. A failed expression is not known. */
import { STREAM_ATTRIBUTES } from "../cel/attributes.ts";
import { compileCel } from "../cel/compile.ts";
import type { Program } from "../cel/compile.ts";
import { CelSyntaxError, CelUnavailable } from "../cel/tokens.ts";
import { durationText, timestampText } from "../cel/times.ts";
import { Duration, FAILED, isList, isMap, Scalar, Timestamp, TypeName, Uint } from "../cel/values.ts";
import type { CelValue } from "../cel/values.ts";
import { FormatError, UnavailableCommand } from "./command.ts";
import type { Command, Writer, Written } from "./command.ts";
import type { FormatContext } from "./format-context.ts";

function program(expression: string): Program<FormatContext> {
  try {
    return compileCel(expression, STREAM_ATTRIBUTES);
  } catch (error) {
    if (error instanceof CelSyntaxError) throw new FormatError(`Not able to parse expression: ${error.message}`);
    if (error instanceof CelUnavailable) throw new UnavailableCommand(error.message);
    throw error;
  }
}

/** A value as `%CEL()%` prints it. */
export function celText(value: CelValue): string {
  if (value === null) return "NULL";
  if (value instanceof Duration) return durationText(value.key);
  if (value instanceof Timestamp) return timestampText(value.key);
  if (value instanceof TypeName) return "CelType value";
  if (value instanceof Scalar) return String(value.key);
  if (isMap(value)) return "CelMap value";
  if (typeof value === "number") return sixDigits(value);
  return isList(value) ? "CelList value" : String(value);
}

/** A double as C's `%g` prints it. */
function sixDigits(value: number): string {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "nan" : value < 0 ? "-inf" : "inf";
  const [digits = "", power = "0"] = value.toExponential(5).split("e");
  const exponent = Number(power);
  if (exponent >= -4 && exponent < 6) return String(Number(value.toPrecision(6)));
  return `${digits.replace(/\.?0+$/, "")}e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(2, "0")}`;
}

function typed(value: CelValue): Written {
  if (value instanceof Uint) return Number(value.key);
  if (value instanceof Scalar) return celText(value);
  if (typeof value === "bigint") return Number(value);
  if (isList(value)) return value.map(typed);
  return isMap(value) ? null : value;
}

function compileText(expression: string, length: number | undefined): Writer {
  const run = program(expression);
  return (context) => {
    const value = run(context);
    return value === FAILED ? null : celText(value).slice(0, length);
  };
}

function compileTyped(expression: string, length: number | undefined): Writer {
  const run = program(expression);
  return (context) => {
    const value = run(context);
    if (value === FAILED) return null;
    return typeof value === "string" ? value.slice(0, length) : typed(value);
  };
}

export const cel: Command = { parameters: "optional", length: true, compile: compileText };
export const typedCel: Command = { parameters: "optional", length: true, compile: compileTyped };
