/** Query parameters as Envoy's admin server reads them: percent-decoded, in order, the first of a name counts; `+` stays. */
import { Buffer } from "node:buffer";

export class AdminParams {
  private readonly values: ReadonlyMap<string, string>;

  private constructor(values: ReadonlyMap<string, string>) {
    this.values = values;
  }

  /** Of a path with its query, in wire form. */
  static ofPath(path: string): AdminParams {
    const start = path.indexOf("?");
    return AdminParams.ofForm(start < 0 ? "" : path.slice(start + 1));
  }

  /** Of `a=1&b=2`, in wire form. */
  static ofForm(text: string): AdminParams {
    const values = new Map<string, string>();
    for (const part of text.split("&")) {
      if (part === "") continue;
      const equals = part.indexOf("=");
      const name = decode(equals < 0 ? part : part.slice(0, equals));
      if (!values.has(name)) values.set(name, equals < 0 ? "" : decode(part.slice(equals + 1)));
    }
    return new AdminParams(values);
  }

  entries(): Iterable<[string, string]> {
    return this.values.entries();
  }

  get size(): number {
    return this.values.size;
  }

  has(name: string): boolean {
    return this.values.has(name);
  }

  /** "" where it is absent. */
  get(name: string): string {
    return this.values.get(name) ?? "";
  }

  /** The only ones that have a value. */
  filled(): [string, string][] {
    return [...this.values].filter(([, value]) => value !== "");
  }
}

/** What is no escape stays as it is. */
function decode(text: string): string {
  const bytes = text.replace(/%([0-9a-fA-F]{2})/g, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, "latin1").toString("utf8");
}
