import { COLLECTION_STYLE, EVENT_ID, SCALAR_STYLE } from "js-yaml";
import type { AliasEvent, Event, MappingEvent, ScalarEvent, SequenceEvent } from "js-yaml";
import { MAX_NESTING } from "./nesting.ts";
import { REST_OF_LINE, TextOrigin } from "./origins.ts";
import type { Key } from "./origins.ts";
import { newRawMap } from "./raw.ts";
import type { RawList, RawMap, RawValue } from "./raw.ts";
import type { ReaderSinks } from "./reader-sinks.ts";
import type { Source } from "./source.ts";
import { TextError } from "./text-error.ts";
import { bindAliases } from "./yaml-anchors.ts";
import { firstEnd } from "./yaml-documents.ts";
import { readFast } from "./yaml-fast-reader.ts";
import { yamlEvents } from "./yaml-events.ts";
import { blocksAround, withoutBlock } from "./yaml-recovery.ts";
import { keyText, scalarValue } from "./yaml-scalar.ts";

/** Reads the first document of `source` as Envoy does. Throws TextError where it cannot be read on, unless the sinks recover. */
export function readYaml(source: Source, sinks: ReaderSinks): RawValue {
  const text = source.text.slice(0, firstEnd(source.text));
  return sinks.recover === undefined ? fold(source, text, sinks) : readOn(source, text, sinks, sinks.recover);
}

function fold(source: Source, text: string, sinks: ReaderSinks): RawValue {
  const usual = readFast(source, text, sinks);
  return usual === undefined ? readByEvents(source, text, sinks) : usual.value;
}

/** The value of any text, by way of the events of js-yaml. */
export function readByEvents(source: Source, text: string, sinks: ReaderSinks): RawValue {
  const events = yamlEvents(text);
  return events.length < 2 ? null : new Fold(source, events, sinks).root();
}

/** Reads what can be read, with every error reported. */
function readOn(source: Source, given: string, sinks: ReaderSinks, recover: (error: TextError) => boolean): RawValue {
  let text = given;
  for (let failed = attempt(source, text, sinks); ; failed = attempt(source, text, sinks)) {
    if (!(failed instanceof TextError)) return failed.value;
    if (!recover(failed)) throw failed;
    const rest = withoutFault(source, text, failed, sinks);
    if (rest === undefined) throw failed;
    text = rest;
  }
}

/** The text without the smallest block that lets the reading go on behind it; undefined if nothing is left. */
function withoutFault(source: Source, text: string, { start }: TextError, sinks: ReaderSinks): string | undefined {
  const blocks = blocksAround(text, start);
  for (const [index, block] of blocks.entries()) {
    const rest = withoutBlock(text, block);
    if (rest.trim() === "") return undefined;
    const again = attempt(source, rest, sinks);
    if (!(again instanceof TextError) || again.start >= block.end || again.start < block.start || index === blocks.length - 1) return rest;
  }
  return undefined;
}

function attempt(source: Source, text: string, sinks: ReaderSinks): { readonly value: RawValue } | TextError {
  try {
    return { value: fold(source, text, sinks) };
  } catch (error) {
    if (error instanceof TextError) return error;
    throw error;
  }
}

/**
 * Folds the flat list of events into values. Reading an alias jumps back to the anchored event and makes everything
 * anew, so that each use is its own object with its own path.
 */
class Fold {
  readonly #source: Source;
  readonly #text: string;
  readonly #events: readonly Event[];
  readonly #sinks: ReaderSinks;
  readonly #targets: ReadonlyMap<number, number>;
  #next = 1;
  #depth = 0;
  #aliasDepth = 0;
  #repeats = 0;
  #aliasNodes = 0;
  /** The alias being read that is not itself within an alias. */
  #outerAlias: AliasEvent | undefined;
  /** Where the value just read stands. */
  #start = 0;
  #end = 0;

  constructor(source: Source, events: readonly Event[], sinks: ReaderSinks) {
    this.#source = source;
    this.#text = source.text;
    this.#events = events;
    this.#sinks = sinks;
    this.#targets = bindAliases(source.text, events);
  }

  root(): RawValue {
    return this.#node(undefined, undefined);
  }

  #node(parent: object | undefined, key: Key | undefined): RawValue {
    const index = this.#next++;
    const event = this.#events[index];
    if (event === undefined) return null;
    if (this.#aliasDepth > 0) this.#aliasNodes++;
    switch (event.type) {
      case EVENT_ID.SCALAR: return this.#scalar(event);
      case EVENT_ID.MAPPING: return this.#map(event, parent, key);
      case EVENT_ID.SEQUENCE: return this.#list(event, parent, key);
      case EVENT_ID.ALIAS: return this.#alias(event, index, parent, key);
      default: return null;
    }
  }

  #scalar(event: ScalarEvent): RawValue {
    this.#setScalarPlace(event);
    if (event.style === SCALAR_STYLE.DOUBLE_QUOTED && !event.fast) this.#checkEscapes(event);
    return scalarValue(this.#text, event);
  }

  #setScalarPlace(event: ScalarEvent): void {
    const { style, valueStart, valueEnd } = event;
    if (valueStart < 0) {
      // an absent value stands where its tag or anchor ends, or nowhere
      this.#start = this.#end = Math.max(event.tagEnd, event.anchorEnd);
    } else if (style === SCALAR_STYLE.PLAIN) {
      this.#start = valueStart;
      this.#end = valueEnd;
    } else if (style === SCALAR_STYLE.SINGLE_QUOTED || style === SCALAR_STYLE.DOUBLE_QUOTED) {
      this.#start = valueStart - 1;
      this.#end = valueEnd + 1;
    } else {
      this.#start = firstContent(this.#text, valueStart, valueEnd);
      this.#end = REST_OF_LINE;
    }
  }

  /** yaml-cpp refuses half a character; two halves do not make a whole one for it. */
  #checkEscapes(event: ScalarEvent): void {
    const written = this.#text.slice(event.valueStart, event.valueEnd);
    const surrogate = /(?<!\\)(?:\\\\)*(\\[uU](?:0000)?[dD][89a-fA-F][0-9a-fA-F]{2})/.exec(written);
    if (surrogate === null) return;
    const start = event.valueStart + surrogate.index + surrogate[0].length - (surrogate[1] ?? "").length;
    throw new TextError("LGT0113", start, start + (surrogate[1] ?? "").length, "An escape names half of a surrogate pair.", {
      fix: "Write the character itself, or one escape \\UXXXXXXXX with its code point.",
    });
  }

  #map(event: MappingEvent, parent: object | undefined, key: Key | undefined): RawMap {
    this.#enter(event.start);
    const map = newRawMap();
    const origin = new TextOrigin(this.#source, event.start, REST_OF_LINE, parent, key, "map");
    this.#sinks.origins.addText(map, origin);
    for (let at = this.#events[this.#next]; at !== undefined && at.type !== EVENT_ID.POP; at = this.#events[this.#next]) this.#entry(map, origin, at);
    this.#leave(event, origin, "}");
    return map;
  }

  #entry(map: RawMap, origin: TextOrigin, keyEvent: Event): void {
    const name = this.#key(keyEvent);
    const [keyStart, keyEnd] = [this.#start, this.#end];
    if (isIgnored(this.#text, keyEvent)) return this.#skip();
    const names = origin.names as string[];
    if (name in map) this.#reportRepeated(map, origin, name);
    const value = this.#node(map, name);
    if (this.#start < 0) [this.#start, this.#end] = [keyStart, keyEnd];
    names.push(name);
    origin.places.push(keyStart, keyEnd, this.#start, this.#end);
    map[name] = value;
  }

  #key(event: Event): string {
    const index = this.#next++;
    if (event.type === EVENT_ID.SCALAR) {
      this.#setScalarPlace(event);
      return keyText(this.#text, event);
    }
    const start = event.type === EVENT_ID.ALIAS ? event.anchorStart - 1 : "start" in event ? event.start : 0;
    const target = this.#events[this.#targets.get(index) ?? -1];
    if (event.type === EVENT_ID.ALIAS && target?.type === EVENT_ID.SCALAR) {
      this.#start = start;
      this.#end = event.anchorEnd;
      return keyText(this.#text, target);
    }
    throw new TextError("LGT0109", start, start + 1, "A map or list cannot be a key.", { fix: "If braces are meant as text (a template's placeholder, say), put the whole value in quotes." });
  }

  #reportRepeated(map: RawMap, origin: TextOrigin, name: string): void {
    if (++this.#repeats > MAX_REPEATS) return;
    const first = (origin.names as string[]).indexOf(name) * 4;
    const { origins, diagnostics } = this.#sinks;
    const place = origins.mark(this.#source, origin.places[first] ?? 0, origin.places[first + 1] ?? 0);
    origins.addRepeated(map, name);
    diagnostics.report({
      code: "LGT0106", at: map, key: name, on: "key", message: `The key "${name}" is given more than once; this one counts, the others are ignored.`,
      related: [{ at: place, message: "also given here" }],
    });
  }

  #list(event: SequenceEvent, parent: object | undefined, key: Key | undefined): RawList {
    this.#enter(event.start);
    const list: RawList = [];
    const origin = new TextOrigin(this.#source, event.start, REST_OF_LINE, parent, key, "list");
    this.#sinks.origins.addText(list, origin);
    for (let at = this.#events[this.#next]; at !== undefined && at.type !== EVENT_ID.POP; at = this.#events[this.#next]) {
      list.push(this.#node(list, list.length));
      if (this.#start < 0) [this.#start, this.#end] = [event.start, REST_OF_LINE];
      origin.places.push(this.#start, this.#end);
    }
    this.#leave(event, origin, "]");
    return list;
  }

  #enter(start: number): void {
    if (++this.#depth <= MAX_NESTING) return;
    throw new TextError("LGT0104", start, start + 1, `The document is nested deeper than ${MAX_NESTING} levels.`);
  }

  /** Steps over the closing event and finds out where the container ends. */
  #leave(event: MappingEvent | SequenceEvent, origin: TextOrigin, bracket: string): void {
    this.#next++;
    this.#depth--;
    if (event.style === COLLECTION_STYLE.FLOW) {
      const last = origin.places.at(-1) ?? event.start;
      origin.end = last === REST_OF_LINE ? last : Math.max(this.#text.indexOf(bracket, last) + 1, last);
    }
    this.#start = event.start;
    this.#end = origin.end;
  }

  #alias(event: AliasEvent, index: number, parent: object | undefined, key: Key | undefined): RawValue {
    const resume = this.#next;
    this.#next = this.#targets.get(index) ?? resume;
    if (this.#aliasDepth++ === 0) this.#outerAlias = event;
    const value = this.#node(parent, key);
    this.#aliasDepth--;
    this.#next = resume;
    this.#start = event.anchorStart - 1;
    this.#end = event.anchorEnd;
    if (this.#aliasNodes > this.#sinks.maxAliasNodes) {
      const { anchorStart, anchorEnd } = this.#outerAlias ?? event;
      throw new TextError("LGT0105", anchorStart - 1, anchorEnd, `The aliases of this document expand to more than ${this.#sinks.maxAliasNodes} values.`);
    }
    return value;
  }

  /** Steps over one node without making anything. */
  #skip(): void {
    let open = 0;
    do {
      const type = this.#events[this.#next++]?.type;
      if (type === EVENT_ID.MAPPING || type === EVENT_ID.SEQUENCE) open++;
      else if (type === EVENT_ID.POP) open--;
    } while (open > 0 && this.#next < this.#events.length);
  }
}

/** More repeated keys are not reported, since finding where a key stood first takes time. */
const MAX_REPEATS = 1000;

function isIgnored(text: string, event: Event): boolean {
  if (event.type !== EVENT_ID.SCALAR || event.tagStart < 0) return false;
  const tag = text.slice(event.tagStart, event.tagEnd);
  return tag === "!ignore" || tag === "!<!ignore>";
}

function firstContent(text: string, start: number, end: number): number {
  let at = start;
  while (at < end && text.charCodeAt(at) <= 32) at++;
  return at < end ? at : start;
}
