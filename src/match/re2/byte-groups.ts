/** Classes that have a name: `\d`, `[:alpha:]`, `\pL`, `\p{Greek}`. Only what they hold of the bytes matters. */
import { ByteSet, LARGEST_BYTE } from "./byte-set.ts";
import { SCRIPTS_BEYOND_BYTES } from "./scripts.ts";

const DIGIT = [0x30, 0x39] as const;
const UPPER = [0x41, 0x5a] as const;
const LOWER = [0x61, 0x7a] as const;
const WORD = [...DIGIT, ...UPPER, 0x5f, 0x5f, ...LOWER] as const;

const PERL: Readonly<Record<string, ByteSet>> = { d: ByteSet.of(...DIGIT), s: ByteSet.of(0x09, 0x0a, 0x0c, 0x0d, 0x20, 0x20), w: ByteSet.of(...WORD) };

const POSIX: Readonly<Record<string, ByteSet>> = {
  alnum: ByteSet.of(...DIGIT, ...UPPER, ...LOWER), alpha: ByteSet.of(...UPPER, ...LOWER), ascii: ByteSet.of(0, 0x7f), blank: ByteSet.of(0x09, 0x09, 0x20, 0x20),
  cntrl: ByteSet.of(0, 0x1f, 0x7f, 0x7f), digit: ByteSet.of(...DIGIT), graph: ByteSet.of(0x21, 0x7e), lower: ByteSet.of(...LOWER), print: ByteSet.of(0x20, 0x7e),
  punct: ByteSet.of(0x21, 0x2f, 0x3a, 0x40, 0x5b, 0x60, 0x7b, 0x7e), space: ByteSet.of(0x09, 0x0d, 0x20, 0x20), upper: ByteSet.of(...UPPER), word: ByteSet.of(...WORD),
  xdigit: ByteSet.of(...DIGIT, 0x41, 0x46, 0x61, 0x66),
};

/** General categories and the scripts of bytes, by RE2's names. */
const CATEGORIES = new Set("C Cc Cf Co Cs L Ll Lm Lo Lt Lu M Mc Me Mn N Nd Nl No P Pc Pd Pe Pf Pi Po Ps S Sc Sk Sm So Z Zl Zp Zs".split(" "));
const BYTE_SCRIPTS: ReadonlySet<string> = new Set(["Common", "Latin"]);
const unicode = new Map<string, ByteSet | undefined>();

const own = (groups: Readonly<Record<string, ByteSet>>, name: string): ByteSet | undefined => (Object.hasOwn(groups, name) ? groups[name] : undefined);

/** The class of `\d`, `\s` and `\w`, by its letter. */
export function perlGroup(letter: string): ByteSet | undefined {
  return own(PERL, letter);
}

export function posixGroup(name: string): ByteSet | undefined {
  return own(POSIX, name);
}

/** A class of Unicode's by its name, cut at the last byte. */
export function unicodeGroup(name: string): ByteSet | undefined {
  if (!unicode.has(name) && (CATEGORIES.has(name) || BYTE_SCRIPTS.has(name))) unicode.set(name, bytesOf(CATEGORIES.has(name) ? `\\p{gc=${name}}` : `\\p{sc=${name}}`));
  if (name === "Any") return ByteSet.of(0, LARGEST_BYTE);
  return unicode.get(name) ?? (SCRIPTS_BEYOND_BYTES.has(name) ? new ByteSet() : undefined);
}

function bytesOf(property: string): ByteSet {
  const holds = new RegExp(property, "u");
  const set = new ByteSet();
  for (let byte = 0; byte <= LARGEST_BYTE; byte++) if (holds.test(String.fromCharCode(byte))) set.add(byte, byte);
  return set;
}

/** What a named group of a pattern may be called. */
export function isGroupName(name: string): boolean {
  return /^[\p{L}\p{Nl}\p{Mn}\p{Mc}\p{Nd}\p{Pc}]+$/u.test(name);
}
