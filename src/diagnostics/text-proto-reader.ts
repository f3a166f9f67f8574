/** Reads protobuf's text format into a raw tree. */
import type { Origins } from "./origins.ts";
import { REST_OF_LINE, TextOrigin } from "./origins.ts";
import { newRawMap, type RawMap, type RawValue } from "./raw.ts";
import type { Source } from "./source.ts";
import { TextError } from "./text-error.ts";

interface Token {
  readonly kind: "name" | "number" | "string" | "sign" | "end";
  readonly text: string;
  readonly at: number;
}

const TOKEN = /(?:[ \t\r\n\f\v]+|#[^\n]*)*(?:([A-Za-z_][\w.]*)|(-?(?:0[xX][\da-fA-F]+|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)f?)|("(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')|([{}<>[\]:;,/-])|$)/suy;
/** Deeper nesting is refused. */
const MAX_DEPTH = 100;

/**
 * Fields given more than once become lists; so does `[a, b]`. An Any in its long form, `[host/type] { ... }`, becomes a map with
 * "@type". Maps, Structs and bytes are as the text has them. Throws TextError.
 */
export function readTextProto(source: Source, origins: Origins): RawMap {
  return new Reader(source, origins).document();
}

class Reader {
  private readonly source: Source;
  private readonly origins: Origins;
  private position = 0;
  private token: Token;
  private depth = 0;

  constructor(source: Source, origins: Origins) {
    this.source = source;
    this.origins = origins;
    this.token = this.scan();
  }

  document(): RawMap {
    return this.fields("", undefined, undefined, 0);
  }

  private fields(close: string, parent: object | undefined, key: string | undefined, start: number): RawMap {
    if (++this.depth > MAX_DEPTH) throw wrong("The message is nested too deeply.", start);
    const map = newRawMap();
    const origin = new TextOrigin(this.source, start, REST_OF_LINE, parent, key, "map");
    this.origins.addText(map, origin);
    while (!this.isSign(close) && this.token.kind !== "end") this.field(map, origin);
    if (close !== "" && this.token.kind === "end") throw wrong(`The message that begins here has no "${close}".`, start);
    this.depth--;
    return map;
  }

  private field(map: RawMap, origin: TextOrigin): void {
    if (this.isSign("[")) return this.any(map, origin);
    const name = this.next();
    if (name.kind !== "name") throw wrong("A field's name is expected here.", name.at);
    const colon = this.skip(":");
    const start = this.token.at;
    const value = this.isSign("[") ? this.list(map, name.text) : this.value(map, name.text, colon);
    const given = map[name.text];
    map[name.text] = given === undefined ? value : [...(Array.isArray(given) ? given : [given]), ...(Array.isArray(value) ? value : [value])];
    origin.names?.push(name.text);
    origin.places.push(name.at, name.at + name.text.length, start, typeof value === "object" ? REST_OF_LINE : this.lastEnd);
    if (!this.skip(",")) this.skip(";");
  }

  /** The fields of what an Any holds stand in the Any itself. */
  private any(map: RawMap, origin: TextOrigin): void {
    const start = this.token.at;
    const end = this.source.text.indexOf("]", start);
    if (end < 0) throw wrong('"]" is expected after a type.', start);
    map["@type"] = this.source.text.slice(start + 1, end).trim();
    origin.names?.push("@type");
    origin.places.push(start, end + 1, start, end + 1);
    this.position = end + 1;
    this.token = this.scan();
    this.skip(":");
    const open = this.next();
    const close = open.text === "{" ? "}" : ">";
    if (open.text !== "{" && open.text !== "<") throw wrong("A message is expected after a type.", open.at);
    while (!this.isSign(close) && this.token.kind !== "end") this.field(map, origin);
    if (this.token.kind === "end") throw wrong(`The message that begins here has no "${close}".`, open.at);
    this.next();
    if (!this.skip(",")) this.skip(";");
  }

  private list(parent: object, key: string): RawValue[] {
    this.next();
    const items: RawValue[] = [];
    while (!this.isSign("]")) {
      items.push(this.value(parent, key, true));
      if (!this.skip(",") && !this.isSign("]")) throw wrong('"," or "]" is expected here.', this.token.at);
    }
    this.next();
    return items;
  }

  private value(parent: object, key: string, colon: boolean): RawValue {
    const token = this.next();
    if (token.kind === "sign" && (token.text === "{" || token.text === "<")) {
      const map = this.fields(token.text === "{" ? "}" : ">", parent, key, token.at);
      this.next();
      return map;
    }
    if (!colon) throw wrong('":" is expected after a field\'s name.', token.at);
    if (token.kind === "string") return this.strings(token);
    if (token.kind === "name") return token.text === "true" ? true : token.text === "false" ? false : token.text;
    if (token.kind === "number") return token.text.replace(/f$/, "");
    throw wrong("A value is expected here.", token.at);
  }

  /** Neighbouring strings are one. */
  private strings(first: Token): string {
    let text = unquoted(first.text);
    while (this.token.kind === "string") text += unquoted(this.next().text);
    return text;
  }

  private lastEnd = 0;

  private next(): Token {
    const { token } = this;
    this.lastEnd = this.position;
    this.token = this.scan();
    return token;
  }

  private scan(): Token {
    TOKEN.lastIndex = this.position;
    const found = TOKEN.exec(this.source.text);
    if (found === null) throw wrong("This is no text protobuf.", this.position);
    this.position = TOKEN.lastIndex;
    const [, name, number, string, sign] = found;
    const text = name ?? number ?? string ?? sign ?? "";
    const kind = name !== undefined ? "name" : number !== undefined ? "number" : string !== undefined ? "string" : sign !== undefined ? "sign" : "end";
    return { kind, text, at: this.position - text.length };
  }

  private isSign(text: string): boolean {
    return this.token.kind === "sign" && this.token.text === text;
  }

  private skip(text: string): boolean {
    const is = this.isSign(text);
    if (is) this.next();
    return is;
  }
}

function wrong(message: string, at: number): TextError {
  return new TextError("LGT0101", at, at + 1, message);
}

const SIMPLE: Readonly<Record<string, string>> = { n: "\n", r: "\r", t: "\t", a: "\u0007", b: "\b", f: "\f", v: "\v" };

function unquoted(text: string): string {
  return text.slice(1, -1).replace(/\\(x[\da-fA-F]{1,2}|[0-7]{1,3}|u[\da-fA-F]{4}|.)/gsu, (_, code: string) => {
    if (/^[xu]./.test(code)) return String.fromCharCode(parseInt(code.slice(1), 16));
    if (/^[0-7]/.test(code)) return String.fromCharCode(parseInt(code, 8));
    return SIMPLE[code] ?? code;
  });
}
