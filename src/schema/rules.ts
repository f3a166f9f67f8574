/**
 * Field rules (protoc-gen-validate) of decoded messages: compiled once for each type, then run many times. All
 * violations are found; fields that could not be read are left out. In a oneof a rule counts for the member that is set.
 */
import type { Diagnostics } from "../diagnostics/finding.ts";
import { countReason, rangeWords } from "./rule-texts.ts";
import type { Field, MessageType, RuleTexts, TypeTable } from "./table.ts";
import { valueRules, type ValueKind, type ValueRule } from "./value-rules.ts";

type Decoded = Readonly<Record<string, unknown>>;

/** Rules of one field. */
interface FieldPlan {
  readonly field: Field;
  readonly required: boolean;
  /** What an unset field counts as; undefined where rules run only on what is set. */
  readonly unset: unknown;
  readonly ignoreEmpty: boolean;
  readonly whole: readonly ValueRule[];
  readonly items: readonly ValueRule[];
  readonly keys: readonly ValueRule[];
}

interface OneofPlan {
  readonly name: string;
  readonly members: readonly string[];
}

interface Plan {
  readonly fields: readonly FieldPlan[];
  readonly oneofs: readonly OneofPlan[];
}

/** How many members a message lists. */
const LISTED = 12;

const plans = new WeakMap<MessageType, Plan>();

function countRule(min: unknown, max: unknown, unit: string, size: (value: unknown) => number): ValueRule | undefined {
  if (min === undefined && max === undefined) return undefined;
  const [low, high] = [min === undefined ? undefined : Number(min), max === undefined ? undefined : Number(max)];
  const holds = (value: unknown): boolean => size(value) >= (low ?? 0) && size(value) <= (high ?? Infinity);
  return { code: "LGT0305", holds, reason: countReason(low, high, unit === "entry" ? "pair(s)" : "item(s)"), must: low === 1 && high === undefined ? "not be empty" : `have ${rangeWords(low, high, unit)}` };
}

function wholeRules(field: Field, rules: RuleTexts, kind: ValueKind): ValueRule[] {
  if (field.mapKey !== undefined) {
    const rule = countRule(rules["min_pairs"], rules["max_pairs"], "entry", (v) => Object.keys(v as object).length);
    return rule === undefined ? [] : [rule];
  }
  if (!field.list) return valueRules(rules, kind);
  const rule = countRule(rules["min_items"], rules["max_items"], "item", (v) => (v as unknown[]).length);
  const unique: ValueRule = { code: "LGT0309", holds: (v) => new Set(v as unknown[]).size === (v as unknown[]).length, reason: "repeated value must contain unique items", must: "hold each item once" };
  return [...(rule === undefined ? [] : [rule]), ...(rules["unique"] === true ? [unique] : [])];
}

/** What protobuf gives for an unset field without presence. */
function unsetValue(table: TypeTable, field: Field): unknown {
  if (field.presence) return undefined;
  if (field.list) return [];
  if (field.mapKey !== undefined) return {};
  switch (field.shape) {
    case "string":
    case "bytes": return "";
    case "bool": return false;
    case "enum": return table.enumeration(field.type ?? "")?.byNumber.get(0) ?? 0;
    default: return 0;
  }
}

function nested(rules: RuleTexts, name: string, kind: ValueKind): ValueRule[] {
  const texts = rules[name] as RuleTexts | undefined;
  return texts === undefined && kind.shape !== "duration" ? [] : valueRules(texts ?? {}, kind);
}

function fieldPlan(table: TypeTable, field: Field, rules: RuleTexts): FieldPlan {
  const kind: ValueKind = { kind: field.kind, shape: field.shape, type: field.type, enumType: field.kind === "enum" ? table.enumeration(field.type ?? "") : undefined };
  const key: ValueKind = { kind: field.mapKey ?? "string", shape: field.mapKey === "string" ? "string" : "integer", type: undefined, enumType: undefined };
  return {
    field,
    required: rules["required"] === true && field.oneof === undefined,
    unset: unsetValue(table, field),
    ignoreEmpty: rules["ignore_empty"] === true,
    whole: wholeRules(field, rules, kind),
    items: field.list || field.mapKey !== undefined ? nested(rules, field.mapKey === undefined ? "items" : "values", kind) : [],
    keys: field.mapKey === undefined ? [] : nested(rules, "keys", key),
  };
}

function compile(table: TypeTable, type: MessageType): Plan {
  const fields = type.fields.flatMap((field) => (field.rules === undefined && field.shape !== "duration" ? [] : [fieldPlan(table, field, field.rules ?? {})]));
  const oneofs = [...type.oneofs].filter(([, required]) => required).map(([name]) => ({ name, members: type.fields.filter((f) => f.oneof === name).map((f) => f.name) }));
  return { fields: fields.filter((p) => p.required || p.whole.length + p.items.length + p.keys.length > 0), oneofs };
}

function planOf(table: TypeTable, type: MessageType): Plan {
  let plan = plans.get(type);
  if (plan === undefined) plans.set(type, plan = compile(table, type));
  return plan;
}

function shown(value: unknown): string {
  if (value === "" || value === undefined) return "";
  const text = typeof value === "string" ? JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value) : typeof value === "object" ? "" : String(value);
  return text === "" ? "" : `, found ${text}`;
}


function runRules(diagnostics: Diagnostics, rules: readonly ValueRule[], value: unknown, at: object, key: string | number, name: string, on?: "key"): void {
  for (const rule of rules) {
    if (rule.holds(value)) continue;
    const finding = { code: rule.code, at, key, message: `${name} must ${rule.must}${shown(value)}.`, why: `Envoy: ${rule.reason}.` };
    diagnostics.report(on === undefined ? finding : { ...finding, on });
  }
}

function isEmpty(value: unknown): boolean {
  return value === "" || value === 0 || value === false || (typeof value === "object" && value !== null && Object.keys(value).length === 0);
}

function checkField(plan: FieldPlan, message: Decoded, diagnostics: Diagnostics): void {
  const { field } = plan;
  const set = message[field.name];
  if (set === undefined && plan.required) diagnostics.report({ code: "LGT0301", at: message, key: field.name, message: `${field.name} is required.`, why: "Envoy: value is required." });
  const value = set ?? plan.unset;
  if (value === undefined || (plan.ignoreEmpty && isEmpty(value))) return;
  if (plan.whole.length > 0) runRules(diagnostics, plan.whole, value, message, field.name, field.name);
  if (set !== undefined && plan.items.length + plan.keys.length > 0) checkEntries(plan, set as object, diagnostics);
}

function checkEntries(plan: FieldPlan, value: object, diagnostics: Diagnostics): void {
  const name = plan.field.name;
  if (Array.isArray(value)) {
    for (let i = 0; i < value.length; i++) runRules(diagnostics, plan.items, value[i], value, i, `${name}[${i}]`);
    return;
  }
  for (const [key, entry] of Object.entries(value)) {
    runRules(diagnostics, plan.keys, key, value, key, `The key of ${name}`, "key");
    runRules(diagnostics, plan.items, entry, value, key, `${name}[${JSON.stringify(key)}]`);
  }
}

function listed(names: readonly string[]): string {
  return names.length > LISTED ? `${names.slice(0, LISTED).join(", ")}, …` : names.join(", ");
}

function checkOneof(plan: OneofPlan, message: Decoded, diagnostics: Diagnostics, unread: ReadonlySet<string> | undefined): void {
  for (const name of plan.members) if (message[name] !== undefined || unread?.has(name) === true) return;
  const why = `Envoy: field: "${plan.name}", reason: is required.`;
  const [first = plan.name] = plan.members;
  if (plan.members.length === 1) diagnostics.report({ code: "LGT0301", at: message, key: first, message: `${first} is required.`, why });
  else diagnostics.report({ code: "LGT0302", at: message, message: `One of ${listed(plan.members)} is required.`, why });
}

/** Checks one decoded message of the type, not the messages in it. `unread` names fields that were given but could not be read. */
export function checkRules(table: TypeTable, type: MessageType, message: object, diagnostics: Diagnostics, unread?: ReadonlySet<string>): void {
  const plan = planOf(table, type);
  for (const field of plan.fields) if (unread?.has(field.field.name) !== true) checkField(field, message as Decoded, diagnostics);
  for (const oneof of plan.oneofs) checkOneof(oneof, message as Decoded, diagnostics, unread);
}
