/** Texts in wire form packed into bytes, each known by a number; equal texts have one number. */
import { Buffer } from "node:buffer";

export class StringPool {
  private readonly numbers = new Map<string, number>();
  private readonly texts: string[] = [];
  private length = 0;

  add(text: string): number {
    const known = this.numbers.get(text);
    if (known !== undefined) return known;
    const number = this.texts.length;
    this.numbers.set(text, number);
    this.texts.push(text);
    this.length += text.length;
    return number;
  }

  /** All texts one after another. */
  get bytes(): Uint8Array {
    const bytes = Buffer.alloc(this.length);
    let at = 0;
    for (const text of this.texts) at += bytes.write(text, at, "latin1");
    return bytes;
  }

  /** Where each text begins; one more entry holds the end. */
  get offsets(): Int32Array {
    const offsets = new Int32Array(this.texts.length + 1);
    for (const [i, text] of this.texts.entries()) offsets[i + 1] = (offsets[i] ?? 0) + text.length;
    return offsets;
  }
}

/** Reads a text of a packed pool. */
export function textAt(bytes: Uint8Array, offsets: Int32Array, number: number): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset + (offsets[number] ?? 0), (offsets[number + 1] ?? 0) - (offsets[number] ?? 0)).toString("latin1");
}
