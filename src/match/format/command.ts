/** One command of a format string: how it may be written, and the writer it becomes. */
import type { FormatContext } from "./format-context.ts";

/** What a writer gives: text in wire form, a number, JSON (metadata), or `null` for "not known". */
export type Written = string | number | boolean | object | null;
export type Writer = (context: FormatContext) => Written;

/** A command that is wrong; `message` is in Envoy's words. */
export class FormatError extends Error {}

/** How a command may be written: `NAME(parameters):length`. */
export interface Command {
  readonly parameters: "none" | "optional" | "required";
  readonly length: boolean;
  compile(parameters: string, length: number | undefined): Writer;
}

/** A form of a command that Envoy knows and this proxy does not. */
export class UnavailableCommand extends Error {}
