/** Where the C++ library, reading patterns as bytes, and its port differ in syntax: a pattern is rewritten for the port, or refused as RE2 does. */

const LARGEST = 0xff;

/** The place of the escape that a byte-wide RE2 refuses, with the text it quotes. */
function tooLarge(escape: string): string | undefined {
  if (escape.startsWith("\\x{")) {
    const digits = /^[0-9A-Fa-f]+/.exec(escape.slice(3))?.[0] ?? "";
    for (let length = 1; length <= digits.length; length++) {
      if (Number.parseInt(digits.slice(0, length), 16) > LARGEST) return escape.slice(0, 3 + length);
    }
    return undefined;
  }
  const octal = /^\\([1-7][0-7]{2})/.exec(escape)?.[1];
  return octal !== undefined && Number.parseInt(octal, 8) > LARGEST ? escape.slice(0, 4) : undefined;
}

class Rewriter {
  private out = "";
  private at = 0;
  private inClass = false;
  private readonly names = new Set<string>();
  private readonly pattern: string;

  constructor(pattern: string) {
    this.pattern = pattern;
  }

  run(): string | { readonly message: string } {
    while (this.at < this.pattern.length) {
      const refused = this.step();
      if (refused !== undefined) return { message: `invalid escape sequence: ${refused}` };
    }
    return this.out;
  }

  /** Copies one piece; the text of an escape that is refused. */
  private step(): string | undefined {
    const { pattern, at } = this;
    if (pattern[at] === "\\") return this.escape();
    if (this.inClass) {
      if (pattern.startsWith("[:", at) && pattern.includes(":]", at)) return this.copy(pattern.indexOf(":]", at) + 2 - at);
      if (pattern[at] === "]") this.inClass = false;
      return this.copy(1);
    }
    if (pattern[at] === "[") {
      this.inClass = true;
      return this.copy(/^\[\^?\]?/.exec(pattern.slice(at, at + 3))?.[0].length ?? 1);
    }
    if (!this.group()) this.copy(1);
    return undefined;
  }

  private copy(length: number): undefined {
    this.out += this.pattern.slice(this.at, this.at + length);
    this.at += length;
    return undefined;
  }

  private escape(): string | undefined {
    const rest = this.pattern.slice(this.at);
    if (rest.startsWith("\\Q")) {
      const end = rest.indexOf("\\E");
      return this.copy(end < 0 ? rest.length : end + 2);
    }
    if (rest.startsWith("\\C") && !this.inClass) {
      this.out += "(?s:.)";
      this.at += 2;
      return undefined;
    }
    return tooLarge(rest) ?? this.copy(2);
  }

  /** True if a named group begins here. One whose name was there before keeps its number and loses the name. */
  private group(): boolean {
    const name = /^\(\?P?<(\w+)>/.exec(this.pattern.slice(this.at, this.at + 80));
    if (name === null) return false;
    if (this.names.has(name[1] ?? "")) {
      this.out += "(";
      this.at += name[0].length;
    } else {
      this.names.add(name[1] ?? "");
      this.copy(name[0].length);
    }
    return true;
  }
}

/** The pattern as the port takes it, or why RE2 refuses it; both in wire form. */
export function forRe2Port(pattern: string): string | { readonly message: string } {
  return /\\[Cx1-7]|\(\?P?</.test(pattern) ? new Rewriter(pattern).run() : pattern;
}
