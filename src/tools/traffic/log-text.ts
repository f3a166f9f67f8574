/** The text of a log, in pieces that end with a line: logs are large, and as one text most are never needed. */
import { Source } from "../../diagnostics/source.ts";

const PIECE = 1 << 20;
const LINE_FEED = 0x0a;

export class LogText {
  readonly #name: string;
  readonly #bytes: Uint8Array;
  #source: Source | undefined;

  constructor(name: string, bytes: Uint8Array) {
    this.#name = name;
    this.#bytes = bytes;
  }

  /** Made when a place in it is asked for. */
  get source(): Source {
    return (this.#source ??= new Source(this.#name, new TextDecoder().decode(this.#bytes), "json"));
  }

  /** Piece by piece; `base` is where a piece begins in the whole text. */
  *pieces(): Iterable<{ readonly text: string; readonly base: number }> {
    const bytes = this.#bytes;
    const decoder = new TextDecoder();
    let base = 0;
    for (let from = 0; from < bytes.length;) {
      const feed = from + PIECE >= bytes.length ? -1 : bytes.indexOf(LINE_FEED, from + PIECE);
      const end = feed < 0 ? bytes.length : feed + 1;
      const text = decoder.decode(bytes.subarray(from, end));
      yield { text, base };
      base += text.length;
      from = end;
    }
  }
}
