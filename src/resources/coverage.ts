/**
 * Finds what a configuration asks for and legate does not do: every set field that no compiler says it honours. Nothing is
 * ignored silently, because the list says what is done, not what is not.
 */
import type { Honours } from "../contract/extension.ts";
import type { Diagnostics } from "../diagnostics/finding.ts";
import { typeOf, V3, type Field } from "../schema/table.ts";

/** The honoured fields of all compilers in one table; `"field=A|B"` limits a field to values. */
export class Coverage {
  private readonly fields = new Map<string, Map<string, ReadonlySet<string> | null>>();
  private readonly plans = new Map<string, TypePlan | undefined>();

  constructor(honours: readonly Honours[]) {
    for (const honour of honours) for (const [type, entries] of Object.entries(honour)) this.add(type, entries);
  }

  /** Field -> its allowed values, or null for any; undefined: nothing of this message is honoured. */
  of(type: string): ReadonlyMap<string, ReadonlySet<string> | null> | undefined {
    return this.fields.get(type);
  }

  types(): readonly string[] {
    return [...this.fields.keys()].sort();
  }

  /** Reports each field of `message`, and of the messages in it, that is set and not honoured. */
  check(type: string, message: object, diagnostics: Diagnostics): void {
    const plan = this.planOf(type);
    if (plan === undefined) return;
    for (const key in message) {
      const value = (message as Record<string, unknown>)[key];
      const field = plan.get(key);
      if (field === undefined) {
        if (key !== "@type") this.report(type, message, key, "", diagnostics);
      } else if (field.allowed !== null && !field.allowed.has(String(value))) this.report(type, message, key, ` = ${String(value)}`, diagnostics);
      else if (field.below !== undefined && typeof value === "object" && value !== null) this.checkField(field.below, value, diagnostics);
    }
  }

  private planOf(type: string): TypePlan | undefined {
    let plan = this.plans.get(type);
    if (plan === undefined && !this.plans.has(type)) this.plans.set(type, plan = typePlan(type, this.fields.get(type)));
    return plan;
  }

  private checkField(field: Field, value: object, diagnostics: Diagnostics): void {
    if (!field.list && field.mapKey === undefined) return this.checkItem(field, value, diagnostics);
    for (const item of field.list ? (value as readonly unknown[]) : Object.values(value)) this.checkItem(field, item, diagnostics);
  }

  private checkItem(field: Field, item: unknown, diagnostics: Diagnostics): void {
    if (typeof item !== "object" || item === null) return;
    if (field.shape === "message") this.check(field.type ?? "", item, diagnostics);
    else this.check(typeOf(String((item as { "@type"?: string })["@type"])) ?? "", item, diagnostics);
  }

  private report(type: string, message: object, key: string, value: string, diagnostics: Diagnostics): void {
    const short = type.slice(type.lastIndexOf(".") + 1);
    diagnostics.report({ code: "LGT0901", at: message, key, message: `${short}.${key}${value} is known to Envoy and not done by legate yet` });
  }

  private add(type: string, entries: readonly string[]): void {
    const fields = this.fields.get(type) ?? new Map<string, ReadonlySet<string> | null>();
    this.fields.set(type, fields);
    for (const entry of entries) {
      const [name, values] = entry.split("=") as [string, string | undefined];
      fields.set(name, values === undefined ? null : new Set(values.split("|")));
    }
  }
}

/** What may stand in a message of a type: for each honoured field the values that it may have (null: any), and the field where messages are in it. */
type TypePlan = ReadonlyMap<string, { readonly allowed: ReadonlySet<string> | null; readonly below: Field | undefined }>;

function typePlan(type: string, known: ReadonlyMap<string, ReadonlySet<string> | null> | undefined): TypePlan | undefined {
  const table = V3.message(type)?.byName;
  if (known === undefined || table === undefined) return undefined;
  return new Map([...known].map(([key, allowed]) => {
    const field = table.get(key);
    return [key, { allowed, below: field?.shape === "message" || field?.shape === "any" ? field : undefined }];
  }));
}
