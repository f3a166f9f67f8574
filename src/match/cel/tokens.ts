/** The words of a CEL expression (github.com/google/cel-spec, doc/langdef.md, Lexis). */

/** An expression that is wrong: says what and, as a column counted from 1, where. */
export class CelSyntaxError extends Error {}

/** A part of CEL that Envoy has and this proxy does not. */
export class CelUnavailable extends Error {}

export type Token =
  | { readonly kind: "name"; readonly text: string; readonly at: number }
  | { readonly kind: "operator"; readonly text: string; readonly at: number }
  | { readonly kind: "string"; readonly text: string; readonly at: number }
  | { readonly kind: "bytes"; readonly text: string; readonly at: number }
  | { readonly kind: "int"; readonly value: bigint; readonly at: number }
  | { readonly kind: "uint"; readonly value: bigint; readonly at: number }
  | { readonly kind: "double"; readonly value: number; readonly at: number }
  | { readonly kind: "end"; readonly at: number };

const SPACE = /(?:\s|\/\/[^\n]*)*/y;
const NUMBER = /(?:0[xX]([0-9a-fA-F]+)|(\d+\.\d+(?:[eE][+-]?\d+)?|\d+[eE][+-]?\d+|\.\d+)|(\d+))([uU]?)/y;
const NAME = /[A-Za-z_]\w*/y;
const OPERATOR = /&&|\|\||[=!<>]=|[-+*/%!<>?:.,()[\]{}]/y;
const STRING = /([rR]?)("""[\s\S]*?"""|'''[\s\S]*?'''|"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')/y;
const RAW_STRING = /[rR](?:"[^"\n]*"|'[^'\n]*')/y;
const BYTES = /[bB](?=[rR]?["'])/y;
const ESCAPES: Readonly<Record<string, string>> = { n: "\n", t: "\t", r: "\r", a: "\x07", b: "\b", f: "\f", v: "\v" };

function unescaped(body: string): string {
  return body.replace(/\\(?:x([0-9a-fA-F]{2})|u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8})|([0-3][0-7]{2})|([\s\S]))/g, (_, x?: string, u?: string, long?: string, octal?: string, c?: string) => {
    const hex = x ?? u ?? long;
    if (hex !== undefined) return String.fromCodePoint(Number.parseInt(hex, 16));
    if (octal !== undefined) return String.fromCodePoint(Number.parseInt(octal, 8));
    return ESCAPES[c ?? ""] ?? c ?? "";
  });
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

function stringAt(text: string, at: number): { readonly value: string; readonly end: number } | undefined {
  const raw = matchAt(RAW_STRING, text, at);
  if (raw !== null) return { value: raw[0].slice(2, -1), end: at + raw[0].length };
  const found = matchAt(STRING, text, at);
  if (found === null) return undefined;
  const quoted = found[2] ?? "";
  const width = quoted.startsWith('"""') || quoted.startsWith("'''") ? 3 : 1;
  const body = quoted.slice(width, -width);
  return { value: found[1] === "" ? unescaped(body) : body, end: at + found[0].length };
}

/** Splits an expression into words; the last one is the end. Throws {@link CelSyntaxError} or {@link CelUnavailable}. */
export function tokens(text: string): Token[] {
  const found: Token[] = [];
  for (let at = 0; ;) {
    at += matchAt(SPACE, text, at)?.[0].length ?? 0;
    if (at >= text.length) return [...found, { kind: "end", at }];
    const isBytes = matchAt(BYTES, text, at) !== null;
    if (isBytes) at++;
    const quoted = stringAt(text, at);
    const number = quoted === undefined ? matchAt(NUMBER, text, at) : null;
    const word = quoted === undefined && number === null ? (matchAt(NAME, text, at) ?? matchAt(OPERATOR, text, at)) : null;
    if (quoted !== undefined) {
      found.push({ kind: isBytes ? "bytes" : "string", text: quoted.value, at });
      at = quoted.end;
    } else if (number !== null) {
      if (number[2] !== undefined && number[4] !== "") throw new CelSyntaxError(`unexpected "${number[4]}" at column ${at + number[0].length}`);
      const kind = number[4] === "" ? "int" : "uint";
      const value = number[2] === undefined ? BigInt(number[1] === undefined ? (number[3] ?? "0") : `0x${number[1]}`) : 0n;
      if (value >= 2n ** (kind === "int" ? 63n : 64n) && value !== 2n ** 63n) throw new CelSyntaxError(`the number at column ${at + 1} is too large`);
      found.push(number[2] === undefined ? { kind, value, at } : { kind: "double", value: Number(number[2]), at });
      at += number[0].length;
    } else if (word !== null) {
      found.push({ kind: /\w/.test(word[0]) ? "name" : "operator", text: word[0], at });
      at += word[0].length;
    } else {
      throw new CelSyntaxError(`unexpected character ${JSON.stringify(text[at])} at column ${at + 1}`);
    }
  }
}
