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
    const known = this.fields.get(type);
    const table = V3.message(type)?.byName;
    if (known === undefined || table === undefined) return;
    for (const [key, value] of Object.entries(message)) {
      if (key === "@type") continue;
      const allowed = known.get(key);
      const field = table.get(key);
      if (allowed === undefined) this.report(type, message, key, "", diagnostics);
      else if (allowed !== null && !allowed.has(String(value))) this.report(type, message, key, ` = ${String(value)}`, diagnostics);
      else if (field !== undefined && typeof value === "object" && value !== null) this.checkField(field, value, diagnostics);
    }
  }

  private checkField(field: Field, value: object, diagnostics: Diagnostics): void {
    const items: readonly unknown[] = field.list ? (value as readonly unknown[]) : field.mapKey === undefined ? [value] : Object.values(value);
    for (const item of items) {
      if (typeof item !== "object" || item === null) continue;
      if (field.shape === "message" && field.type !== undefined) this.check(field.type, item, diagnostics);
      else if (field.shape === "any") this.check(typeOf(String((item as { "@type"?: string })["@type"])) ?? "", item, diagnostics);
    }
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
