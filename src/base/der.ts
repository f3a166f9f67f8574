/** Reads DER (X.690): one element after another, no copies. Malformed input ends the reading; nothing throws. */

/** An element: its identifier octet and where its content lies. */
export interface DerElement {
  /** Class, constructed bit and number as in the first octet; numbers above 30: the number with bit 16 set. */
  readonly tag: number;
  /** Of the whole element, header included. */
  readonly from: number;
  readonly start: number;
  readonly end: number;
}

const LONG_FORM = 0x1f;
const MORE = 0x80;
const HIGH_NUMBER = 0x1_0000;
const MOST_LENGTH_OCTETS = 4;

export class DerReader {
  private readonly bytes: Uint8Array;
  private at: number;
  private readonly end: number;

  /** Reads `bytes[start, end)`. */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.bytes = bytes;
    this.at = start;
    this.end = Math.min(end, bytes.length);
  }

  /** A reader of what is in `element`. */
  within(element: DerElement): DerReader {
    return new DerReader(this.bytes, element.start, element.end);
  }

  /** The next element, or null at the end and where the rest is malformed. */
  next(): DerElement | null {
    const from = this.at;
    if (from + 2 > this.end) return null;
    const tag = this.readTag();
    const length = tag < 0 ? -1 : this.readLength();
    const start = this.at;
    if (length < 0 || start + length > this.end) {
      this.at = this.end;
      return null;
    }
    this.at = start + length;
    return { tag, from, start, end: this.at };
  }

  /** The next element if it has this tag; otherwise nothing is read. */
  take(tag: number): DerElement | null {
    if (this.at >= this.end || this.bytes[this.at] !== tag) return null;
    return this.next();
  }

  /** Skips to the first element with this tag. */
  find(tag: number): DerElement | null {
    for (let element = this.next(); element !== null; element = this.next()) if (element.tag === tag) return element;
    return null;
  }

  private readTag(): number {
    const first = this.bytes[this.at++] as number;
    if ((first & LONG_FORM) !== LONG_FORM) return first;
    let number = 0;
    for (;;) {
      if (this.at >= this.end || number > 0xff) return -1;
      const octet = this.bytes[this.at++] as number;
      number = (number << 7) | (octet & ~MORE);
      if ((octet & MORE) === 0) return HIGH_NUMBER | number;
    }
  }

  private readLength(): number {
    if (this.at >= this.end) return -1;
    const first = this.bytes[this.at++] as number;
    if ((first & MORE) === 0) return first;
    let left = first & ~MORE;
    if (left === 0 || left > MOST_LENGTH_OCTETS || this.at + left > this.end) return -1;
    let length = 0;
    while (left-- > 0) length = length * 256 + (this.bytes[this.at++] as number);
    return length;
  }
}

/** An object identifier's content as numbers with dots. */
export function oidText(bytes: Uint8Array, { start, end }: DerElement): string {
  const parts: number[] = [];
  let value = 0;
  for (let at = start; at < end; at++) {
    const octet = bytes[at] as number;
    value = value * 128 + (octet & 0x7f);
    if ((octet & 0x80) !== 0) continue;
    if (parts.length === 0) {
      const first = Math.min(2, Math.floor(value / 40));
      parts.push(first, value - 40 * first);
    } else parts.push(value);
    value = 0;
  }
  return parts.join(".");
}
