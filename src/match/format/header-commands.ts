/** `REQUEST_HEADER(name?other):length` and its sisters: the first line of a header, or of another one if it is missing. */
import { nameId } from "../../http/names.ts";
import { FormatError } from "./command.ts";
import type { Command, Writer } from "./command.ts";

const NAME = /^(?::?[0-9a-z!#$%&'*+\-.^_|~`]+)?$/;

type Block = "requestHeaders" | "responseHeaders" | "responseTrailers";

function compile(block: Block, parameters: string, length: number | undefined): Writer {
  const names = parameters.toLowerCase().split("?");
  if (names.length > 2) throw new FormatError(`More than 1 alternative header specified in token: ${parameters}`);
  if (names.some((name) => !NAME.test(name))) throw new FormatError("Invalid header configuration. Format string contains invalid characters.");
  const main = nameId(names[0] || " ");
  const other = names[1] === undefined || names[1] === "" ? 0 : nameId(names[1]);
  return (context) => {
    const headers = context[block];
    if (headers === null) return null;
    const value = headers.get(main) ?? (other === 0 ? null : headers.get(other));
    return length === undefined || value === null ? value : value.slice(0, length);
  };
}

export function headerCommand(block: Block): Command {
  return { parameters: "required", length: true, compile: (parameters, length) => compile(block, parameters, length) };
}
