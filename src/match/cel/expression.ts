/** CEL expressions as configurations carry them: as text, or parsed already (google.api.expr, cel.expr: the same messages). */
import { Buffer } from "node:buffer";
import type { Diagnostics } from "../../diagnostics/finding.ts";
import type { Constant, Expr } from "../../schema/generated/google/api/expr/v1alpha1.ts";
import { compileTree, type Dialect, type Names, PLAIN_DIALECT, type Program } from "./compile.ts";
import { type Expression, parseCel } from "./parse.ts";
import { CelSyntaxError, CelUnavailable } from "./tokens.ts";
import { Bytes, Uint } from "./values.ts";

const BINARY: Readonly<Record<string, string>> = {
  "_&&_": "&&", "_||_": "||", "_==_": "==", "_!=_": "!=", "_<_": "<", "_<=_": "<=", "_>_": ">", "_>=_": ">=", "_+_": "+", "_-_": "-", "_*_": "*", "_/_": "/", "_%_": "%",
  "@in": "in", "_in_": "in", in: "in",
};
/** As deep as the trees of texts may be. */
const DEEPEST = 100;

function literal(constant: Constant): Expression {
  if (constant.bool_value !== undefined) return { kind: "literal", value: constant.bool_value };
  if (constant.int64_value !== undefined) return { kind: "literal", value: BigInt(constant.int64_value) };
  if (constant.uint64_value !== undefined) return { kind: "literal", value: new Uint(BigInt(constant.uint64_value)) };
  if (constant.double_value !== undefined) return { kind: "literal", value: Number(constant.double_value) };
  if (constant.string_value !== undefined) return { kind: "literal", value: constant.string_value };
  if (constant.bytes_value !== undefined) return { kind: "literal", value: new Bytes(Buffer.from(constant.bytes_value, "base64").toString("latin1")) };
  if (constant.duration_value !== undefined || constant.timestamp_value !== undefined) throw new CelUnavailable("a constant of time in an expression");
  return { kind: "literal", value: null };
}

function operation(name: string, args: readonly Expression[]): Expression | undefined {
  const [first, second, third] = args;
  if (first === undefined) return undefined;
  if (second === undefined) return name === "!_" ? { kind: "unary", operator: "!", of: first } : name === "-_" ? { kind: "unary", operator: "-", of: first } : undefined;
  if (third !== undefined) return name === "_?_:_" ? { kind: "choice", test: first, yes: second, no: third } : undefined;
  if (name === "_[_]") return { kind: "index", of: first, key: second };
  const operator = BINARY[name];
  return operator === undefined ? undefined : { kind: "binary", operator, left: first, right: second };
}

function call(config: NonNullable<Expr["call_expr"]>, depth: number): Expression {
  const name = config.function ?? "";
  const args = (config.args ?? []).map((arg) => treeOf(arg, depth));
  const on = config.target === undefined ? undefined : treeOf(config.target, depth);
  return operation(name, on === undefined ? args : [on, ...args]) ?? { kind: "call", name, on, args };
}

/** The tree of a parsed expression. Throws {@link CelSyntaxError} or {@link CelUnavailable}. */
export function treeOf(config: Expr | undefined, depth = 0): Expression {
  if (depth > DEEPEST) throw new CelSyntaxError(`nested more than ${DEEPEST} deep`);
  const inner = (part: Expr | undefined): Expression => treeOf(part, depth + 1);
  if (config?.const_expr !== undefined) return literal(config.const_expr);
  if (config?.ident_expr !== undefined) return { kind: "name", name: config.ident_expr.name ?? "" };
  if (config?.select_expr !== undefined) {
    const { operand, field = "", test_only: asksOnly } = config.select_expr;
    const member: Expression = { kind: "member", of: inner(operand), name: field };
    return asksOnly === true ? { kind: "call", name: "has", on: undefined, args: [member] } : member;
  }
  if (config?.call_expr !== undefined) return call(config.call_expr, depth + 1);
  if (config?.list_expr !== undefined) return { kind: "list", items: (config.list_expr.elements ?? []).map(inner) };
  if (config?.struct_expr !== undefined && (config.struct_expr.message_name ?? "") === "") {
    return { kind: "map", entries: (config.struct_expr.entries ?? []).map((entry) => [inner(entry.map_key), inner(entry.value)] as const) };
  }
  if (config?.comprehension_expr !== undefined) throw new CelSyntaxError("comprehensions are not enabled");
  throw new CelSyntaxError("the expression is empty");
}

/** Where an expression stands. */
export interface ExpressionPlace {
  readonly at: object;
  readonly key?: string;
  readonly diagnostics: Diagnostics;
}

/** Compiles an expression; an error is reported and gives `undefined`. */
export function compileExpression<Facts>(expression: Expr | string, names: Names<Facts>, { at, key, diagnostics }: ExpressionPlace, dialect: Dialect = PLAIN_DIALECT): Program<Facts> | undefined {
  try {
    return compileTree(typeof expression === "string" ? parseCel(expression) : treeOf(expression), names, dialect);
  } catch (error) {
    const where = { at, ...(key === undefined ? {} : { key }) };
    if (error instanceof CelUnavailable) diagnostics.report({ code: "LGT0901", ...where, message: `${error.message} in a CEL expression is known to Envoy and not done here` });
    else if (error instanceof CelSyntaxError) diagnostics.report({ code: "LGT0406", ...where, message: `not a CEL expression: ${error.message}` });
    else throw error;
    return undefined;
  }
}
