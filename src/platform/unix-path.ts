import { fs } from "./builtins.ts";

/** `sun_path` on Linux, less its end and our suffix. */
const MOST_BYTES = 107 - 8;

let lastNumber = 0;

/** A path, or an abstract name, as the kernel wants it. */
export function abstractName(path: string): string {
  return path.startsWith("@") ? `\0${path.slice(1)}` : path;
}

/**
 * The path of a listening Unix socket. The socket is bound beside it and then renamed onto it: so it takes over from an earlier one without a
 * gap, has its mode before anyone sees it, and is not removed by the end of the earlier one (runtimes unlink the path they bound, whoever
 * has it by then). `@name` is Linux's abstract namespace and no file.
 */
export class UnixPath {
  readonly #path: string;
  readonly #isFile: boolean;
  #inode = -1;
  /** What to give to the runtime. */
  readonly bindTo: string;

  constructor(path: string) {
    this.#path = path;
    this.#isFile = !path.startsWith("@");
    this.bindTo = this.#isFile ? this.#beside() : abstractName(path);
    if (this.#isFile) fs().rmSync(this.bindTo, { force: true });
  }

  /** The socket is bound: it appears at its path. */
  publish(mode: number | undefined): void {
    if (!this.#isFile) return;
    if (mode !== undefined) fs().chmodSync(this.bindTo, mode);
    if (this.bindTo !== this.#path) fs().renameSync(this.bindTo, this.#path);
    this.#inode = fs().statSync(this.#path).ino;
  }

  /** The socket is no more: its path goes, unless another has taken it over. */
  withdraw(): void {
    if (this.#isFile && fs().statSync(this.#path, { throwIfNoEntry: false })?.ino === this.#inode) fs().rmSync(this.#path, { force: true });
  }

  #beside(): string {
    if (Buffer.byteLength(this.#path) > MOST_BYTES) return this.#path;
    lastNumber = (lastNumber + 1) % 0x10_000;
    return `${this.#path}.${process.pid.toString(36).slice(-3)}${lastNumber.toString(36)}`;
  }
}
