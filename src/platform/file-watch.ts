import { fs } from "./builtins.ts";
import type { FSWatcher } from "node:fs";
import { dirname } from "node:path";
import type { Clock, Timer } from "./clock.ts";
import type { Watch } from "./files.ts";

/** Quiet time after which a changed file is taken to be whole. */
const QUIET_MS = 100;
/** A file that changes all the time is told of at least so often. */
const PATIENCE_MS = 1000;
/** Catches what the kernel does not tell: network file systems, a folder replaced as a whole, a folder yet to come. */
const POLL_MS = 3000;

/**
 * Watches one file through its folder, and through the folder its symbolic links lead to. Seen this way are writing in place,
 * the rename of a new file onto it, the save patterns of editors, and Kubernetes' swap of the `..data` link.
 */
export class FileWatch implements Watch {
  readonly #path: string;
  readonly #clock: Clock;
  readonly #onChange: () => void;
  readonly #quiet: Timer;
  readonly #poll: Timer;
  readonly #watchers = new Map<string, FSWatcher>();
  #told: string | undefined;
  #seen: string | undefined;
  #changingSince = 0;
  #closed = false;

  constructor(path: string, clock: Clock, onChange: () => void) {
    this.#path = path;
    this.#clock = clock;
    this.#onChange = onChange;
    this.#quiet = clock.timer(() => this.#settle());
    this.#poll = clock.timer(() => this.#check());
    this.#told = stamp(path);
    this.#seen = this.#told;
    this.#follow();
    this.#poll.arm(POLL_MS);
  }

  close(): void {
    this.#closed = true;
    this.#quiet.cancel();
    this.#poll.cancel();
    for (const watcher of this.#watchers.values()) watcher.close();
    this.#watchers.clear();
  }

  /** Something happened nearby, or it is time to look. */
  #check(): void {
    if (this.#closed) return;
    this.#poll.arm(POLL_MS);
    this.#follow();
    const now = stamp(this.#path);
    if (now === this.#seen) return;
    this.#seen = now;
    if (!this.#quiet.armed) this.#changingSince = this.#clock.now();
    const left = this.#changingSince + PATIENCE_MS - this.#clock.now();
    this.#quiet.arm(Math.min(QUIET_MS, Math.max(0, left)));
  }

  #settle(): void {
    const now = stamp(this.#path);
    const late = this.#clock.now() - this.#changingSince >= PATIENCE_MS;
    if (now !== this.#seen && !late) {
      this.#seen = now;
      this.#quiet.arm(QUIET_MS);
      return;
    }
    this.#seen = now;
    if (now === undefined || now === this.#told) return;
    this.#told = now;
    this.#onChange();
  }

  /** Watches exactly the folders the path leads through now. */
  #follow(): void {
    const wanted = foldersOf(this.#path);
    for (const [folder, watcher] of this.#watchers) {
      if (wanted.has(folder)) continue;
      watcher.close();
      this.#watchers.delete(folder);
    }
    for (const folder of wanted) if (!this.#watchers.has(folder)) this.#watch(folder);
  }

  #watch(folder: string): void {
    try {
      const watcher = fs().watch(folder, { persistent: false }, () => this.#check());
      watcher.on("error", () => this.#drop(folder));
      this.#watchers.set(folder, watcher);
    } catch {
      // no such folder, or no watch left to be had: the poll does it
    }
  }

  #drop(folder: string): void {
    this.#watchers.get(folder)?.close();
    this.#watchers.delete(folder);
  }
}

function foldersOf(path: string): Set<string> {
  const folders = new Set([dirname(path)]);
  // a folder on the way may be a link that is led elsewhere
  for (let part = dirname(path); part !== dirname(part); part = dirname(part)) if (isLink(part)) folders.add(dirname(part));
  try {
    folders.add(dirname(fs().realpathSync(path)));
  } catch {
    // not there now
  }
  return folders;
}

function isLink(path: string): boolean {
  try {
    return fs().lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}

/** What tells two contents apart; undefined = no such file. */
function stamp(path: string): string | undefined {
  try {
    const { ino, size, mtimeMs, ctimeMs } = fs().statSync(path);
    return `${ino} ${size} ${mtimeMs} ${ctimeMs}`;
  } catch {
    return undefined;
  }
}
