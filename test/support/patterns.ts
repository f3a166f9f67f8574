import type { Dice } from "./random.ts";

const LITERALS = ["a", "b", "Z", "0", "-", "_", "/", "api", "users", "v1", "é", "€", "😀", " ", "\\.", "\\/", "\\-", "\\x41", "\\x{1F600}", "\\n", "\\t", "\\Q.*\\E", "\\141", "\\*"];
const CLASSES = [".", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "[a-z]", "[^/]", "[A-Za-z0-9_-]", "[[:alpha:]]", "[^[:space:]]", "[[:^digit:]]", "\\pL", "\\PN", "\\p{Greek}", "[\\d\\s]", "[é-ü]", "[^a]", "[\\pLx]", "[\\]a]", "[a\\-z]", "[^\\x00-\\x7F]", "\\C"];
const ANCHORS = ["^", "$", "\\b", "\\B", "\\A", "\\z"];
const REPEATS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{0}", "{1,3}", "{2,}", "{0,2}", "{3,5}?", "{,2}", "{1000}", "{0,1}"];
const GROUPS: readonly (readonly [string, string])[] = [["(", ")"], ["(?:", ")"], ["(?P<n>", ")"], ["(?<m>", ")"], ["(?i)", ""], ["(?i:", ")"], ["(?s:", ")"], ["(?m:", ")"], ["(?U:", ")"], ["(?-s:", ")"]];
/** What RE2 refuses, or nearly so. */
const ODD = ["(", ")", "[", "]", "{", "}", "*", "**", "a{1001}", "(?=a)", "(?!a)", "(?<=a)", "\\1", "\\8", "\\", "[b-a]", "[[:foo:]]", "\\pX", "\\p{Nope}", "(?P<1>a)", "(?P=n)", "a{2}{3}", "a**", "\\x{110000}", "(?i", "[a", "\\Z", "\\h", "(?z)", "x{3,2}", "(?P<d>a)(?P<d>b)"];

/** A pattern of the forms that people write, with a slip now and then. */
export function randomPattern(dice: Dice, depth = 0): string {
  const parts = Array.from({ length: 1 + dice.below(4) }, () => piece(dice, depth));
  const text = parts.join("");
  return dice.below(6) === 0 ? `${text}|${parts.length > 1 ? parts[0] : ""}${dice.pick(LITERALS)}` : text;
}

function piece(dice: Dice, depth: number): string {
  const atom = atomOf(dice, depth);
  return dice.below(3) === 0 ? atom + dice.pick(REPEATS) : atom;
}

function atomOf(dice: Dice, depth: number): string {
  const kind = dice.below(40);
  if (kind === 0) return dice.pick(ODD);
  if (kind < 5) return dice.pick(ANCHORS);
  if (kind < 12 && depth < 3) {
    const [open, close] = dice.pick(GROUPS);
    return `${open}${randomPattern(dice, depth + 1)}${close}`;
  }
  return dice.pick(kind < 24 ? CLASSES : LITERALS);
}
