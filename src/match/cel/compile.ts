/** CEL expressions compiled to functions of the facts they name. A failure is a value; `&&` and `||` ignore one where the other side decides. */
import { toWire } from "../../base/wire-text.ts";
import { FUNCTIONS, UNAVAILABLE_FUNCTIONS } from "./functions.ts";
import { parseCel } from "./parse.ts";
import type { Expression } from "./parse.ts";
import { patternFault } from "./patterns.ts";
import { CelSyntaxError, CelUnavailable } from "./tokens.ts";
import { TYPES, WITH_TIMES } from "./times.ts";
import { asNumber, Bytes, Duration, equal, FAILED, isList, isMap, PlainMap, Timestamp, Uint } from "./values.ts";
import type { CelValue, Result } from "./values.ts";

/** What an expression may do beyond Envoy's default (envoy.config.core.v3.CelExpressionConfig). */
export interface Dialect {
  /** `+` joins texts. */
  readonly concatenates: boolean;
  /** `string(x)` is known. */
  readonly converts: boolean;
}

export const PLAIN_DIALECT: Dialect = { concatenates: false, converts: false };

/** The names an expression may use. */
export interface Names<Facts> {
  /** Whether there is an attribute `name.field`; `field` undefined: whether there is the name at all. */
  knows(name: string, field?: string): boolean;
  /** Envoy knows such an attribute, and this proxy does not. Other unknown names are failures. */
  isLeftOut?(name: string, field?: string): boolean;
  /** The value of a top-level name such as `request`. */
  value(name: string, facts: Facts): CelValue | undefined;
  /** How `name.field` is read without the group around it; undefined where it is read as any other member. */
  field?(name: string, field: string): ((facts: Facts) => CelValue | null | undefined) | undefined;
}

export type Program<Facts> = (facts: Facts) => Result;

type Numeric = (a: number, b: number) => number;
const DOUBLE: Readonly<Record<string, Numeric>> = { "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => a / b };
const INT: Readonly<Record<string, (a: bigint, b: bigint) => Result>> = {
  "+": (a, b) => a + b, "-": (a, b) => a - b, "*": (a, b) => a * b, "/": (a, b) => (b === 0n ? FAILED : a / b), "%": (a, b) => (b === 0n ? FAILED : a % b),
};

const SMALLEST = -(2n ** 63n);

function arithmetic(operator: string, a: CelValue, b: CelValue, dialect: Dialect): Result {
  if (typeof a === "bigint" && typeof b === "bigint") {
    const value = INT[operator]?.(a, b) ?? FAILED;
    return typeof value === "bigint" && (value < SMALLEST || value >= -SMALLEST) ? FAILED : value;
  }
  if (a instanceof Uint && b instanceof Uint) {
    const value = INT[operator]?.(a.key, b.key) ?? FAILED;
    return typeof value !== "bigint" || value < 0n || value >= 2n ** 64n ? FAILED : new Uint(value);
  }
  const time = WITH_TIMES(operator, a, b);
  if (time !== undefined) return time;
  if (typeof a === "number" && typeof b === "number") return DOUBLE[operator]?.(a, b) ?? FAILED;
  return dialect.concatenates && operator === "+" && typeof a === "string" && typeof b === "string" ? a + b : FAILED;
}

function comparable(value: CelValue): bigint | number | string | boolean | undefined {
  if (value instanceof Duration || value instanceof Timestamp || value instanceof Bytes) return value.key;
  return typeof value === "string" || typeof value === "boolean" ? value : asNumber(value);
}

/** Only values of one of these are compared; all numbers are. */
function orderOf(value: CelValue): string {
  if (value instanceof Duration) return "duration";
  if (value instanceof Timestamp) return "timestamp";
  if (value instanceof Bytes) return "bytes";
  return typeof value === "string" || typeof value === "boolean" ? typeof value : "number";
}

function ordered(operator: string, a: CelValue, b: CelValue): Result {
  const [left, right] = [comparable(a), comparable(b)];
  if (left === undefined || right === undefined || orderOf(a) !== orderOf(b)) return FAILED;
  switch (operator) {
    case "<": return left < right;
    case "<=": return left <= right;
    case ">": return left > right;
    default: return left >= right;
  }
}

function contained(item: CelValue, of: CelValue): Result {
  if (isList(of)) return of.some((member) => equal(member, item));
  return isMap(of) && typeof item === "string" ? of.get(item) !== undefined : FAILED;
}

function binary(operator: string, a: CelValue, b: CelValue, dialect: Dialect): Result {
  switch (operator) {
    case "==": return equal(a, b);
    case "!=": return !equal(a, b);
    case "in": return contained(a, b);
    case "<": case "<=": case ">": case ">=": return ordered(operator, a, b);
    default: return arithmetic(operator, a, b, dialect);
  }
}

function indexed(of: Result, key: Result): Result {
  if (isMap(of) && typeof key === "string") return of.get(key) ?? FAILED;
  const at = key === FAILED ? undefined : asNumber(key);
  if (!isList(of) || at === undefined) return FAILED;
  const item = of[Number(at)];
  return item === undefined ? FAILED : item;
}

class Compiler<Facts> {
  private readonly names: Names<Facts>;
  private readonly dialect: Dialect;

  constructor(names: Names<Facts>, dialect: Dialect) {
    this.names = names;
    this.dialect = dialect;
  }

  compile(tree: Expression): Program<Facts> {
    switch (tree.kind) {
      case "literal": {
        const value = typeof tree.value === "string" ? toWire(tree.value) : tree.value;
        return () => value;
      }
      case "name": return this.name(tree.name);
      case "member": return this.member(tree.of, { kind: "literal", value: tree.name });
      case "index": return this.member(tree.of, tree.key);
      case "call": return this.call(tree.name, tree.on === undefined ? tree.args : [tree.on, ...tree.args]);
      case "list": return this.list(tree.items);
      case "map": return this.map(tree.entries);
      case "unary": return this.unary(tree.operator, this.compile(tree.of));
      case "binary": return this.binary(tree.operator, this.compile(tree.left), this.compile(tree.right));
      case "choice": return this.choice(this.compile(tree.test), this.compile(tree.yes), this.compile(tree.no));
    }
  }

  private name(name: string): Program<Facts> {
    const type = TYPES.get(name);
    if (type !== undefined && !this.names.knows(name)) return () => type;
    if (this.names.isLeftOut?.(name) === true) throw new CelUnavailable(`the attribute ${name}`);
    if (!this.names.knows(name)) return () => FAILED; // (as in Envoy: a name may be anything)
    return (facts) => this.names.value(name, facts) ?? FAILED;
  }

  private member(of: Expression, key: Expression): Program<Facts> {
    if (of.kind === "name" && key.kind === "literal" && typeof key.value === "string" && this.names.isLeftOut?.(of.name, key.value) === true) {
      throw new CelUnavailable(`the attribute ${of.name}.${key.value}`);
    }
    const read = of.kind === "name" && key.kind === "literal" && typeof key.value === "string" ? this.names.field?.(of.name, key.value) : undefined;
    if (read !== undefined) return (facts) => read(facts) ?? FAILED;
    const object = this.compile(of);
    const name = this.compile(key);
    return (facts) => indexed(object(facts), name(facts));
  }

  private call(name: string, args: readonly Expression[]): Program<Facts> {
    const [first] = args;
    if (name === "has" && args.length === 1 && first !== undefined) {
      const value = this.compile(first);
      return (facts) => value(facts) !== FAILED;
    }
    const found = name === "string" && !this.dialect.converts ? undefined : FUNCTIONS.get(name);
    if (found === undefined && UNAVAILABLE_FUNCTIONS.has(name)) throw new CelUnavailable(`the function ${name}`);
    if (found === undefined || (found.arity !== args.length && found.atMost !== args.length)) throw new CelSyntaxError(`No overload found in reference resolve step for ${name}`);
    if (name === "matches") checkPattern(args[1]);
    const values = this.list(args);
    return (facts) => {
      const list = values(facts);
      return isList(list) ? found.apply(list) : FAILED;
    };
  }

  private list(items: readonly Expression[]): Program<Facts> {
    const programs = items.map((item) => this.compile(item));
    return (facts) => {
      const values: CelValue[] = [];
      for (const program of programs) {
        const value = program(facts);
        if (value === FAILED) return FAILED;
        values.push(value);
      }
      return values;
    };
  }

  private map(entries: readonly (readonly [Expression, Expression])[]): Program<Facts> {
    const [keys, values] = [this.list(entries.map(([key]) => key)), this.list(entries.map(([, value]) => value))];
    return (facts) => {
      const names = keys(facts);
      const members = values(facts);
      if (!isList(names) || !isList(members)) return FAILED;
      return new PlainMap(new Map(names.map((name, i) => [String(name), members[i] ?? null] as const)));
    };
  }

  private unary(operator: "!" | "-", of: Program<Facts>): Program<Facts> {
    return (facts) => {
      const value = of(facts);
      if (operator === "!") return typeof value === "boolean" ? !value : FAILED;
      return typeof value === "bigint" || typeof value === "number" ? -value : FAILED;
    };
  }

  private binary(operator: string, left: Program<Facts>, right: Program<Facts>): Program<Facts> {
    if (operator === "&&" || operator === "||") {
      const decides = operator === "||";
      return (facts) => {
        const a = left(facts);
        const b = right(facts);
        if (a === decides || b === decides) return decides;
        return typeof a === "boolean" && typeof b === "boolean" ? !decides : FAILED;
      };
    }
    const { dialect } = this;
    return (facts) => {
      const a = left(facts);
      const b = right(facts);
      return a === FAILED || b === FAILED ? FAILED : binary(operator, a, b, dialect);
    };
  }

  private choice(test: Program<Facts>, yes: Program<Facts>, no: Program<Facts>): Program<Facts> {
    return (facts) => {
      const value = test(facts);
      if (typeof value !== "boolean") return FAILED;
      return value ? yes(facts) : no(facts);
    };
  }
}

/** A pattern that is written out is compiled with the expression. */
function checkPattern(pattern: Expression | undefined): void {
  if (pattern?.kind !== "literal" || typeof pattern.value !== "string") return;
  const fault = patternFault(toWire(pattern.value));
  if (fault !== undefined) throw new CelSyntaxError(fault);
}

/** Compiles a tree. Throws {@link CelSyntaxError} or {@link CelUnavailable}. */
export function compileTree<Facts>(tree: Expression, names: Names<Facts>, dialect: Dialect): Program<Facts> {
  return new Compiler(names, dialect).compile(tree);
}

/** Compiles a text. Throws {@link CelSyntaxError} or {@link CelUnavailable}. */
export function compileCel<Facts>(text: string, names: Names<Facts>, dialect: Dialect = PLAIN_DIALECT): Program<Facts> {
  return compileTree(parseCel(text), names, dialect);
}
