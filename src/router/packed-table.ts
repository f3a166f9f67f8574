/**
 * A route table in one piece of shared memory, made once and mapped by every worker. A worker parses the table's own fields and its domains
 * when it opens it, a virtual host and a route when they are first hit: opening takes no time that grows with the routes, and another worker
 * costs no memory for what it does not hit.
 *
 *     number of hosts; place and length of the texts of the table, of its domains and of bodies from outside; then for each host
 *         place and length of its text, place of its routes' places (one more than routes), number of routes, place and length of each part of its index
 *     then all of these, each aligned to 4 bytes; texts are JSON in UTF-8
 */
import { Buffer } from "node:buffer";
import type { Route as RouteMessage, RouteConfiguration, VirtualHost as VirtualHostMessage } from "../schema/generated/envoy/config/route/v3.ts";
import { type Bodies, gatherBodies, gatheredSources } from "./direct-bodies.ts";
import { type BodySources, NO_SOURCES } from "./direct-response.ts";
import type { RouteIndexArrays } from "./route-index.ts";
import { type HostSource, MessageTable, type TableSource } from "./table-source.ts";

const INTS = ["trie", "foldedTrie", "finder", "lists", "pathless", "offsets"] as const;
const PARTS = INTS.length + 1;
const TABLE_WORDS = 7;
const HOST_WORDS = 4 + 2 * PARTS;

const aligned = (bytes: number): number => (bytes + 3) & ~3;

/** Pieces one behind the other, and where each begins. */
class Pieces {
  private readonly pieces: { readonly bytes: Uint8Array; readonly at: number }[] = [];
  length: number;

  constructor(start: number) {
    this.length = start;
  }

  add(bytes: Uint8Array): readonly [number, number] {
    const at = this.length;
    this.pieces.push({ bytes, at });
    this.length += aligned(bytes.byteLength);
    return [at, bytes.byteLength];
  }

  addText(message: object): readonly [number, number] {
    return this.add(Buffer.from(JSON.stringify(message), "utf8"));
  }

  writeTo(memory: SharedArrayBuffer): void {
    const all = new Uint8Array(memory);
    for (const { bytes, at } of this.pieces) all.set(bytes, at);
  }
}

function asBytes(array: Int32Array): Uint8Array {
  return new Uint8Array(array.buffer, array.byteOffset, array.byteLength);
}

function packHost(source: HostSource, pieces: Pieces): number[] {
  const { routes: _, ...own } = source.message;
  const text = pieces.addText(own);
  const texts = Array.from({ length: source.count }, (_route, id) => Buffer.from(JSON.stringify(source.route(id)), "utf8"));
  const offsets = new Int32Array(texts.length + 1);
  for (const [i, route] of texts.entries()) offsets[i + 1] = (offsets[i] as number) + route.byteLength;
  const [start] = pieces.add(Buffer.concat(texts));
  const [places] = pieces.add(asBytes(offsets.map((offset) => offset + start)));
  const index = source.index();
  return [...text, places, source.count, ...INTS.flatMap((part) => pieces.add(asBytes(index[part]))), ...pieces.add(index.bytes)];
}

/** Packs a table, builds its indexes and reads the bodies that it names. */
export function packTable(config: RouteConfiguration, sources: BodySources = NO_SOURCES): SharedArrayBuffer {
  const source = new MessageTable(config);
  const pieces = new Pieces((TABLE_WORDS + source.count * HOST_WORDS) * 4);
  const { virtual_hosts: _, ...own } = config;
  const words = [source.count, ...pieces.addText(own), ...pieces.addText(source.domains()), ...pieces.addText(gatherBodies(config, sources))];
  for (let i = 0; i < source.count; i++) for (const word of packHost(source.host(i), pieces)) words.push(word);
  const memory = new SharedArrayBuffer(pieces.length);
  new Int32Array(memory).set(words);
  pieces.writeTo(memory);
  return memory;
}

/** A packed table as it is opened. */
export class PackedTable implements TableSource {
  readonly message: RouteConfiguration;
  readonly count: number;
  readonly bodies: BodySources;
  private readonly words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.words = new Int32Array(memory);
    this.count = this.words[0] as number;
    this.message = parsed(memory, this.words[1] as number, this.words[2] as number) as RouteConfiguration;
    this.bodies = gatheredSources(parsed(memory, this.words[5] as number, this.words[6] as number) as Bodies);
  }

  domains(): readonly (readonly string[])[] {
    return parsed(this.words.buffer, this.words[3] as number, this.words[4] as number) as string[][];
  }

  host(id: number): HostSource {
    return new PackedHost(this.words, TABLE_WORDS + id * HOST_WORDS);
  }
}

class PackedHost implements HostSource {
  readonly message: VirtualHostMessage;
  readonly count: number;
  private readonly words: Int32Array;
  private readonly at: number;

  constructor(words: Int32Array, at: number) {
    this.words = words;
    this.at = at;
    this.message = parsed(words.buffer, words[at] as number, words[at + 1] as number) as VirtualHostMessage;
    this.count = words[at + 3] as number;
  }

  route(id: number): RouteMessage {
    const place = (this.words[this.at + 2] as number) / 4 + id;
    const [start, end] = [this.words[place] as number, this.words[place + 1] as number];
    return parsed(this.words.buffer, start, end - start) as RouteMessage;
  }

  index(): RouteIndexArrays {
    const [trie, foldedTrie, finder, lists, pathless, offsets] = INTS.map((_part, i) => this.ints(i)) as [Int32Array, Int32Array, Int32Array, Int32Array, Int32Array, Int32Array];
    const [start, length] = this.part(INTS.length);
    return { trie, foldedTrie, finder, lists, pathless, offsets, bytes: new Uint8Array(this.words.buffer, start, length) };
  }

  private part(i: number): readonly [number, number] {
    const at = this.at + 4 + 2 * i;
    return [this.words[at] as number, this.words[at + 1] as number];
  }

  private ints(i: number): Int32Array {
    const [start, length] = this.part(i);
    return new Int32Array(this.words.buffer, start, length / 4);
  }
}

function parsed(memory: ArrayBufferLike, start: number, length: number): unknown {
  return JSON.parse(Buffer.from(memory, start, length).toString("utf8"));
}
