import { jsonAdvice } from "./json-advice.ts";
import { MAX_NESTING } from "./nesting.ts";
import { TextOrigin } from "./origins.ts";
import type { Key } from "./origins.ts";
import { isRawMap, newRawMap } from "./raw.ts";
import type { RawList, RawMap, RawValue } from "./raw.ts";
import type { ReaderSinks } from "./reader-sinks.ts";
import type { Source } from "./source.ts";
import { TextError } from "./text-error.ts";

/**
 * Reads JSON as protobuf's parser does in the legacy mode that Envoy uses: trailing commas, single quotes, keys
 * without quotes and raw control characters in strings are fine; comments are not. A key given twice is reported, and
 * read as protobuf reads it into a message: maps are merged, lists joined, else the last counts.
 * Throws TextError where the text cannot be read on.
 */
export function readJson(source: Source, sinks: ReaderSinks): RawValue {
  return new JsonReader(source, sinks).document();
}

/** Reads the one value that stands in `source` between two offsets, such as a line of JSON lines. Throws TextError where it cannot be read. */
export function readJsonPart(source: Source, start: number, end: number, sinks: ReaderSinks): RawValue {
  return new JsonReader(source, sinks, start, end).document();
}

class JsonReader {
  readonly #source: Source;
  readonly #text: string;
  readonly #sinks: ReaderSinks;
  readonly #end: number;
  #at: number;
  #depth = 0;
  #repeats = 0;
  #faultAt = -1;
  /** The text ended before its brackets did. */
  #lost = false;
  /** Where the value or key just read begins. */
  #start = 0;

  constructor(source: Source, sinks: ReaderSinks, start = 0, end = source.text.length) {
    this.#source = source;
    this.#text = end === source.text.length ? source.text : source.text.slice(0, end);
    this.#sinks = sinks;
    this.#at = start;
    this.#end = end;
  }

  document(): RawValue {
    const value = this.#value(undefined, undefined, undefined);
    this.#space();
    if (this.#at < this.#end) this.#fault("nothing may follow the document");
    return value;
  }

  /** Reads a value; a map or list goes on in `into` when the same key had one before. */
  #value(parent: object | undefined, key: Key | undefined, into: RawValue | undefined): RawValue {
    this.#space();
    this.#start = this.#at;
    switch (this.#text.charCodeAt(this.#at)) {
      case 0x7b: return this.#map(parent, key, into);
      case 0x5b: return this.#list(parent, key, into);
      case 0x22: case 0x27: return this.#string();
      case 0x74: return this.#word("true", true);
      case 0x66: return this.#word("false", false);
      case 0x6e: return this.#word("null", null);
      default: return this.#number();
    }
  }

  #map(parent: object | undefined, key: Key | undefined, into: RawValue | undefined): RawMap {
    const start = this.#enter();
    const map = isRawMap(into) ? into : newRawMap();
    const origin = this.#originOf(map, start, parent, key);
    while (!this.#closes(0x7d) && !this.#ends()) {
      this.#entry(map, origin);
      if (!this.#comma(0x7d)) break;
    }
    this.#leave(origin, start);
    return map;
  }

  #entry(map: RawMap, origin: TextOrigin): void {
    const name = this.#key();
    const [keyStart, keyEnd] = [this.#start, this.#at];
    this.#space();
    if (this.#text.charCodeAt(this.#at) !== 0x3a) this.#fail("a colon is expected after a key");
    this.#at++;
    const before = name in map ? map[name] : undefined;
    if (before !== undefined) this.#reportRepeated(map, origin, name, keyStart, keyEnd);
    const value = this.#value(map, name, before);
    origin.names?.push(name);
    origin.places.push(keyStart, keyEnd, this.#start, this.#at);
    map[name] = value;
  }

  #key(): string {
    this.#space();
    this.#start = this.#at;
    const c = this.#text.charCodeAt(this.#at);
    if (c === 0x22 || c === 0x27) return this.#string();
    BARE_KEY.lastIndex = this.#at;
    const word = BARE_KEY.exec(this.#text)?.[0];
    if (word === undefined || word === "true" || word === "false" || word === "null") this.#fail("a key is expected here");
    this.#at += word.length;
    return word;
  }

  #reportRepeated(map: RawMap, origin: TextOrigin, name: string, start: number, end: number): void {
    const { origins, diagnostics } = this.#sinks;
    origins.addRepeated(map, name);
    if (++this.#repeats > MAX_REPEATS) return;
    const first = (origin.names ?? []).indexOf(name) * 4;
    const again = origins.mark(this.#source, start, end, map, name);
    const place = origins.mark(this.#source, origin.places[first] ?? 0, origin.places[first + 1] ?? 0);
    diagnostics.report({
      code: "LGT0106", at: again, message: `The key "${name}" is given more than once; maps are merged, lists joined, and of other values the last counts.`,
      why: "Envoy accepts that in messages, but not in maps and Structs; it is almost always a slip.",
      related: [{ at: place, message: "also given here" }],
    });
  }

  #list(parent: object | undefined, key: Key | undefined, into: RawValue | undefined): RawList {
    const start = this.#enter();
    const list: RawList = Array.isArray(into) ? into : [];
    const origin = this.#originOf(list, start, parent, key);
    while (!this.#closes(0x5d)) {
      list.push(this.#value(list, list.length, undefined));
      origin.places.push(this.#start, this.#at);
      if (!this.#comma(0x5d)) break;
    }
    this.#leave(origin, start);
    return list;
  }

  #originOf(container: RawMap | RawList, start: number, parent: object | undefined, key: Key | undefined): TextOrigin {
    const known = this.#sinks.origins.textOf(container);
    if (known !== undefined) return known;
    const origin = new TextOrigin(this.#source, start, start, parent, key, Array.isArray(container) ? "list" : "map");
    this.#sinks.origins.addText(container, origin);
    return origin;
  }

  #enter(): number {
    if (++this.#depth > MAX_NESTING) {
      throw new TextError("LGT0104", this.#at, this.#at + 1, `The document is nested deeper than ${MAX_NESTING} levels.`);
    }
    return this.#at++;
  }

  #leave(origin: TextOrigin, start: number): void {
    this.#depth--;
    if (origin.start === start) origin.end = this.#at;
    this.#start = start;
  }

  /** Is this the closing bracket of an empty container, or the one after a trailing comma? Steps over it if so. */
  #closes(bracket: number): boolean {
    this.#space();
    if (this.#text.charCodeAt(this.#at) !== bracket) return false;
    this.#at++;
    return true;
  }

  /** True: a comma, and an entry may follow. False: the bracket closed the container. */
  #comma(bracket: number): boolean {
    if (this.#closes(bracket)) return false;
    if (this.#text.charCodeAt(this.#at) === 0x2c) this.#at++;
    else {
      this.#fault("a comma or the closing bracket is expected here");
      return this.#resume(bracket);
    }
    return true;
  }

  /** Behind a fault: true where a further entry follows. A closing bracket of another kind, or the end, closes all that is open. */
  #resume(bracket: number): boolean {
    const c = this.#text.charAt(this.#at);
    if (c === "" || c === "}" || c === "]") {
      if (this.#text.charCodeAt(this.#at) === bracket) this.#at++;
      else this.#lost ||= c === "";
      return false;
    }
    if (c !== '"' && c !== "'" && !/[\w{[-]/.test(c)) this.#skipTo(/[,}\]\n]/g);
    if (this.#text.charAt(this.#at) === ",") this.#at++;
    return true;
  }

  /** Is the text over, where a key should stand? */
  #ends(): boolean {
    if (this.#at < this.#text.length) return false;
    this.#fault("a key is expected here");
    return (this.#lost = true);
  }

  #skipTo(mark: RegExp): void {
    mark.lastIndex = this.#at + 1;
    this.#at = mark.exec(this.#text)?.index ?? this.#text.length;
  }

  #word<T extends boolean | null>(word: string, value: T): T | null {
    if (!this.#text.startsWith(word, this.#at)) return this.#noValue();
    this.#at += word.length;
    return value;
  }

  /** What stands where a value should is stepped over, and counts as nothing. */
  #noValue(): null {
    this.#fault("a value is expected here");
    if (!/^[,}\]]/.test(this.#text.charAt(this.#at))) this.#skipTo(/[,}\]\n]/g);
    return null;
  }

  #number(): number | bigint | null {
    NUMBER.lastIndex = this.#at;
    const found = NUMBER.exec(this.#text)?.[0];
    if (found === undefined || /^[\w.+-]/.test(this.#text.charAt(this.#at + found.length))) return this.#noValue();
    this.#at += found.length;
    const value = Number(found);
    if (!Number.isFinite(value)) throw new TextError("LGT0102", this.#start, this.#at, "The number is too large.");
    return Number.isSafeInteger(value) || /[.eE]/.test(found) ? value : BigInt(found);
  }

  #string(): string {
    const quote = this.#text.charCodeAt(this.#at);
    const start = ++this.#at;
    for (; this.#at < this.#text.length; this.#at++) {
      const c = this.#text.charCodeAt(this.#at);
      if (c === quote) return this.#text.slice(start, this.#at++);
      if (c === 0x5c) return this.#escaped(start, quote);
    }
    return this.#unclosed(start);
  }

  /** The rest of a string whose first backslash has been met. */
  #escaped(start: number, quote: number): string {
    const parts = [this.#text.slice(start, this.#at)];
    for (let from = this.#at; this.#at < this.#text.length;) {
      const c = this.#text.charCodeAt(this.#at);
      if (c !== quote && c !== 0x5c) {
        this.#at++;
        continue;
      }
      parts.push(this.#text.slice(from, this.#at));
      if (c === quote) {
        this.#at++;
        return parts.join("");
      }
      parts.push(this.#escape());
      from = this.#at;
    }
    return this.#unclosed(start);
  }

  #escape(): string {
    const simple = ESCAPES.get(this.#text.charAt(this.#at + 1));
    if (simple !== undefined) {
      this.#at += 2;
      return simple;
    }
    UNICODE_ESCAPE.lastIndex = this.#at;
    const found = UNICODE_ESCAPE.exec(this.#text)?.[0];
    if (found === undefined) {
      const end = Math.min(this.#at + 2, this.#text.length);
      throw new TextError("LGT0102", this.#at, end, `Unknown escape "${this.#text.slice(this.#at, end)}" in a string.`, {
        fix: "Known are \\\" \\' \\\\ \\/ \\b \\f \\n \\r \\t and \\u with four hexadecimal digits (characters beyond U+FFFF: a pair of surrogates).",
      });
    }
    this.#at += found.length;
    return String.fromCharCode(...found.slice(2).split("\\u").map((digits) => Number.parseInt(digits, 16)));
  }

  #unclosed(start: number): never {
    throw new TextError("LGT0102", start - 1, start, "A string is never closed.", { fix: "Add the missing quote." });
  }

  #space(): void {
    for (let c = this.#text.charCodeAt(this.#at); c === 32 || c === 10 || c === 13 || c === 9;) c = this.#text.charCodeAt(++this.#at);
  }

  /** A fault behind which the reading goes on, where the sinks recover. Nothing is said twice of one place, or of the end. */
  #fault(expected: string): void {
    if (this.#lost || this.#at === this.#faultAt) return;
    this.#faultAt = this.#at;
    const error = this.#error(expected);
    if (this.#sinks.recover?.(error) !== true) throw error;
  }

  #fail(expected: string): never {
    throw this.#error(expected);
  }

  #error(expected: string): TextError {
    const { message, why, fix, length } = jsonAdvice(expected, this.#text, this.#at);
    return new TextError("LGT0102", this.#at, this.#at + length, message, { ...(why === undefined ? {} : { why }), ...(fix === undefined ? {} : { fix }) });
  }
}

/** More repeated keys are not reported, since finding where a key stood first takes time. */
const MAX_REPEATS = 1000;
const BARE_KEY = /[A-Za-z_][A-Za-z0-9_]*/y;
const NUMBER = /-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?/y;
/** One code point: no surrogate, or a pair. */
const UNICODE_ESCAPE = /\\u(?:[dD][89abAB][0-9a-fA-F]{2}\\u[dD][c-fC-F][0-9a-fA-F]{2}|(?![dD][89a-fA-F])[0-9a-fA-F]{4})/y;
const ESCAPES: ReadonlyMap<string, string> = new Map([
  ['"', '"'], ["'", "'"], ["\\", "\\"], ["/", "/"], ["b", "\b"], ["f", "\f"], ["n", "\n"], ["r", "\r"], ["t", "\t"],
]);
