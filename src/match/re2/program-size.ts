/** What RE2 says of a pattern when it is configured: the size of its program, or why it is refused. */
import { toWire } from "../../base/wire-text.ts";
import { withoutPrefix } from "./anchors.ts";
import { compileTree, MOST_INSTRUCTIONS } from "./compile.ts";
import { flatSize } from "./flat-size.ts";
import { parsePattern } from "./parse.ts";
import { PatternFault } from "./pattern-fault.ts";

/** Text alone has an instruction for each byte, one that fails, two that look for its beginning and the match. */
const LITERAL = /^[^*+?{([\\|)^$.]+$/;
const AROUND_LITERAL = 4;
const TOO_LARGE = new PatternFault("pattern too large - compile failed");

/**
 * The number of instructions of RE2's program (its ProgramSize, which Envoy limits), or why RE2 refuses the pattern, in its words. A text that
 * every match begins with, bound to the beginning of the value, is compared without the program and is not part of it.
 */
export function programSize(pattern: string): number | PatternFault {
  const wire = toWire(pattern);
  if (LITERAL.test(wire)) return wire.length + AROUND_LITERAL <= MOST_INSTRUCTIONS ? wire.length + AROUND_LITERAL : TOO_LARGE;
  try {
    const tree = parsePattern(wire, pattern);
    const program = compileTree(withoutPrefix(tree) ?? tree);
    return program === undefined ? TOO_LARGE : flatSize(program);
  } catch (error) {
    if (error instanceof PatternFault) return error;
    throw error;
  }
}
