import { fs } from "./builtins.ts";
import type { Clock } from "./clock.ts";
import { FileWatch } from "./file-watch.ts";
import { FileError, type Files, type Watch } from "./files.ts";

/** More than this is no configuration. */
const MOST_BYTES = 1024 * 1024 * 1024;

export class SystemFiles implements Files {
  readonly #clock: Clock;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  readText(path: string): string {
    return this.readBytes(path).toString("utf8");
  }

  readBytes(path: string): Buffer {
    return attempt(path, () => {
      if (fs().statSync(path).size > MOST_BYTES) throw new FileError("ETOOBIG", path);
      return fs().readFileSync(path);
    });
  }

  writeText(path: string, text: string): void {
    attempt(path, () => fs().writeFileSync(path, text));
  }

  exists(path: string): boolean {
    return fs().statSync(path, { throwIfNoEntry: false }) !== undefined;
  }

  list(path: string): string[] {
    return attempt(path, () => fs().readdirSync(path).sort());
  }

  watch(path: string, onChange: () => void): Watch {
    return new FileWatch(path, this.#clock, onChange);
  }
}

function attempt<T>(path: string, act: () => T): T {
  try {
    return act();
  } catch (error) {
    if (error instanceof FileError) throw error;
    const code = (error as { code?: unknown }).code;
    throw new FileError(typeof code === "string" ? code : String(error), path);
  }
}
