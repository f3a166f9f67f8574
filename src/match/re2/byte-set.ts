/** A set of bytes: what a character class means where a pattern and its text are read as bytes. */

export const LARGEST_BYTE = 0xff;
const WORDS = 8;
const [UPPER_A, UPPER_Z, TO_LOWER] = [65, 90, 32] as const;

export class ByteSet {
  private readonly words = new Int32Array(WORDS);
  /** Its ranges, once they have been asked for, until it changes. */
  private found: (readonly [low: number, high: number])[] | undefined;

  /** A set of these ranges, each two numbers: its first and its last byte. */
  static of(...bounds: readonly number[]): ByteSet {
    const set = new ByteSet();
    for (let i = 0; i + 1 < bounds.length; i += 2) set.add(bounds[i] ?? 0, bounds[i + 1] ?? 0);
    return set;
  }

  has(byte: number): boolean {
    return (((this.words[byte >> 5] ?? 0) >>> (byte & 31)) & 1) === 1;
  }

  add(low: number, high: number): void {
    this.found = undefined;
    for (let byte = low; byte <= high; byte++) this.words[byte >> 5] = (this.words[byte >> 5] ?? 0) | (1 << (byte & 31));
  }

  /** Adds a range and, if `folds`, the letters A to Z and a to z that differ from its own in case only. */
  addFolded(low: number, high: number, folds: boolean): void {
    this.add(low, high);
    if (!folds) return;
    for (let upper: number = UPPER_A; upper <= UPPER_Z; upper++) {
      const lower = upper + TO_LOWER;
      if (low <= upper && upper <= high) this.add(lower, lower);
      if (low <= lower && lower <= high) this.add(upper, upper);
    }
  }

  addAll(other: ByteSet): void {
    this.found = undefined;
    for (let i = 0; i < WORDS; i++) this.words[i] = (this.words[i] ?? 0) | (other.words[i] ?? 0);
  }

  negate(): void {
    this.found = undefined;
    for (let i = 0; i < WORDS; i++) this.words[i] = ~(this.words[i] ?? 0);
  }

  equals(other: ByteSet): boolean {
    return this.words.every((word, i) => word === other.words[i]);
  }

  /** True if each letter is in it in both cases or in neither. */
  foldsAscii(): boolean {
    for (let upper: number = UPPER_A; upper <= UPPER_Z; upper++) if (this.has(upper) !== this.has(upper + TO_LOWER)) return false;
    return true;
  }

  /** The ranges in ascending order, none touching the next. */
  ranges(): readonly (readonly [low: number, high: number])[] {
    return (this.found ??= this.findRanges());
  }

  private findRanges(): (readonly [low: number, high: number])[] {
    const found: (readonly [number, number])[] = [];
    for (let low = 0; low <= LARGEST_BYTE; low++) {
      if (!this.has(low)) continue;
      let high = low;
      while (high < LARGEST_BYTE && this.has(high + 1)) high++;
      found.push([low, high]);
      low = high;
    }
    return found;
  }
}
