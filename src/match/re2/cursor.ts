/** A place in a pattern (wire form: a character a byte). */
export class Cursor {
  readonly text: string;
  at = 0;

  constructor(text: string) {
    this.text = text;
  }

  /** How many characters are still to come. */
  get left(): number {
    return this.text.length - this.at;
  }

  /** The character `ahead` of the place, `""` beyond the end. */
  peek(ahead = 0): string {
    return this.text.charAt(this.at + ahead);
  }

  startsWith(text: string): boolean {
    return this.text.startsWith(text, this.at);
  }

  skip(count: number): void {
    this.at += count;
  }

  take(): string {
    return this.text.charAt(this.at++);
  }

  /** The text from a place passed before up to here. */
  since(start: number): string {
    return this.text.slice(start, this.at);
  }

  /** All from here on. */
  rest(): string {
    return this.text.slice(this.at);
  }
}
