/**
 * %FORMAT% strings (source/common/formatter/substitution_formatter.cc): text with commands `%NAME(parameters):length%`, `%%` a percent
 * sign. Used by access logs, header values, local replies and rewrites. Compiled once to a list of writers.
 */
import { toWire } from "../../base/wire-text.ts";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import { compileCoalesce } from "./coalesce-command.ts";
import { FormatError, UnavailableCommand } from "./command.ts";
import type { Writer, Written } from "./command.ts";
import { COMMANDS, UNAVAILABLE } from "./commands.ts";
import type { FormatContext } from "./format-context.ts";

/** The access log line of Envoy, without a format of its own. */
export const DEFAULT_FORMAT =
  '[%START_TIME%] "%REQUEST_HEADER(:METHOD)% %REQUEST_HEADER(X-ENVOY-ORIGINAL-PATH?:PATH)% %PROTOCOL%" %RESPONSE_CODE% %RESPONSE_FLAGS% '
  + '%BYTES_RECEIVED% %BYTES_SENT% %DURATION% %RESPONSE_HEADER(X-ENVOY-UPSTREAM-SERVICE-TIME)% "%REQUEST_HEADER(X-FORWARDED-FOR)%" '
  + '"%REQUEST_HEADER(USER-AGENT)%" "%REQUEST_HEADER(X-REQUEST-ID)%" "%REQUEST_HEADER(:AUTHORITY)%" "%UPSTREAM_HOST%"\n';

const COMMAND = /%([A-Z0-9_]+)(?:\(([^\n]*?)\))?(?::([0-9]+))?%/y;

/** A piece of a format: literal text in wire form, or a command. */
export type Piece = string | Writer;

function compileCommand(name: string, parameters: string, length: number | undefined): Writer {
  if (name === "COALESCE") return compileCoalesce(parameters, length, compileCommand);
  const command = COMMANDS.get(name);
  if (command === undefined) {
    if (UNAVAILABLE.has(name)) throw new UnavailableCommand(`the command ${name}`);
    throw new FormatError(`Not supported field in StreamInfo: ${name}`);
  }
  if (command.parameters === "none" && !command.length && (parameters !== "" || length !== undefined)) {
    throw new FormatError(`${name} does not take any parameters or length`);
  }
  if (command.parameters === "required" && parameters === "") throw new FormatError(`${name} requires parameters`);
  if (!command.length && length !== undefined) throw new FormatError(`${name} does not allow length to be specified.`);
  return command.compile(parameters, length);
}

/** Reads a format. Throws {@link FormatError} or {@link UnavailableCommand}. */
export function parseFormat(format: string): Piece[] {
  const pieces: Piece[] = [];
  let literal = "";
  for (let at = 0; at < format.length;) {
    const c = format[at] ?? "";
    if (c !== "%" || format[at + 1] === "%") {
      literal += c;
      at += c === "%" ? 2 : 1;
      continue;
    }
    COMMAND.lastIndex = at;
    const found = COMMAND.exec(format);
    if (found === null) throw new FormatError(`Incorrect configuration: ${format}. Couldn't find valid command at position ${at}`);
    if (literal !== "") pieces.push(toWire(literal));
    literal = "";
    pieces.push(compileCommand(found[1] ?? "", found[2] ?? "", found[3] === undefined ? undefined : Number(found[3])));
    at = COMMAND.lastIndex;
  }
  if (literal !== "") pieces.push(toWire(literal));
  return pieces;
}

/** A fact as text. */
export function printed(value: Written, missing: string): string {
  if (value === null) return missing;
  if (typeof value === "string") return value;
  return typeof value === "object" ? toWire(JSON.stringify(value)) : String(value);
}

export class Formatter {
  private readonly pieces: readonly Piece[];
  private readonly missing: string;
  /** The text, if it does not depend on the stream. */
  readonly constant: string | undefined;

  constructor(pieces: readonly Piece[], omitEmpty: boolean) {
    this.pieces = pieces;
    this.missing = omitEmpty ? "" : "-";
    this.constant = pieces.every((piece) => typeof piece === "string") ? pieces.join("") : undefined;
  }

  /** The text for one stream, in wire form. */
  format(context: FormatContext): string {
    if (this.constant !== undefined) return this.constant;
    let out = "";
    for (const piece of this.pieces) out += typeof piece === "string" ? piece : printed(piece(context), this.missing);
    return out;
  }
}

/** Where a format stands, and who hears of its errors. */
export interface FormatPlace {
  readonly at: object;
  readonly key: string | number;
  readonly diagnostics: Diagnostics;
}

/** Runs a parse; an error is reported at the place and gives `undefined`. */
export function reporting<T>({ at, key, diagnostics }: FormatPlace, parse: () => T): T | undefined {
  try {
    return parse();
  } catch (error) {
    if (error instanceof UnavailableCommand) diagnostics.report({ code: "LGT0901", at, key, message: `${error.message} in a format string is known to Envoy and not done here` });
    else if (error instanceof FormatError) diagnostics.report({ code: "LGT0530", at, key, message: error.message });
    else throw error;
    return undefined;
  }
}

/** Compiles a text format. `omitEmpty`: an unknown fact prints nothing instead of `-`. */
export function compileFormat(format: string, omitEmpty: boolean, place: FormatPlace): Formatter | undefined {
  const pieces = reporting(place, () => parseFormat(format));
  return pieces === undefined ? undefined : new Formatter(pieces, omitEmpty);
}
