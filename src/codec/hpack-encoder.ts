/**
 * The sending half of HPACK: header blocks in, bytes out. The dynamic table holds only values that come again on a connection
 * (never paths, dates, lengths or ids); texts go out as they are, unless Huffman coding is asked for: it costs more than it saves.
 */
import type { Buffer } from "node:buffer";
import { REMOVED, type HeaderBlock } from "../http/header-block.ts";
import { writeLatin1 } from "../http/latin1.ts";
import * as N from "../http/names.ts";
import { ENTRY_OVERHEAD } from "./hpack-field.ts";
import { encodeHuffman, huffmanLength } from "./hpack-huffman.ts";
import { STATIC_COUNT, STATIC_FIELDS, STATIC_NAMES } from "./hpack-static.ts";

/** A header whose value changed this often without ever coming twice is not put into the table any more. */
const PATIENCE = 4;
/** How a header is written, by its id: in the way of all, never kept, never kept anywhere (a secret). */
const MANNERS = new Uint8Array(N.newestId() + 1);
const CHANGING = 1;
const SECRET = 2;
for (const id of [
  N.PATH, N.DATE, N.ETAG, N.CONTENT_LENGTH, N.CONTENT_RANGE, N.LAST_MODIFIED, N.LOCATION, N.IF_NONE_MATCH, N.IF_MODIFIED_SINCE,
  N.X_REQUEST_ID, N.X_ENVOY_UPSTREAM_SERVICE_TIME, N.X_ENVOY_EXPECTED_RQ_TIMEOUT_MS, N.SET_COOKIE, N.GRPC_TIMEOUT,
]) MANNERS[id] = CHANGING;
// Where a guess could be confirmed by the length of a block (RFC 7541 7.1).
for (const id of [N.AUTHORIZATION, N.COOKIE, N.PROXY_AUTHORIZATION]) MANNERS[id] = SECRET;
/** The lowest static index of each name, by its id; of names without an id it is in STATIC_NAMES. */
const STATIC_OF = new Uint8Array(N.newestId() + 1);
for (const [name, index] of STATIC_NAMES) STATIC_OF[name === "host" ? N.HOST : N.knownId(name)] = index;
STATIC_OF[0] = 0;
const LARGEST = 512;
/** `accept-encoding: gzip, deflate`; the static fields after it are names. */
const LAST_WITH_VALUE = 16;
/** Of a request that came by HTTP/1. */
const OWN_ORDER: readonly number[] = [N.AUTHORITY, N.PATH, N.METHOD, N.SCHEME, N.PROTOCOL];

interface Kept {
  readonly name: string;
  value: string;
  /** The number of the entry, counted up over the life of the table; -1: not in the table. */
  entry: number;
  missed: number;
}

export class HpackEncoder {
  readonly #huffman: boolean;
  readonly #most: number;
  #capacity: number;
  #size = 0;
  /** Entries, oldest first; their numbers begin at `#evicted`. */
  #entries: Kept[] = [];
  #sizes: number[] = [];
  #evicted = 0;
  readonly #byId: (Kept | undefined)[] = [];
  readonly #byName = new Map<string, Kept>();
  /** The smallest size chosen since the last block, -1: unchanged. */
  #resized = -1;

  /** `tableSize`: the most bytes of the table, whatever the peer allows (up to 4096 until it says so). */
  constructor(tableSize: number, huffman: boolean) {
    this.#most = tableSize;
    this.#huffman = huffman;
    this.#capacity = Math.min(tableSize, 4096);
    if (this.#capacity < 4096) this.#resized = this.#capacity;
  }

  /** The peer's SETTINGS_HEADER_TABLE_SIZE. */
  allow(size: number): void {
    const capacity = Math.min(size, this.#most);
    if (capacity === this.#capacity) return;
    this.#resized = this.#resized < 0 ? capacity : Math.min(this.#resized, capacity);
    this.#capacity = capacity;
    this.#evict(0);
  }

  /** The most bytes that `encode` can take. */
  room(head: HeaderBlock): number {
    return head.byteSize() + 16 * (head.lines + 8) + 16;
  }

  /** Writes the block at `at`; returns the position after it. The caller has made room. */
  encode(head: HeaderBlock, out: Buffer, at: number): number {
    if (this.#resized >= 0) at = this.#announce(out, at);
    const { kind } = head;
    if (head.status !== 0 && kind === N.RESPONSE) at = this.#field(N.STATUS, ":status", String(head.status), out, at);
    if (kind === N.REQUEST) at = this.#request(head, out, at);
    const { ids, lines } = head;
    for (let i = 0; i < lines; i++) {
      const id = ids[i] as number;
      if (id !== REMOVED) at = this.#field(id, head.nameAt(i), head.valueAt(i), out, at);
    }
    return at;
  }

  /** Pseudo headers in the order in which they came, and the others after them, as Envoy keeps them. */
  #request(head: HeaderBlock, out: Buffer, at: number): number {
    let written = 0;
    for (let order = head.fieldOrder; order > 0; order >>>= 4) {
      at = this.#pseudo(order & 15, head, out, at);
      written |= 1 << (order & 15);
    }
    for (const id of OWN_ORDER) if ((written & (1 << id)) === 0) at = this.#pseudo(id, head, out, at);
    return at;
  }

  #pseudo(id: number, head: HeaderBlock, out: Buffer, at: number): number {
    const value = head.get(id);
    return value === null ? at : this.#field(id, N.nameOf(id), value, out, at);
  }

  #announce(out: Buffer, at: number): number {
    if (this.#resized < this.#capacity) at = integer(out, at, 5, 0x20, this.#resized);
    this.#resized = -1;
    return integer(out, at, 5, 0x20, this.#capacity);
  }

  #field(id: number, name: string, value: string, out: Buffer, at: number): number {
    const index = id > 0 ? (STATIC_OF[id] ?? 0) : (STATIC_NAMES.get(name) ?? 0);
    if (index > 0 && index <= LAST_WITH_VALUE) {
      const whole = staticIndex(index, name, value);
      if (whole !== 0) return integer(out, at, 7, 0x80, whole);
    }
    const manner = MANNERS[id] ?? 0;
    if (manner !== 0) return this.#literal(manner === SECRET ? 0x10 : 0, index, name, value, out, at);
    const kept = this.#keptOf(id, name);
    const known = kept.entry >= this.#evicted;
    if (known && kept.value === value) {
      kept.missed = 0;
      return integer(out, at, 7, 0x80, this.#indexOf(kept));
    }
    const named = index !== 0 ? index : known ? this.#indexOf(kept) : 0;
    if (!this.#worth(kept, name, value)) return this.#literal(0, named, name, value, out, at);
    at = this.#literal(0x40, named, name, value, out, at);
    this.#insert(kept, name, value);
    return at;
  }

  #indexOf(kept: Kept): number {
    return STATIC_COUNT + this.#evicted + this.#entries.length - kept.entry;
  }

  /** What is known of a name. Names that nobody has mentioned are remembered only up to a number: a peer chooses them. */
  #keptOf(id: number, name: string): Kept {
    let kept = id > 0 ? this.#byId[id] : this.#byName.get(name);
    if (kept !== undefined) return kept;
    kept = { name, value: "", entry: -1, missed: 0 };
    if (id > 0) this.#byId[id] = kept;
    else if (this.#byName.size < 64) this.#byName.set(name, kept);
    else kept.missed = PATIENCE;
    return kept;
  }

  #worth(kept: Kept, name: string, value: string): boolean {
    const size = name.length + value.length + ENTRY_OVERHEAD;
    return kept.missed < PATIENCE && size <= LARGEST && size <= this.#capacity;
  }

  #insert(kept: Kept, name: string, value: string): void {
    const size = name.length + value.length + ENTRY_OVERHEAD;
    this.#evict(size);
    kept.entry = this.#evicted + this.#entries.length;
    kept.value = value;
    kept.missed++;
    this.#entries.push(kept);
    this.#sizes.push(size);
    this.#size += size;
  }

  #evict(room: number): void {
    let gone = 0;
    while (gone < this.#sizes.length && this.#size + room > this.#capacity) this.#size -= this.#sizes[gone++] as number;
    if (gone === 0) return;
    this.#entries = this.#entries.slice(gone);
    this.#sizes = this.#sizes.slice(gone);
    this.#evicted += gone;
  }

  #literal(form: number, index: number, name: string, value: string, out: Buffer, at: number): number {
    at = integer(out, at, form === 0x40 ? 6 : 4, form, index);
    if (index === 0) at = this.#text(name, out, at);
    return this.#text(value, out, at);
  }

  #text(text: string, out: Buffer, at: number): number {
    if (this.#huffman) {
      const coded = huffmanLength(text);
      if (coded < text.length) return encodeHuffman(text, out, integer(out, at, 7, 0x80, coded));
    }
    return writeLatin1(out, text, integer(out, at, 7, 0, text.length));
  }
}

/** The index of a whole static field, 0 if there is none of that value. */
function staticIndex(first: number, name: string, value: string): number {
  for (let i = first; i <= LAST_WITH_VALUE; i++) {
    const field = STATIC_FIELDS[i - 1];
    if (field?.name !== name) return 0;
    if (field.value === value && value !== "") return i;
  }
  return 0;
}

/** Writes an integer with a prefix of `bits` (RFC 7541 5.1), the bits before it from `form`. */
function integer(out: Buffer, at: number, bits: number, form: number, value: number): number {
  const mask = (1 << bits) - 1;
  if (value < mask) {
    out[at++] = form | value;
    return at;
  }
  out[at++] = form | mask;
  let rest = value - mask;
  while (rest >= 0x80) {
    out[at++] = (rest & 0x7f) | 0x80;
    rest = Math.floor(rest / 128);
  }
  out[at++] = rest;
  return at;
}
