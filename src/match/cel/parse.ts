/** Parses CEL expressions to trees (github.com/google/cel-spec, doc/langdef.md, Syntax). Comprehension macros and messages are not known. */
import { toWire } from "../../base/wire-text.ts";
import { Bytes, type CelValue, Uint } from "./values.ts";
import { CelSyntaxError, tokens } from "./tokens.ts";
import type { Token } from "./tokens.ts";

export type Expression =
  | { readonly kind: "literal"; readonly value: CelValue }
  | { readonly kind: "name"; readonly name: string }
  | { readonly kind: "member"; readonly of: Expression; readonly name: string }
  | { readonly kind: "index"; readonly of: Expression; readonly key: Expression }
  | { readonly kind: "call"; readonly name: string; readonly on: Expression | undefined; readonly args: readonly Expression[] }
  | { readonly kind: "list"; readonly items: readonly Expression[] }
  | { readonly kind: "map"; readonly entries: readonly (readonly [Expression, Expression])[] }
  | { readonly kind: "unary"; readonly operator: "!" | "-"; readonly of: Expression }
  | { readonly kind: "binary"; readonly operator: string; readonly left: Expression; readonly right: Expression }
  | { readonly kind: "choice"; readonly test: Expression; readonly yes: Expression; readonly no: Expression };

/** Binary operators by how tightly they bind, loosest first. */
const LEVELS: readonly (readonly string[])[] = [["||"], ["&&"], ["<", "<=", ">=", ">", "==", "!=", "in"], ["+", "-"], ["*", "/", "%"]];
const MAX_DEPTH = 100;

function literalOf(token: Exclude<Token, { readonly kind: "name" | "operator" | "end" }>): CelValue {
  switch (token.kind) {
    case "string": return token.text;
    case "bytes": return new Bytes(toWire(token.text));
    case "uint": return new Uint(token.value);
    default: return token.value;
  }
}

class Parser {
  private readonly list: readonly Token[];
  private at = 0;
  private depth = 0;

  constructor(text: string) {
    this.list = tokens(text);
  }

  whole(): Expression {
    const expression = this.expression();
    if (this.next.kind !== "end") this.fail();
    return expression;
  }

  private get next(): Token {
    return this.list[this.at] ?? { kind: "end", at: 0 };
  }

  private fail(): never {
    const { next } = this;
    const what = next.kind === "end" ? "the end" : "value" in next ? String(next.value) : JSON.stringify(next.text);
    throw new CelSyntaxError(`unexpected ${what} at column ${next.at + 1}`);
  }

  private takes(...words: readonly string[]): string | undefined {
    const { next } = this;
    if ((next.kind !== "operator" && next.kind !== "name") || !words.includes(next.text)) return undefined;
    this.at++;
    return next.text;
  }

  private expect(word: string): void {
    if (this.takes(word) === undefined) this.fail();
  }

  private expression(): Expression {
    if (++this.depth > MAX_DEPTH) throw new CelSyntaxError(`nested more than ${MAX_DEPTH} deep`);
    const test = this.binary(0);
    let result = test;
    if (this.takes("?") !== undefined) {
      const yes = this.binary(0);
      this.expect(":");
      result = { kind: "choice", test, yes, no: this.expression() };
    }
    this.depth--;
    return result;
  }

  private binary(level: number): Expression {
    const operators = LEVELS[level];
    if (operators === undefined) return this.unary();
    let left = this.binary(level + 1);
    for (let operator = this.takes(...operators); operator !== undefined; operator = this.takes(...operators)) {
      left = { kind: "binary", operator, left, right: this.binary(level + 1) };
    }
    return left;
  }

  private unary(): Expression {
    const operator = this.takes("!", "-");
    if (operator === undefined) return this.member();
    if (++this.depth > MAX_DEPTH) throw new CelSyntaxError(`nested more than ${MAX_DEPTH} deep`);
    const of = this.unary();
    this.depth--;
    return { kind: "unary", operator: operator === "!" ? "!" : "-", of };
  }

  private member(): Expression {
    let of = this.primary();
    for (;;) {
      if (this.takes("[") !== undefined) {
        of = { kind: "index", of, key: this.expression() };
        this.expect("]");
      } else if (this.takes(".") !== undefined) {
        const name = this.name();
        of = this.takes("(") === undefined ? { kind: "member", of, name } : this.method(of, name);
      } else {
        return of;
      }
    }
  }

  /** A call on something; `re.extract(...)` is a function with a dotted name. */
  private method(of: Expression, name: string): Expression {
    const args = this.items(")");
    return of.kind === "name" && of.name === "re" ? { kind: "call", name: `re.${name}`, on: undefined, args } : { kind: "call", name, on: of, args };
  }

  private name(): string {
    const { next } = this;
    if (next.kind !== "name") this.fail();
    this.at++;
    return next.text;
  }

  private items(end: string): Expression[] {
    const items: Expression[] = [];
    while (this.takes(end) === undefined) {
      if (items.length > 0) this.expect(",");
      if (items.length > 0 && this.takes(end) !== undefined) break;
      items.push(this.expression());
    }
    return items;
  }

  private primary(): Expression {
    const { next } = this;
    if (next.kind !== "name" && next.kind !== "operator" && next.kind !== "end") {
      this.at++;
      return { kind: "literal", value: literalOf(next) };
    }
    if (this.takes("(") !== undefined) {
      const inner = this.expression();
      this.expect(")");
      return inner;
    }
    if (this.takes("[") !== undefined) return { kind: "list", items: this.items("]") };
    if (this.takes("{") !== undefined) return this.map();
    const name = this.name();
    if (name === "true" || name === "false") return { kind: "literal", value: name === "true" };
    if (name === "null") return { kind: "literal", value: null };
    return this.takes("(") === undefined ? { kind: "name", name } : { kind: "call", name, on: undefined, args: this.items(")") };
  }

  private map(): Expression {
    const entries: (readonly [Expression, Expression])[] = [];
    while (this.takes("}") === undefined) {
      if (entries.length > 0) this.expect(",");
      const key = this.expression();
      this.expect(":");
      entries.push([key, this.expression()]);
    }
    return { kind: "map", entries };
  }
}

/** Parses an expression. Throws {@link CelSyntaxError}. */
export function parseCel(text: string): Expression {
  return new Parser(text).whole();
}
