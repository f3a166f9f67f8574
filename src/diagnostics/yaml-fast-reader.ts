/**
 * A reader for the YAML that people and programs mostly write: blocks, scalars on one line, quotes, brackets, literal blocks, comments.
 * It makes the values, origins and places that the events of js-yaml give, several times faster and without the events. At
 * anything else, faults included, it gives up, and the whole text is read by way of the events.
 */
import { MAX_NESTING } from "./nesting.ts";
import { REST_OF_LINE, TextOrigin } from "./origins.ts";
import type { Key } from "./origins.ts";
import { newRawMap } from "./raw.ts";
import type { RawList, RawMap, RawValue } from "./raw.ts";
import type { ReaderSinks } from "./reader-sinks.ts";
import type { Source } from "./source.ts";
import { plainValue } from "./yaml-scalar.ts";
import { APOSTROPHE, CLOSE_LIST, CLOSE_MAP, COMMA, DASH, GIVE_UP, HASH, LINE, OPEN_LIST, OPEN_MAP, PIPE, QUOTE, YamlScanner } from "./yaml-scanner.ts";

/** Tabs, carriage returns, control characters, and line breaks that only some see. */
const UNUSUAL = /[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ufeff\ufffe\uffff]/;

/** The value of the text; undefined where the text needs the other reader. */
export function readFast(source: Source, text: string, sinks: ReaderSinks): { readonly value: RawValue } | undefined {
  if (UNUSUAL.test(text)) return undefined;
  try {
    return { value: new FastReader(source, text, sinks).root() };
  } catch (error) {
    if (error === GIVE_UP) return undefined;
    throw error;
  }
}

class FastReader extends YamlScanner {
  readonly #source: Source;
  readonly #sinks: ReaderSinks;
  #depth = 0;

  constructor(source: Source, text: string, sinks: ReaderSinks) {
    super(text);
    this.#source = source;
    this.#sinks = sinks;
  }

  root(): RawValue {
    this.nextContent();
    if (this.indent === 0 && /^---(?:\s|$)/.test(this.text.slice(this.at, this.at + 4))) {
      this.at += 3;
      this.begun = true;
      this.endOfLine();
    }
    this.begun = true;
    if (this.indent < 0 || /^(?:---|\.\.\.)/.test(this.text.slice(this.at, this.at + 3))) throw GIVE_UP;
    const c = this.text.charCodeAt(this.at);
    const value = c === OPEN_MAP || c === OPEN_LIST ? this.#inline(-1, undefined, undefined) : this.#block(-1, undefined, undefined);
    if (this.indent >= 0) throw GIVE_UP;
    return value;
  }

  /** A map or list whose first line is the current one, indented deeper than `parentIndent`. */
  #block(parentIndent: number, parent: object | undefined, key: Key | undefined): RawValue {
    if (this.indent <= parentIndent) throw GIVE_UP;
    const c = this.text.charCodeAt(this.at);
    return c === DASH && this.isGap(this.at + 1) ? this.#list(this.indent, parent, key) : this.#map(this.indent, parent, key);
  }

  #map(indent: number, parent: object | undefined, key: Key | undefined): RawMap {
    if (++this.#depth > MAX_NESTING) throw GIVE_UP;
    const start = this.at;
    const map = newRawMap();
    const origin = new TextOrigin(this.#source, start, REST_OF_LINE, parent, key, "map");
    this.#sinks.origins.addText(map, origin);
    const names = origin.names as string[];
    const { places } = origin;
    do {
      const name = this.blockKey();
      const [keyStart, keyEnd] = [this.start, this.end];
      if (name in map) throw GIVE_UP;
      const value = this.#entryValue(indent, map, name);
      if (this.start < 0) [this.start, this.end] = [keyStart, keyEnd];
      names.push(name);
      places.push(keyStart, keyEnd, this.start, this.end);
      map[name] = value;
    } while (this.indent === indent);
    if (this.indent > indent) throw GIVE_UP;
    this.#depth--;
    this.start = start;
    this.end = REST_OF_LINE;
    return map;
  }

  /** What follows a key's colon, on its line or below it. */
  #entryValue(indent: number, map: RawMap, name: string): RawValue {
    this.skipSpaces();
    const c = this.text.charCodeAt(this.at);
    if (c !== LINE && c !== HASH && this.at < this.text.length) return this.#inline(indent, map, name);
    this.endOfLine();
    if (this.indent > indent) return this.#block(indent, map, name);
    if (this.indent === indent && this.text.charCodeAt(this.at) === DASH && this.isGap(this.at + 1)) return this.#list(indent, map, name);
    this.start = -1;
    return null;
  }

  /** A value that begins on the current line; the reader is on the next content afterwards. */
  #inline(indent: number, parent: object | undefined, key: Key | undefined): RawValue {
    const c = this.text.charCodeAt(this.at);
    if (c === PIPE) return this.literal(indent);
    const value = c === QUOTE || c === APOSTROPHE ? this.quoted(c) : c === OPEN_MAP || c === OPEN_LIST ? this.#flow(parent, key) : this.plain();
    const [start, end] = [this.start, this.end];
    this.endOfLine();
    if (this.indent > indent) throw GIVE_UP; // the scalar goes on, or a fault
    this.start = start;
    this.end = end;
    return value;
  }

  #list(indent: number, parent: object | undefined, key: Key | undefined): RawList {
    if (++this.#depth > MAX_NESTING) throw GIVE_UP;
    const start = this.at;
    const list: RawList = [];
    const origin = new TextOrigin(this.#source, start, REST_OF_LINE, parent, key, "list");
    this.#sinks.origins.addText(list, origin);
    const { places } = origin;
    while (this.indent === indent && this.text.charCodeAt(this.at) === DASH && this.isGap(this.at + 1)) {
      list.push(this.#item(indent, list, list.length));
      if (this.start < 0) [this.start, this.end] = [start, REST_OF_LINE];
      places.push(this.start, this.end);
    }
    if (this.indent > indent) throw GIVE_UP;
    this.#depth--;
    this.start = start;
    this.end = REST_OF_LINE;
    return list;
  }

  #item(indent: number, list: RawList, index: number): RawValue {
    const text = this.text;
    const dash = this.at++;
    this.skipSpaces();
    const c = text.charCodeAt(this.at);
    if (c === LINE || c === HASH || this.at >= text.length) {
      this.endOfLine();
      if (this.indent > indent) return this.#block(indent, list, index);
      this.start = -1;
      return null;
    }
    const column = indent + this.at - dash;
    if (c === DASH && this.isGap(this.at + 1)) {
      this.indent = column;
      return this.#list(column, list, index);
    }
    if (!this.isKey(c)) return this.#inline(indent, list, index);
    this.indent = column;
    return this.#map(column, list, index);
  }

  #flow(parent: object | undefined, key: Key | undefined): RawValue {
    return this.text.charCodeAt(this.at) === OPEN_MAP ? this.#flowMap(parent, key) : this.#flowList(parent, key);
  }

  #flowMap(parent: object | undefined, key: Key | undefined): RawMap {
    if (++this.#depth > MAX_NESTING) throw GIVE_UP;
    const start = this.at++;
    const map = newRawMap();
    const origin = new TextOrigin(this.#source, start, start, parent, key, "map");
    this.#sinks.origins.addText(map, origin);
    const names = origin.names as string[];
    for (let more = !this.closes(CLOSE_MAP); more; more = this.comma(CLOSE_MAP)) {
      const name = this.flowKey();
      const [keyStart, keyEnd] = [this.start, this.end];
      if (name in map) throw GIVE_UP;
      this.gap();
      const value = this.#flowValue(map, name);
      names.push(name);
      origin.places.push(keyStart, keyEnd, this.start, this.end);
      map[name] = value;
    }
    this.#leave(origin, start);
    return map;
  }

  #flowList(parent: object | undefined, key: Key | undefined): RawList {
    if (++this.#depth > MAX_NESTING) throw GIVE_UP;
    const start = this.at++;
    const list: RawList = [];
    const origin = new TextOrigin(this.#source, start, start, parent, key, "list");
    this.#sinks.origins.addText(list, origin);
    for (let more = !this.closes(CLOSE_LIST); more; more = this.comma(CLOSE_LIST)) {
      list.push(this.#flowValue(list, list.length));
      origin.places.push(this.start, this.end);
    }
    this.#leave(origin, start);
    return list;
  }

  #leave(origin: TextOrigin, start: number): void {
    this.#depth--;
    origin.end = this.at;
    this.start = start;
    this.end = this.at;
  }

  #flowValue(parent: object, key: Key): RawValue {
    const c = this.text.charCodeAt(this.at);
    if (c === OPEN_MAP || c === OPEN_LIST) return this.#flow(parent, key);
    const isQuoted = c === QUOTE || c === APOSTROPHE;
    const value = isQuoted ? this.quoted(c) : plainValue(this.flowPlain(false));
    const [start, end] = [this.start, this.end];
    this.gap();
    const next = this.text.charCodeAt(this.at);
    if (next !== COMMA && next !== CLOSE_LIST && next !== CLOSE_MAP) throw GIVE_UP;
    this.start = start;
    this.end = end;
    return value;
  }
}
