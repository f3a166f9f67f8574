/**
 * Decides whether an RE2 pattern may run on the runtime's own RegExp: only if it means the same there and cannot
 * backtrack beyond a constant number of passes over the text. Everything else runs on RE2 proper.
 *
 * What is let through: ASCII; literals, `.`, `\d \w`, simple classes; `* + ? {n}` on single characters and `?` on groups;
 * groups without repetition; alternatives free of `*` and `+`. A repeated character set must not meet what may follow it;
 * one that does is allowed once, as the last repetition of the pattern.
 */

interface Atom {
  /** 128 bits, one a character: what the atom's first character may be. */
  readonly first: bigint;
  readonly source: string;
  readonly optional: boolean;
  readonly unbounded: boolean;
}

/** One character of the pattern, before its repetition. */
interface One {
  readonly first: bigint;
  readonly source: string;
}

class NotPlain extends Error {}

const ALL = (1n << 128n) - 1n;
const bit = (code: number): bigint => 1n << BigInt(code);
const range = (from: number, to: number): bigint => (ALL >> BigInt(127 - to)) & ~(bit(from) - 1n);
const DIGIT = range(48, 57);
const WORD = DIGIT | range(65, 90) | range(97, 122) | bit(95);
const NEWLINE = bit(10);
const MAX_REPEAT = 100;
const MAX_OPTIONAL = 8;
const MAX_DEPTH = 100;
const PUNCTUATION = /[!"#%&',\-./:;<=>@_`~$()*+?[\\\]^{|} ]/;

class Reader {
  private at = 0;
  private optionals = 0;
  private depth = 0;
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  whole(): Atom[] {
    const atoms = this.sequence();
    if (this.at < this.text.length) throw new NotPlain();
    return atoms;
  }

  private sequence(): Atom[] {
    const atoms: Atom[] = [];
    for (;;) {
      const c = this.text[this.at];
      if (c === undefined || c === "|" || c === ")") return atoms;
      for (const atom of c === "(" ? this.group() : [this.repeated(this.single())]) atoms.push(atom);
    }
  }

  private group(): Atom[] {
    if (++this.depth > MAX_DEPTH) throw new NotPlain();
    this.at++;
    let open = "(";
    if (this.text[this.at] === "?") {
      if (this.text[this.at + 1] !== ":") throw new NotPlain();
      this.at += 2;
      open = "(?:";
    }
    const branches = [this.sequence()];
    while (this.text[this.at] === "|") {
      this.at++;
      branches.push(this.sequence());
    }
    if (this.text[this.at] !== ")") throw new NotPlain();
    this.depth--;
    this.at++;
    const next = this.text[this.at];
    if (next === "*" || next === "+" || next === "{") throw new NotPlain();
    const optional = next === "?";
    if (optional) this.skipQuestion();
    if (branches.length === 1 && !optional) return this.transparent(open, branches[0] ?? []);
    return [this.closed(open, branches, optional)];
  }

  /** A group that only brackets its content: its atoms stand in the sequence themselves. */
  private transparent(open: string, atoms: readonly Atom[]): Atom[] {
    const first = atoms[0];
    if (first === undefined) throw new NotPlain();
    return atoms.map((atom, i) => ({ ...atom, source: (i === 0 ? open : "") + atom.source + (i === atoms.length - 1 ? ")" : "") }));
  }

  private closed(open: string, branches: readonly (readonly Atom[])[], optional: boolean): Atom {
    let first = 0n;
    for (const branch of branches) {
      const head = branch[0];
      if (head === undefined || branch.some((a) => a.unbounded)) throw new NotPlain();
      for (const atom of branch) {
        first |= atom.first;
        if (!atom.optional) break;
      }
      if (branch.every((a) => a.optional)) throw new NotPlain();
    }
    const source = `${open}${branches.map((b) => b.map((a) => a.source).join("")).join("|")})${optional ? "?" : ""}`;
    return { first, source, optional, unbounded: false };
  }

  private skipQuestion(): void {
    this.at++;
    this.optionals++;
    if (this.optionals > MAX_OPTIONAL || /[?*+{]/.test(this.text[this.at] ?? "")) throw new NotPlain();
  }

  private single(): One {
    const c = this.text[this.at++] ?? "";
    if (c === ".") return { first: ALL & ~NEWLINE, source: "[^\\n]" };
    if (c === "[") return this.charClass();
    if (c === "\\") return this.escape();
    if (/[*+?{}^$\]]/.test(c) || c > "\x7f") throw new NotPlain();
    return { first: bit(c.charCodeAt(0)), source: c === "/" ? "\\/" : c };
  }

  private escape(): One {
    const c = this.text[this.at++] ?? "";
    if (c === "d") return { first: DIGIT, source: "[0-9]" };
    if (c === "w") return { first: WORD, source: "[0-9A-Za-z_]" };
    if (!PUNCTUATION.test(c)) throw new NotPlain();
    return { first: bit(c.charCodeAt(0)), source: `[\\x${c.charCodeAt(0).toString(16).padStart(2, "0")}]` };
  }

  private charClass(): One {
    const negated = this.text[this.at] === "^";
    if (negated) this.at++;
    if (this.text[this.at] === "]") throw new NotPlain();
    let set = 0n;
    while (this.text[this.at] !== "]") {
      const from = this.classMember();
      const dash = this.text[this.at] === "-" && this.text[this.at + 1] !== "]";
      if (!dash) {
        set |= from;
        continue;
      }
      this.at++;
      const to = this.classMember();
      if (from & (from - 1n) || to & (to - 1n) || to < from) throw new NotPlain();
      set |= (to << 1n) - from;
    }
    this.at++;
    if (negated) set = ALL & ~set;
    return { first: set, source: sourceOf(set, negated) };
  }

  private classMember(): bigint {
    const c = this.text[this.at++];
    if (c === undefined || c > "\x7f" || c === "[") throw new NotPlain();
    return c === "\\" ? this.escape().first : bit(c.charCodeAt(0));
  }

  private repeated(one: One): Atom {
    const c = this.text[this.at];
    const { first, source } = one;
    if (c === "*" || c === "+") {
      this.at++;
      if (/[?*+{]/.test(this.text[this.at] ?? "")) throw new NotPlain();
      return { first, source: source + c, optional: c === "*", unbounded: true };
    }
    if (c === "?") {
      this.skipQuestion();
      return { first, source: `${source}?`, optional: true, unbounded: false };
    }
    if (c === "{") {
      const times = /^\{([1-9]\d{0,2})\}(?![?*+{])/.exec(this.text.slice(this.at));
      if (times === null || Number(times[1]) < 1 || Number(times[1]) > MAX_REPEAT) throw new NotPlain();
      this.at += times[0].length;
      return { first, source: source + times[0], optional: false, unbounded: false };
    }
    return { first, source, optional: false, unbounded: false };
  }
}

function sourceOf(set: bigint, beyondAscii: boolean): string {
  let source = "";
  for (let code = 0; code < 128; code++) {
    if (!(set & bit(code))) continue;
    let end = code;
    while (end < 127 && set & bit(end + 1)) end++;
    const hex = (n: number): string => `\\x${n.toString(16).padStart(2, "0")}`;
    source += end > code ? `${hex(code)}-${hex(end)}` : hex(code);
    code = end;
  }
  return `[${source}${beyondAscii ? "\\x80-\\xff" : ""}]`;
}

/** What the text after atom `i` may begin with, up to and including the first atom that must be there. */
function follow(atoms: readonly Atom[], i: number): bigint {
  let set = 0n;
  for (const atom of atoms.slice(i + 1)) {
    set |= atom.first;
    if (!atom.optional) break;
  }
  return set;
}

function backtracks(atoms: readonly Atom[]): boolean {
  let ambiguous = false;
  for (const [i, atom] of atoms.entries()) {
    if (!atom.unbounded) continue;
    if (ambiguous) return true;
    ambiguous = (atom.first & follow(atoms, i)) !== 0n;
  }
  return false;
}

/** Returns the source, without anchors, for the runtime's RegExp, or `undefined` if the pattern must run on RE2. */
export function plainPattern(pattern: string): string | undefined {
  try {
    const body = pattern.replace(/^\^/, "").replace(/(?<!\\)\$$/, "");
    const atoms = new Reader(body).whole();
    if (backtracks(atoms)) return undefined;
    return atoms.map((a) => a.source).join("");
  } catch (error) {
    if (error instanceof NotPlain) return undefined;
    throw error;
  }
}
