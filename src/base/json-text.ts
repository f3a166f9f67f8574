/** JSON (RFC 8259) read with the numbers as they were written and a limit to its depth, as Envoy reads bodies. */

/** A number as it was written; `1.0` and `1` are two things. */
export class JsonNumber {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  get isInteger(): boolean {
    return /^-?\d+$/.test(this.text);
  }

  get value(): number {
    return Number(this.text);
  }
}

export type JsonMap = ReadonlyMap<string, JsonTree>;
export type JsonTree = string | boolean | null | JsonNumber | JsonMap | readonly JsonTree[];

const SPACE = /[ \t\n\r]*/y;
const STRING = /"((?:[^"\\\x00-\x1f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"/y;
const NUMBER = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?/y;
const WORD = /true|false|null/y;
const LARGEST = 2n ** 63n;

class Reader {
  private readonly text: string;
  private readonly most: number;
  private at = 0;
  private depth = 0;

  constructor(text: string, most: number) {
    this.text = text;
    this.most = most;
  }

  whole(): JsonTree | undefined {
    const value = this.value();
    this.take(SPACE);
    return this.at === this.text.length ? value : undefined;
  }

  private take(pattern: RegExp): RegExpExecArray | null {
    pattern.lastIndex = this.at;
    const found = pattern.exec(this.text);
    if (found !== null) this.at += found[0].length;
    return found;
  }

  private next(char: string): boolean {
    this.take(SPACE);
    if (this.text[this.at] !== char) return false;
    this.at++;
    return true;
  }

  private value(): JsonTree | undefined {
    this.take(SPACE);
    switch (this.text[this.at]) {
      case "{": return this.nested(() => this.map());
      case "[": return this.nested(() => this.list());
      case '"': return this.string();
      case "t": case "f": case "n": return this.word();
      default: return this.number();
    }
  }

  private nested<T>(read: () => T | undefined): T | undefined {
    if (this.depth >= this.most) return undefined;
    this.depth++;
    this.at++;
    const value = read();
    this.depth--;
    return value;
  }

  private map(): JsonMap | undefined {
    const map = new Map<string, JsonTree>();
    if (this.next("}")) return map;
    do {
      this.take(SPACE);
      const key = this.string();
      const value = key === undefined || !this.next(":") ? undefined : this.value();
      if (key === undefined || value === undefined) return undefined;
      map.set(key, value);
    } while (this.next(","));
    return this.next("}") ? map : undefined;
  }

  private list(): readonly JsonTree[] | undefined {
    const list: JsonTree[] = [];
    if (this.next("]")) return list;
    do {
      const value = this.value();
      if (value === undefined) return undefined;
      list.push(value);
    } while (this.next(","));
    return this.next("]") ? list : undefined;
  }

  private string(): string | undefined {
    const found = this.take(STRING);
    if (found === null) return undefined;
    return found[0].includes("\\") ? (JSON.parse(found[0]) as string) : found[1];
  }

  private word(): boolean | null | undefined {
    const word = this.take(WORD)?.[0];
    return word === undefined ? undefined : word === "null" ? null : word === "true";
  }

  /** Whole numbers must fit into a signed 64-bit integer. */
  private number(): JsonNumber | undefined {
    const text = this.take(NUMBER)?.[0];
    if (text === undefined) return undefined;
    const number = new JsonNumber(text);
    return number.isInteger && text.length > 18 && BigInt(text) >= LARGEST && BigInt(text) < 2n * LARGEST ? undefined : number;
  }
}

/** The value of a JSON text; undefined if it is not valid JSON, or deeper than `maxDepth` maps and lists. */
export function readJson(text: string, maxDepth: number): JsonTree | undefined {
  return new Reader(text, maxDepth).whole();
}
