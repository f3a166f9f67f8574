/** Text readouts, and gauges of 64 bits that a Float64 cannot hold: control's own, by name. */

export interface StatText {
  readonly name: string;
  readonly text: string;
}

export class StatTexts {
  private readonly texts = new Map<string, string>();
  private readonly words = new Map<string, string>();
  private sorted: readonly StatText[] | null = null;

  /** A text readout. */
  say(name: string, text: string): void {
    this.texts.set(name, text);
    this.sorted = null;
  }

  /** How a gauge is printed whose number is too large to be exact. */
  exact(name: string, value: bigint): void {
    this.words.set(name, String(value));
  }

  /** Both of these are no more. */
  forget(text: string, gauge: string): void {
    this.texts.delete(text);
    this.words.delete(gauge);
    this.sorted = null;
  }

  exactOf(name: string): string | undefined {
    return this.words.get(name);
  }

  /** Sorted by name. */
  all(): readonly StatText[] {
    this.sorted ??= [...this.texts].map(([name, text]) => ({ name, text })).sort((a, b) => (a.name < b.name ? -1 : 1));
    return this.sorted;
  }
}
