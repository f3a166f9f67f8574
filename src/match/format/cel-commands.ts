/** `CEL(expression):length` prints the value of an expression, `TYPED_CEL` keeps its type in JSON. A failed expression is not known. */
import { STREAM_ATTRIBUTES } from "../cel/attributes.ts";
import { compileCel } from "../cel/compile.ts";
import type { Program } from "../cel/compile.ts";
import { CelSyntaxError, CelUnavailable } from "../cel/tokens.ts";
import { FAILED, isList, isMap } from "../cel/values.ts";
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
  if (isMap(value)) return "map";
  return isList(value) ? "list" : String(value);
}

function typed(value: CelValue): Written {
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
