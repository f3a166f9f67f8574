/** What RE2 says of a pattern when it is configured: the size of its program, or why it is refused. */
import { toWire } from "../../base/wire-text.ts";
import { withoutPrefix } from "./anchors.ts";
import { compileTree } from "./compile.ts";
import { flatSize } from "./flat-size.ts";
import { parsePattern } from "./parse.ts";
import { PatternFault } from "./pattern-fault.ts";

/**
 * The number of instructions of RE2's program (its ProgramSize, which Envoy limits), or why RE2 refuses the pattern, in its words. A text that
 * every match begins with, bound to the beginning of the value, is compared without the program and is not part of it.
 */
export function programSize(pattern: string): number | PatternFault {
  try {
    const tree = parsePattern(toWire(pattern), pattern);
    const program = compileTree(withoutPrefix(tree) ?? tree);
    return program === undefined ? new PatternFault("pattern too large - compile failed") : flatSize(program);
  } catch (error) {
    if (error instanceof PatternFault) return error;
    throw error;
  }
}
