/** `COALESCE({"operators": [...]}):length`: the first of several commands that has something to say (Envoy's CoalesceFormatter). */
import { FormatError, type Writer } from "./command.ts";

/** Compiles one command by name, as if it stood by itself. */
type CommandCompiler = (name: string, parameters: string, length: number | undefined) => Writer;

export function compileCoalesce(parameters: string, length: number | undefined, compile: CommandCompiler): Writer {
  if (parameters === "") throw new FormatError("COALESCE requires a JSON configuration parameter");
  const writers = operatorsOf(parameters).map((entry, i) => {
    try {
      return compileEntry(entry, compile);
    } catch (error) {
      if (error instanceof FormatError) throw new FormatError(`COALESCE: failed to parse operator at index ${i}: ${error.message}`);
      throw error;
    }
  });
  return (context) => {
    for (const write of writers) {
      const value = write(context);
      if (value === null) continue; // an empty one counts, whatever the documentation says
      return length === undefined || typeof value !== "string" ? value : value.slice(0, length);
    }
    return null;
  };
}

function operatorsOf(parameters: string): readonly unknown[] {
  const operators = (parse(parameters) as { readonly operators?: unknown } | null)?.operators;
  if (operators === undefined) throw new FormatError("COALESCE: JSON configuration must contain 'operators' array");
  if (!Array.isArray(operators)) throw new FormatError("COALESCE: 'operators' must be an array");
  if (operators.length === 0) throw new FormatError("COALESCE: 'operators' array must not be empty");
  return operators;
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FormatError(`COALESCE: failed to parse JSON configuration: ${(error as Error).message}`);
  }
}

function compileEntry(entry: unknown, compile: CommandCompiler): Writer {
  if (typeof entry === "string") return compile(entry, "", undefined);
  if (typeof entry !== "object" || entry === null || Array.isArray(entry)) throw new FormatError("operator entry must be either a string (command name) or an object with 'command' field");
  const { command, param = "", max_length: length } = entry as { readonly command?: unknown; readonly param?: unknown; readonly max_length?: unknown };
  if (typeof command !== "string") throw new FormatError("operator object must have 'command' field");
  if (typeof param !== "string") throw new FormatError("'param' field must be a string");
  if (length !== undefined && !Number.isInteger(length)) throw new FormatError("'max_length' field must be an integer");
  if (typeof length === "number" && length <= 0) throw new FormatError("'max_length' must be a positive integer");
  return compile(command, param, length as number | undefined);
}
