import type { Dice } from "./random.ts";

const LITERALS = ["a", "b", "Z", "0", "-", "_", "/", "api", "users", "v1", "é", "€", "😀", " ", "\\.", "\\/", "\\-", "\\x41", "\\x{e9}", "\\n", "\\t", "\\Q.*\\E", "\\141", "\\*", "k", "S", "ab", "aab", "aaa", "\\Qa\\E", "{", "}", "]", "\n", "ſ", "\\xff", "\\0"];
const CLASSES = [
  ".", "\\d", "\\w", "\\s", "\\D", "\\W", "\\S", "[a-z]", "[^/]", "[A-Za-z0-9_-]", "[[:alpha:]]", "[^[:space:]]", "[[:^digit:]]", "\\pL", "\\PN", "\\p{Greek}", "[\\d\\s]", "[é-ü]", "[^a]", "[\\pLx]", "[\\]a]", "[a\\-z]", "[^\\x00-\\x7F]", "\\C",
  "[a]", "[Aa]", "[kK]", "[AaBb]", "[^\\pL]", "\\p{^Lu}", "[\\x00-\\xff]", "[^\\x00-\\xff]", "\\p{Latin}", "[[:word:]]", "[[:^upper:]]", "\\PZ", "[Z-a]", "[\\W\\d]", "\\pP", "\\p{Any}", "[b-dB-D]", "[\\p{Lu}\\p{Nd}.]", "[a-z&&b]",
];
const ANCHORS = ["^", "$", "\\b", "\\B", "\\A", "\\z"];
const REPEATS = ["*", "+", "?", "*?", "+?", "??", "{2}", "{0}", "{1,3}", "{2,}", "{0,2}", "{3,5}?", "{,2}", "{1000}", "{0,1}", "{1}", "{0,}", "{1,}", "{2,3}", "{10}", "{01}", "{1,}?"];
const GROUPS: readonly (readonly [string, string])[] = [
  ["(", ")"], ["(?:", ")"], ["(?P<n>", ")"], ["(?<m>", ")"], ["(?i)", ""], ["(?i:", ")"], ["(?s:", ")"], ["(?m:", ")"], ["(?U:", ")"], ["(?-s:", ")"], ["(?im)", ""], ["(?s)", ""], ["(?m)", ""], ["(?i-s:", ")"], ["(?P<é>", ")"], ["(?<ª>", ")"], ["(?U)", ""],
];
/** What RE2 refuses, or nearly so. */
const ODD = [
  "(", ")", "[", "]", "{", "}", "*", "**", "a{1001}", "(?=a)", "(?!a)", "(?<=a)", "\\1", "\\8", "\\", "[b-a]", "[[:foo:]]", "\\pX", "\\p{Nope}", "(?P<1>a)", "(?P=n)", "a{2}{3}", "a**", "\\x{110000}", "(?i", "[a", "\\Z", "\\h", "(?z)", "x{3,2}", "(?P<d>a)(?P<d>b)",
  "(a{10}){101}", "((a{2}){2}){251}", "((a{0}){1000}){2}", "(?P<n", "(?<>a)", "(?P<a b>c)", "\\p", "\\p{", "\\p{Greek", "\\pé", "\\x", "\\x{", "\\x{4", "\\x{}", "\\xg1", "\\x{1F600}", "\\777", "\\q", "\\é", "[\\q]", "[a-\\q]", "[\\p]", "[\\", "[[:alpha:", "[z-é-a]", "(?", "(?i-", "(?-)", "(?i-:a)", "(?)", "(?:)", "(?#a)", "(?>a)", "(?'n'a)", "a|*", "(|a)*", "(*)", "|*", "^*", "\\b+", "x{1,1001}", "{2}", "a{99999999999}", "[]", "[^]", "\\Q*", "\\E", "\\Qa\\\\E", "[\\Qa\\E]", "é**", "(é", "é)", "[é",
];

/** A pattern of the forms that people write, with a slip now and then. */
export function randomPattern(dice: Dice, depth = 0): string {
  const parts = Array.from({ length: 1 + dice.below(4) }, () => piece(dice, depth));
  const text = parts.join("");
  const kind = dice.below(12);
  if (kind < 2) return `${text}|${parts.length > 1 ? parts[0] : ""}${dice.pick(LITERALS)}`;
  return kind === 2 ? alternatives(dice, parts, depth) : text;
}

/** Alternatives, many of which begin alike. */
function alternatives(dice: Dice, parts: readonly string[], depth: number): string {
  const all: string[] = [];
  for (let i = 2 + dice.below(5); i > 0; i--) all.push(parts.slice(0, dice.below(parts.length + 1)).join("") + (dice.below(3) === 0 ? "" : piece(dice, depth + 1)));
  return all.join("|");
}

function piece(dice: Dice, depth: number): string {
  const atom = atomOf(dice, depth);
  const kind = dice.below(12);
  if (kind < 4) return atom + dice.pick(REPEATS);
  return kind === 4 ? `${atom}${dice.pick(REPEATS)}${atom}${dice.pick(REPEATS)}` : atom;
}

function atomOf(dice: Dice, depth: number): string {
  const kind = dice.below(40);
  if (kind === 0 && dice.below(2) === 0) return dice.pick(ODD);
  if (kind < 5) return dice.pick(ANCHORS);
  if (kind < 13 && depth < 6) {
    const [open, close] = dice.pick(GROUPS);
    return `${open}${randomPattern(dice, depth + 1)}${close}`;
  }
  return dice.pick(kind < 24 ? CLASSES : LITERALS);
}

const SIGNS = "()[]{}*+?|^$\\.-:<>=!,PiQEpx019Lé";

/** A pattern that a slip has damaged: signs lost, doubled, put in or torn off. */
export function brokenPattern(dice: Dice): string {
  let signs = [...(dice.below(3) === 0 ? dice.pick(ODD) + randomPattern(dice) : randomPattern(dice))];
  for (let slips = 1 + dice.below(3); slips > 0; slips--) {
    const at = dice.below(signs.length + 1);
    const put = dice.below(4) === 0 ? [] : [dice.pick([...SIGNS])];
    signs = dice.below(8) === 0 ? signs.slice(0, at) : signs.toSpliced(at, dice.below(2), ...put);
  }
  return signs.join("");
}
