/**
 * The headers of one message, or its trailers: the received bytes, where each line lies in them, and the ids of the names.
 *
 *     bytes     GET / HTTP/1.1\r\nhost: a\r\naccept: text/html\r\nx-y:  1 \r\n\r\n      (names lower-cased in place)
 *     ids                                  [ACCEPT,             0 (not in the table)]
 *     offsets                              [name, end, value, end,   ...            ]   four to a line
 *     states                               [RAW,                LOOSE]
 *     values                               [null: not yet read, null]
 *
 * A value becomes a string when it is first read. A line that was changed or added is SET: its value is in `values`, and
 * its name, where the table does not know it, in `names` (or still in `bytes`). A removed line has the id REMOVED.
 * Values are latin1 strings, one char a byte; names are lower case. Blocks are pooled: keep none past the access log.
 */
import { Buffer } from "node:buffer";
import { latin1 } from "./latin1.ts";
import type { NameFormat } from "./name-format.ts";
import { AUTHORITY, delimiterOf, HOST, isInline, knownId, nameOf, newestId, PROTOCOL, REQUEST, RESPONSE, type BlockKind } from "./names.ts";
import { FIELD_ORDER, PseudoHeaders } from "./pseudo-headers.ts";

/** The line stands in `bytes` as it goes out: `name: value CR LF`. */
export const RAW = 0;
/** The line stands in `bytes`, but with other white space or line end. */
export const LOOSE = 1;
/** The value is in `values`. */
export const SET = 2;
/** The id of a line that was removed. */
export const REMOVED = -1;

const NONE = Buffer.alloc(0);
/** Room at first. */
const LINES = 64;

function nulls(length: number): (string | null)[] {
  return Array.from({ length }, () => null);
}

export class HeaderBlock extends PseudoHeaders {
  /** For codecs and the serialiser only. `lines` counts removed ones too; `newest` is the newest name when the lines were read. */
  bytes: Buffer = NONE;
  lines = 0;
  ids = new Int32Array(LINES);
  offsets = new Int32Array(LINES * 4);
  states = new Uint8Array(LINES);
  /** As long as `ids`; null beyond `lines`. */
  values: (string | null)[] = nulls(LINES);
  names: (string | null)[] = nulls(LINES);
  newest = newestId();
  /** Bit `id & 31` is set if a line with that id was ever there: most lookups are for headers that are not. */
  #seen = 0;
  /** How a preserve_case formatter writes the names; goes with the block from the codec that read it to the one that writes it. */
  format: NameFormat | undefined = undefined;
  /** In the pool's hands. */
  pooled = false;

  /** A block of these entries; `:name`s fill the fields, repeated inline headers are joined. With a `:status` it is a response's. */
  static of(entries: readonly (readonly [string, string])[], kind?: BlockKind): HeaderBlock {
    const block = new HeaderBlock();
    block.kind = kind ?? (entries.some(([name]) => name === ":status") ? RESPONSE : REQUEST);
    for (const [name, value] of entries) block.addNamed(name.toLowerCase(), value);
    return block;
  }

  /** The first value of a header, null if there is none. */
  get(id: number): string | null {
    if (id <= PROTOCOL && this.isField(id)) return this.field(id);
    const line = this.#find(id);
    return line < 0 ? null : this.valueAt(line);
  }

  /** The value of each line. */
  getAll(id: number): string[] {
    if (id <= PROTOCOL && this.isField(id)) {
      const field = this.field(id);
      return field === null ? [] : [field];
    }
    const found: string[] = [];
    for (let i = this.#find(id); i >= 0; i = this.#next(id, i + 1)) found.push(this.valueAt(i));
    return found;
  }

  /** The lines joined with a comma, null if there is none. */
  joined(id: number): string | null {
    const first = this.get(id);
    if (first === null || id <= PROTOCOL) return first;
    let all = first;
    for (let i = this.#next(id, this.#find(id) + 1); i >= 0; i = this.#next(id, i + 1)) all += `,${this.valueAt(i)}`;
    return all;
  }

  has(id: number): boolean {
    if (id <= PROTOCOL && this.isField(id)) return this.field(id) !== null;
    return this.#find(id) >= 0;
  }

  /** Whether the first line says exactly this; makes no string of it. Not for pseudo headers. */
  says(id: number, value: string): boolean {
    const line = this.#find(id);
    if (line < 0) return false;
    const known = this.values[line];
    if (known !== null && known !== undefined) return known === value;
    const start = this.offsets[line * 4 + 2] as number;
    if ((this.offsets[line * 4 + 3] as number) - start !== value.length) return false;
    for (let i = 0; i < value.length; i++) if (this.bytes[start + i] !== value.charCodeAt(i)) return false;
    return true;
  }

  /** The number of lines. */
  count(id: number): number {
    if (id <= PROTOCOL && this.isField(id)) return this.field(id) === null ? 0 : 1;
    let n = 0;
    for (let i = this.#find(id); i >= 0; i = this.#next(id, i + 1)) n++;
    return n;
  }

  /** Gives a header this value alone: the first line keeps its place, the others go; without one, a line is added. */
  set(id: number, value: string): void {
    if (id <= PROTOCOL && this.isField(id)) return this.setField(id, value);
    const first = this.#find(id);
    if (first < 0) return this.#push(id, null, value);
    this.setValueAt(first, value);
    for (let i = this.#next(id, first + 1); i >= 0; i = this.#next(id, i + 1)) this.ids[i] = REMOVED;
  }

  /** As `set`, but at the end of the lines: Envoy's setCopy, which header mutations of routes use. */
  replace(id: number, value: string): void {
    this.remove(id);
    this.append(id, value);
  }

  setIfAbsent(id: number, value: string): void {
    if (!this.has(id)) this.set(id, value);
  }

  /** Adds a line at the end, even for an inline header. */
  add(id: number, value: string): void {
    if (id <= PROTOCOL && this.isField(id)) return this.setField(id, value);
    this.#push(id, null, value);
  }

  /** Envoy's addCopy and addReferenceKey: joins the value onto an inline header that is there, otherwise adds a line. */
  append(id: number, value: string): void {
    if (isInline(id, this.kind)) this.appendAny(id, value);
    else this.add(id, value);
  }

  /** Envoy's appendCopy: joins the value onto the first line of any header, otherwise adds a line. */
  appendAny(id: number, value: string): void {
    const old = this.get(id);
    if (old === null) return this.add(id, value);
    if (value === "") return;
    const text = old === "" ? value : old + delimiterOf(id) + value;
    if (id <= PROTOCOL && this.isField(id)) this.setField(id, text);
    else this.setValueAt(this.#find(id), text);
  }

  /** Removes a header. Returns the number of lines that went. */
  remove(id: number): number {
    let n = 0;
    if (id <= PROTOCOL && this.isField(id)) {
      n = this.count(id);
      this.setField(id, null);
    } else for (let i = this.#find(id); i >= 0; i = this.#next(id, i + 1), n++) this.ids[i] = REMOVED;
    return n;
  }

  /** Removes the lines (not the pseudo headers) whose name begins so. Returns their number. */
  removePrefix(prefix: string): number {
    return this.removeIf((name) => name.startsWith(prefix));
  }

  /** Removes the lines (not the pseudo headers) for which `test` holds. Returns their number. */
  removeIf(test: (name: string, id: number, line: number) => boolean): number {
    let n = 0;
    for (let i = 0; i < this.lines; i++) {
      const id = this.ids[i] as number;
      if (id === REMOVED || !test(this.nameAt(i), id, i)) continue;
      this.ids[i] = REMOVED;
      n++;
    }
    return n;
  }

  /** As `get`, by a lower-case name that only run time knows. */
  getNamed(name: string): string | null {
    const id = knownId(name);
    if (id !== 0) return this.get(id);
    const line = this.#findNamed(name, 0);
    return line < 0 ? null : this.valueAt(line);
  }

  /** As `append`, by a lower-case name that only run time knows (a peer's, a script's): the name does not enter the table. */
  addNamed(name: string, value: string): void {
    const id = knownId(name);
    if (id !== 0) this.append(id, value);
    else this.#push(0, name, value);
  }

  /** As `remove`, by a lower-case name that only run time knows. */
  removeNamed(name: string): number {
    const id = knownId(name);
    if (id !== 0) return this.remove(id);
    let n = 0;
    for (let i = this.#findNamed(name, 0); i >= 0; i = this.#findNamed(name, i + 1)) {
      this.ids[i] = REMOVED;
      n++;
    }
    return n;
  }

  /** Visits every header: pseudo headers first, in Envoy's order, then the lines. An id of 0 is a name that is not in the table. */
  forEach(visit: (name: string, value: string, id: number) => void): void {
    for (const id of FIELD_ORDER) {
      const value = this.isField(id) ? this.field(id) : null;
      if (value !== null) visit(nameOf(id), value, id);
    }
    for (let i = 0; i < this.lines; i++) {
      const id = this.ids[i] as number;
      if (id !== REMOVED) visit(this.nameAt(i), this.valueAt(i), id === HOST ? AUTHORITY : id);
    }
  }

  /** The number of headers as Envoy counts them, pseudo headers included. */
  get size(): number {
    let n = 0;
    for (const id of FIELD_ORDER) if (this.isField(id) && this.field(id) !== null) n++;
    for (let i = 0; i < this.lines; i++) if (this.ids[i] !== REMOVED) n++;
    return n;
  }

  /** The bytes of all names and values, pseudo headers included. */
  byteSize(): number {
    let n = 0;
    for (const id of FIELD_ORDER) {
      const value = this.isField(id) ? this.field(id) : null;
      if (value !== null) n += nameOf(id).length + value.length;
    }
    for (let i = 0; i < this.lines; i++) if (this.ids[i] !== REMOVED) n += this.#nameLength(i) + this.#valueLength(i);
    return n;
  }

  /** Empties the block for another message and lets go of the received bytes. */
  reset(kind: BlockKind = REQUEST): void {
    for (let i = 0; i < this.lines; i++) {
      this.values[i] = null;
      this.names[i] = null;
    }
    this.resetFields(kind);
    this.bytes = NONE;
    this.lines = 0;
    this.#seen = 0;
    this.newest = newestId();
    this.format = undefined;
  }

  /** Makes this block equal to another. The received bytes are shared: they never change after they were read. */
  copyFrom(other: HeaderBlock): void {
    this.reset(other.kind);
    const { lines } = other;
    if (lines > this.ids.length) this.#grow(lines);
    this.copyFields(other);
    this.bytes = other.bytes;
    this.newest = other.newest;
    this.#seen = other.#seen;
    this.format = other.format;
    this.lines = lines;
    this.ids.set(other.ids.subarray(0, lines));
    this.offsets.set(other.offsets.subarray(0, lines * 4));
    this.states.set(other.states.subarray(0, lines));
    for (let i = 0; i < lines; i++) {
      this.values[i] = other.values[i] ?? null;
      this.names[i] = other.names[i] ?? null;
    }
  }

  /** Copies the lines out of the read buffer, which a long stream would otherwise hold (up to 512 KiB) for as long as it lives. */
  detach(): void {
    const { offsets } = this;
    let from = this.bytes.length;
    let to = 0;
    for (let i = 0; i < this.lines; i++) {
      if (!this.#inBytes(i)) continue;
      from = Math.min(from, offsets[i * 4] as number);
      to = Math.max(to, (offsets[i * 4 + 3] as number) + 2);
    }
    this.bytes = from < to ? Buffer.from(this.bytes.subarray(from, to)) : NONE;
    for (let k = 0; k < this.lines * 4; k++) if (this.#inBytes(k >> 2)) offsets[k] = (offsets[k] as number) - from;
  }

  /** The name of a line. */
  nameAt(line: number): string {
    const id = this.ids[line] as number;
    if (id > 0) return nameOf(id);
    return this.names[line] ?? latin1(this.bytes, this.offsets[line * 4] as number, this.offsets[line * 4 + 1] as number);
  }

  /** The value of a line. */
  valueAt(line: number): string {
    return this.values[line] ?? (this.values[line] = latin1(this.bytes, this.offsets[line * 4 + 2] as number, this.offsets[line * 4 + 3] as number));
  }

  /** Changes the value of a line where it stands. */
  setValueAt(line: number, value: string): void {
    this.states[line] = SET;
    this.values[line] = value;
  }

  /** A codec's door: adds a line whose name and value lie in `bytes`, and returns its number. */
  addReceived(id: number, name: number, nameEnd: number, value: number, valueEnd: number, state: number): number {
    const line = this.lines;
    if (line >= this.ids.length) this.#grow(line + 1);
    const at = line * 4;
    const { offsets } = this;
    this.ids[line] = id;
    this.#seen |= 1 << id;
    offsets[at] = name;
    offsets[at + 1] = nameEnd;
    offsets[at + 2] = value;
    offsets[at + 3] = valueEnd;
    this.states[line] = state;
    this.lines = line + 1;
    return line;
  }

  #push(id: number, name: string | null, value: string): void {
    const line = this.addReceived(id === AUTHORITY ? HOST : id, 0, 0, 0, 0, SET);
    this.values[line] = value;
    this.names[line] = name;
  }

  #grow(lines: number): void {
    let capacity = this.ids.length;
    while (capacity < lines) capacity *= 2;
    const { ids, offsets, states } = this;
    this.ids = new Int32Array(capacity);
    this.offsets = new Int32Array(capacity * 4);
    this.states = new Uint8Array(capacity);
    this.ids.set(ids);
    this.offsets.set(offsets);
    this.states.set(states);
    const more = nulls(capacity - ids.length);
    this.values = [...this.values, ...more];
    this.names = [...this.names, ...more];
  }

  #inBytes(line: number): boolean {
    return this.ids[line] !== REMOVED && (this.states[line] !== SET || (this.ids[line] === 0 && this.names[line] === null));
  }

  #find(id: number): number {
    if (id <= 0) return -1;
    if (id > this.newest) this.#relearn();
    const wanted = id === AUTHORITY ? HOST : id;
    return ((this.#seen >>> wanted) & 1) === 0 ? -1 : this.#next(wanted, 0);
  }

  #next(id: number, from: number): number {
    const { ids, lines } = this;
    const wanted = id === AUTHORITY ? HOST : id;
    for (let i = from; i < lines; i++) if (ids[i] === wanted) return i;
    return -1;
  }

  #findNamed(name: string, from: number): number {
    for (let i = from; i < this.lines; i++) if (this.ids[i] === 0 && this.nameAt(i) === name) return i;
    return -1;
  }

  /** Gives the lines with unknown names the ids that the table has learnt since. */
  #relearn(): void {
    this.newest = newestId();
    for (let i = 0; i < this.lines; i++) {
      if (this.ids[i] !== 0) continue;
      const id = knownId(this.nameAt(i));
      this.ids[i] = id;
      this.#seen |= 1 << id;
    }
  }

  #nameLength(line: number): number {
    const id = this.ids[line] as number;
    if (id > 0) return nameOf(id).length;
    return this.names[line]?.length ?? (this.offsets[line * 4 + 1] as number) - (this.offsets[line * 4] as number);
  }

  #valueLength(line: number): number {
    return this.values[line]?.length ?? (this.offsets[line * 4 + 3] as number) - (this.offsets[line * 4 + 2] as number);
  }
}
