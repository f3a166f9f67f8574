import { readFileSync, statSync } from "node:fs";
import { delay } from "./waiting.ts";

/** Reads what a proxy appends to a file from a mark on. */
export class AccessLog {
  readonly path: string;
  #mark = 0;

  constructor(path: string) {
    this.path = path;
  }

  /** Later readings begin here. */
  mark(): void {
    this.#mark = this.#size();
  }

  /** The lines since the mark: waits up to `ms` for `atLeast` of them, then until the file has been quiet for 60 ms. */
  async lines(atLeast: number, ms = 600): Promise<string[]> {
    const end = performance.now() + ms;
    let size = -1;
    for (;;) {
      const lines = this.#read();
      const now = this.#size();
      if (now === size && (lines.length >= atLeast || performance.now() >= end)) return lines;
      size = now;
      await delay(60);
    }
  }

  #read(): string[] {
    try {
      return readFileSync(this.path).subarray(this.#mark).toString("latin1").split("\n").slice(0, -1);
    } catch {
      return [];
    }
  }

  #size(): number {
    try {
      return statSync(this.path).size;
    } catch {
      return 0;
    }
  }
}
