import { fs } from "../platform/builtins.ts";

export type ColorWhen = "auto" | "always" | "never";

/**
 * Where a command prints: results to `out`, progress and summaries to `err`. Writes are synchronous and whole. A reader that
 * went away (EPIPE) is no error: what follows is dropped, the command goes on and its exit code stands.
 */
export class Terminal {
  /** 0 quiet, 1 usual, 2 verbose. */
  level: 0 | 1 | 2 = 1;
  #color: ColorWhen = "auto";
  #hasProgress = false;
  readonly #closed = new Set<number>();
  readonly #env: Readonly<Record<string, string | undefined>>;
  readonly #isTerminal: (fd: number) => boolean;
  readonly #write: (fd: number, text: string) => void;

  constructor(
    env: Readonly<Record<string, string | undefined>>,
    isTerminal: (fd: number) => boolean,
    write: (fd: number, text: string) => void = writeWhole,
  ) {
    this.#env = env;
    this.#isTerminal = isTerminal;
    this.#write = write;
  }

  /** Columns, where standard output is a terminal that tells. */
  get width(): number | undefined {
    return this.#isTerminal(1) ? process.stdout.columns : undefined;
  }

  set color(when: ColorWhen) {
    this.#color = when;
  }

  /** Whether results are coloured. */
  get colorOut(): boolean {
    return this.#colored(1);
  }

  get colorErr(): boolean {
    return this.#colored(2);
  }

  out(text: string): void {
    this.#put(1, text);
  }

  err(text: string): void {
    this.#put(2, text);
  }

  /** What is being done, in a line that the next output replaces: on a terminal only, and not with `--quiet`. "": nothing any more. */
  progress(text: string): void {
    if (this.level === 0 || !this.#isTerminal(2) || (text === "" && !this.#hasProgress)) return;
    this.#hasProgress = false;
    this.err(`\r\u001b[K${text}`);
    this.#hasProgress = text !== "";
  }

  /** Begins a new screen, where results go to a terminal: what is printed next takes the place of what was there. */
  clear(): void {
    if (this.#isTerminal(1) && this.#env.TERM !== "dumb") this.out("\u001b[H\u001b[2J\u001b[3J");
  }

  /** A line of progress or summary, unless `--quiet`. */
  say(line: string): void {
    if (this.level > 0) this.err(`${line}\n`);
  }

  /** Colours of the standard eight, on standard error; the text itself where there is no colour. */
  paint(code: number, text: string): string {
    return this.colorErr ? `\u001b[${code}m${text}\u001b[0m` : text;
  }

  /** `--color` decides, then NO_COLOR, then FORCE_COLOR (https://no-color.org, https://force-color.org), then whether it is a terminal. */
  #colored(fd: number): boolean {
    if (this.#color !== "auto") return this.#color === "always";
    if ((this.#env.NO_COLOR ?? "") !== "") return false;
    const force = this.#env.FORCE_COLOR ?? "";
    if (force !== "") return force !== "0" && force !== "false";
    return this.#env.TERM !== "dumb" && this.#isTerminal(fd);
  }

  #put(fd: number, text: string): void {
    if (this.#hasProgress && text !== "") this.progress("");
    if (text === "" || this.#closed.has(fd)) return;
    try {
      this.#write(fd, text);
    } catch (error) {
      if ((error as { code?: string }).code !== "EPIPE") throw error;
      this.#closed.add(fd);
    }
  }
}

/** Writes all of it, waiting where a pipe that does not block is full. */
function writeWhole(fd: number, text: string): void {
  const bytes = Buffer.from(text);
  let done = 0;
  while (done < bytes.length) {
    try {
      done += fs().writeSync(fd, bytes, done);
    } catch (error) {
      if ((error as { code?: string }).code !== "EAGAIN") throw error;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5);
    }
  }
}
