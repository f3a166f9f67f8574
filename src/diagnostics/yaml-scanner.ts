/** The tokens of usual YAML, one line at a time: keys, scalars, literal blocks, gaps. What is unusual is not read: see yaml-fast-reader.ts. */
import { REST_OF_LINE } from "./origins.ts";
import type { RawValue } from "./raw.ts";
import { plainValue } from "./yaml-scalar.ts";

/** Thrown, without a trace, where usual YAML ends. */
export const GIVE_UP: unique symbol = Symbol("give up");

/** Characters by their codes. */
export const SPACE = 32, LINE = 10, HASH = 35, COLON = 58, DASH = 45, QUOTE = 34, APOSTROPHE = 39, COMMA = 44, OPEN_LIST = 91, CLOSE_LIST = 93, OPEN_MAP = 123, CLOSE_MAP = 125, PIPE = 124;
const BACKSLASH = 92, PLUS = 43, POINT = 46;

/** First characters that make a plain scalar something else: `! " # % & ' * , > ? @ [ ] ` { | }` and a colon. */
const INDICATORS = new Set(Array.from("!\"#%&'*,>?@[]`{|}:", (c) => c.charCodeAt(0)));

/** Longer keys are faults for some readers. */
const LONGEST_KEY = 1000;

export class YamlScanner {
  protected readonly text: string;
  protected at = 0;
  /** Columns before the next content; -1 at the end. */
  protected indent = 0;
  /** Where the value or key just read stands; -1: nowhere. */
  protected start = 0;
  protected end = 0;
  /** A marker of documents may still come. */
  protected begun = false;

  constructor(text: string) {
    this.text = text;
  }

  /** Goes to the next line that holds more than a comment. */
  protected nextContent(): void {
    const text = this.text;
    let line = this.at;
    for (;;) {
      let at = line;
      let c = text.charCodeAt(at);
      while (c === SPACE) c = text.charCodeAt(++at);
      if (at >= text.length) {
        this.at = text.length;
        this.indent = -1;
        return;
      }
      if (c !== LINE && c !== HASH) {
        this.at = at;
        this.indent = at - line;
        if (at === line && (c === DASH || c === POINT) && /^(?:---|\.\.\.)(?:\s|$)/.test(text.slice(at, at + 4)) && this.begun) throw GIVE_UP;
        return;
      }
      const end = text.indexOf("\n", at);
      line = end < 0 ? text.length : end + 1;
    }
  }

  /** Nothing but a comment may stand in the rest of the line. */
  protected endOfLine(): void {
    const text = this.text;
    const from = this.at;
    let at = from;
    let c = text.charCodeAt(at);
    while (c === SPACE) c = text.charCodeAt(++at);
    if (c === HASH && at > from) at = text.indexOf("\n", at);
    else if (c !== LINE && at < text.length) throw GIVE_UP;
    this.at = at < 0 || at >= text.length ? text.length : at + 1;
    this.nextContent();
  }

  protected isGap(at: number): boolean {
    const c = this.text.charCodeAt(at);
    return c === SPACE || c === LINE || at >= this.text.length;
  }

  /** A key and its colon, the latter followed by a gap. */
  protected blockKey(): string {
    const text = this.text;
    const start = this.at;
    const c = text.charCodeAt(start);
    if (c === QUOTE || c === APOSTROPHE) {
      const key = this.quoted(c);
      if (text.charCodeAt(this.at) !== COLON || !this.isGap(this.at + 1)) throw GIVE_UP;
      this.at++;
      return key;
    }
    if (INDICATORS.has(c) || (c === DASH && this.isGap(start + 1))) throw GIVE_UP;
    let at = start;
    for (let d = c; ; d = text.charCodeAt(++at)) {
      if (d === COLON && this.isGap(at + 1)) break;
      if (d === LINE || at >= text.length || (d === HASH && text.charCodeAt(at - 1) === SPACE)) throw GIVE_UP;
    }
    if (text.charCodeAt(at - 1) === SPACE || at - start > LONGEST_KEY) throw GIVE_UP;
    const key = text.slice(start, at);
    this.start = start;
    this.end = at;
    this.at = at + 1;
    return plainValue(key) === null ? "null" : key;
  }

  protected skipSpaces(): void {
    while (this.text.charCodeAt(this.at) === SPACE) this.at++;
  }

  protected plain(): RawValue {
    const text = this.text;
    const start = this.at;
    const first = text.charCodeAt(start);
    if (INDICATORS.has(first) || (first === DASH && this.isGap(start + 1))) throw GIVE_UP;
    let at = start;
    for (let c = first; c !== LINE && at < text.length; c = text.charCodeAt(++at)) {
      if (c === COLON && this.isGap(at + 1)) throw GIVE_UP;
      if (c === HASH && text.charCodeAt(at - 1) === SPACE) break;
    }
    this.at = at;
    while (text.charCodeAt(at - 1) === SPACE) at--;
    this.start = start;
    this.end = at;
    if (this.at > at) this.at = at;
    return plainValue(text.slice(start, at));
  }

  /** A text in quotes on one line. */
  protected quoted(quote: number): string {
    const text = this.text;
    const start = this.at;
    let at = start + 1;
    let doubled = false;
    for (let c = text.charCodeAt(at); ; c = text.charCodeAt(++at)) {
      if (c === LINE || at >= text.length || (quote === QUOTE && c === BACKSLASH && ++at > 0 && text.charCodeAt(at) !== QUOTE && text.charCodeAt(at) !== BACKSLASH)) throw GIVE_UP;
      if (quote === QUOTE && c === BACKSLASH) doubled = true;
      else if (c === quote) {
        if (quote === QUOTE || text.charCodeAt(at + 1) !== APOSTROPHE) break;
        at++;
        doubled = true;
      }
    }
    this.start = start;
    this.end = this.at = at + 1;
    const value = text.slice(start + 1, at);
    if (!doubled) return value;
    return quote === APOSTROPHE ? value.replaceAll("''", "'") : value.replace(/\\(["\\])/g, "$1");
  }

  /** A literal block, `|` with or without a sign, whose first line is no deeper than the others. */
  protected literal(indent: number): string {
    const text = this.text;
    const sign = text.charCodeAt(++this.at);
    const chomp = sign === DASH || sign === PLUS ? sign : 0;
    if (chomp !== 0) this.at++;
    this.skipSpaces();
    if (text.charCodeAt(this.at) !== LINE) throw GIVE_UP;
    const from = ++this.at;
    let [line, width, end, body] = [from, -1, from, ""];
    for (;;) {
      const stop = text.indexOf("\n", line);
      const lineEnd = stop < 0 ? text.length : stop;
      let ink = line;
      while (text.charCodeAt(ink) === SPACE) ink++;
      const blank = ink >= lineEnd;
      if (blank && (width < 0 || ink - line > width)) throw GIVE_UP;
      if (!blank && width < 0) width = ink - line;
      if (!blank && ink - line < width) break;
      if (width <= indent || stop < 0) throw GIVE_UP;
      body += blank ? "\n" : text.slice(line + width, lineEnd + 1);
      if (!blank) end = lineEnd;
      line = stop + 1;
      if (line >= text.length) break;
    }
    if (end === from) throw GIVE_UP;
    this.at = line;
    this.nextContent();
    if (this.indent > indent) throw GIVE_UP;
    this.start = from + width;
    this.end = REST_OF_LINE;
    return chomp === PLUS ? body : chomp === DASH ? body.replace(/\n+$/, "") : body.replace(/\n+$/, "\n");
  }

  /** Does a key begin here, and not a scalar or a bracket? */
  protected isKey(first: number): boolean {
    const text = this.text;
    if (first === OPEN_LIST || first === OPEN_MAP || first === PIPE) return false;
    if (first === QUOTE || first === APOSTROPHE) {
      const from = this.at;
      this.quoted(first);
      const is = text.charCodeAt(this.at) === COLON;
      this.at = from;
      return is;
    }
    for (let at = this.at, c = first; c !== LINE && at < text.length; c = text.charCodeAt(++at)) {
      if (c === COLON && this.isGap(at + 1)) return true;
      if (c === HASH && text.charCodeAt(at - 1) === SPACE) return false;
    }
    return false;
  }

  /** Steps over spaces, line breaks and comments within brackets. */
  protected gap(): void {
    const text = this.text;
    for (;;) {
      const c = text.charCodeAt(this.at);
      if (c === HASH && this.isGap(this.at - 1)) {
        const end = text.indexOf("\n", this.at);
        if (end < 0) throw GIVE_UP;
        this.at = end;
      } else if (c === LINE && /^(?:---|\.\.\.)/.test(text.slice(this.at + 1, this.at + 4))) throw GIVE_UP;
      else if (c !== SPACE && c !== LINE) return;
      this.at++;
    }
  }

  protected closes(bracket: number): boolean {
    this.gap();
    if (this.text.charCodeAt(this.at) !== bracket) return false;
    this.at++;
    return true;
  }

  protected comma(bracket: number): boolean {
    if (this.closes(bracket)) return false;
    if (this.text.charCodeAt(this.at) !== COMMA) throw GIVE_UP;
    this.at++;
    return !this.closes(bracket);
  }

  protected flowKey(): string {
    const c = this.text.charCodeAt(this.at);
    const isQuoted = c === QUOTE || c === APOSTROPHE;
    const key = isQuoted ? this.quoted(c) : this.flowPlain(true);
    if (this.text.charCodeAt(this.at) !== COLON || !(isQuoted || this.isGap(this.at + 1))) throw GIVE_UP;
    this.at++;
    return !isQuoted && plainValue(key) === null ? "null" : key;
  }

  /** A plain scalar within brackets, on one line. */
  protected flowPlain(isKey: boolean): string {
    const text = this.text;
    const start = this.at;
    const first = text.charCodeAt(start);
    if (INDICATORS.has(first) || (first === DASH && !(text.charCodeAt(start + 1) > SPACE))) throw GIVE_UP;
    let at = start;
    for (let c = first; ; c = text.charCodeAt(++at)) {
      if (c === COMMA || c === CLOSE_MAP || c === CLOSE_LIST || c === LINE) break;
      if (c === COLON && isKey && this.isGap(at + 1)) break;
      if (at >= text.length || c === OPEN_MAP || c === OPEN_LIST || (c === COLON && !(text.charCodeAt(at + 1) > SPACE)) || (c === COLON && /[,[\]{}]/.test(text.charAt(at + 1))) || (c === HASH && text.charCodeAt(at - 1) === SPACE)) throw GIVE_UP;
    }
    this.at = at;
    while (text.charCodeAt(at - 1) === SPACE) at--;
    if (isKey && at !== this.at) throw GIVE_UP;
    this.start = start;
    this.end = at;
    return text.slice(start, at);
  }
}
