import { fs } from "./builtins.ts";
import type { Clock, Timer } from "./clock.ts";

const BLOCK_BYTES = 64 * 1024;
/** POSIX's least PIPE_BUF on Linux: a write to a pipe up to this size is never mixed with another thread's. */
const PIPE_BYTES = 4096;
const RETRY_MS = 20;
const CLOSE_MS = 1000;

export interface LogWriterOptions {
  /** How long a record may wait in memory, ms. Default 1000. */
  readonly flushMs?: number;
  /** Hears of the first failed write of each row of failures. */
  readonly onError?: (error: Error) => void;
}

/** Every runtime's Buffer has it, the published types do not; `write` reaches it by way of the encoding's name. */
interface Latin1 extends Buffer {
  latin1Write(text: string, at: number): number;
}

/** One 64 KB block: filled by the writer, then written out from `sent` on. */
class Block {
  readonly bytes = Buffer.allocUnsafeSlow(BLOCK_BYTES);
  end = 0;
  sent = 0;
}

/**
 * Appends whole records to a file, `/dev/stdout` or `/dev/stderr`, without ever blocking the thread: one block is filled while the other is
 * written. When both are full the record is dropped and counted. Several threads may append to one target: files are opened with
 * O_APPEND, and pipes get whole records up to 4 KB a write.
 */
export class LogWriter {
  readonly path: string;
  readonly #clock: Clock;
  readonly #flushMs: number;
  readonly #onError: (error: Error) => void;
  readonly #flushTimer: Timer;
  readonly #retryTimer: Timer;
  #fd: number;
  #atomicBytes: number;
  #filling = new Block();
  #writing = new Block();
  #busy = false;
  #flushWanted = false;
  #reopenWanted = false;
  #failing = false;
  #dropped = 0;
  #written = 0;
  #closed: (() => void) | undefined;

  /** Throws where the path cannot be opened. */
  constructor(path: string, clock: Clock, options: LogWriterOptions = {}) {
    this.path = path;
    this.#clock = clock;
    this.#flushMs = options.flushMs ?? 1000;
    this.#onError = options.onError ?? (() => {});
    this.#flushTimer = clock.timer(() => this.flush());
    this.#retryTimer = clock.timer(() => this.#push());
    this.#fd = openTarget(path);
    this.#atomicBytes = fs().fstatSync(this.#fd).isFile() ? BLOCK_BYTES : PIPE_BYTES;
  }

  /** Records lost since the start: both blocks full, a record above 64 KB, or a failed write (its block counts as one). */
  get dropped(): number {
    return this.#dropped;
  }

  /** Bytes the system took. */
  get written(): number {
    return this.#written;
  }

  /** Appends one record, its line end included. `latin1`: one byte a character, as header values are kept. */
  write(record: string, encoding: "latin1" | "utf8"): void {
    const block = this.#room(encoding === "latin1" ? record.length : record.length * 3);
    if (block === undefined) return;
    block.end += encoding === "latin1" ? (block.bytes as Latin1).latin1Write(record, block.end) : block.bytes.write(record, block.end, encoding);
    this.#filled();
  }

  /** Appends one record given as bytes. */
  writeBytes(record: Buffer, start: number, end: number): void {
    const block = this.#room(end - start);
    if (block === undefined) return;
    block.end += record.copy(block.bytes, block.end, start, end);
    this.#filled();
  }

  /** Starts writing what is there. */
  flush(): void {
    this.#flushTimer.cancel();
    if (this.#busy) this.#flushWanted = this.#filling.end > 0;
    else if (this.#filling.end > 0) this.#swap();
  }

  /** After what is under way, opens the path anew: the file was renamed by a log rotation. */
  reopen(): void {
    this.#reopenWanted = true;
    if (!this.#busy) this.#reopen();
  }

  /** Resolves when all is written, or after a second. */
  close(): Promise<void> {
    return new Promise((done) => {
      const bound = this.#clock.after(CLOSE_MS, () => this.#finish());
      this.#closed = () => {
        bound.cancel();
        done();
      };
      this.flush();
      if (!this.#busy) this.#finish();
    });
  }

  #room(bytes: number): Block | undefined {
    if (this.#closed === undefined && this.#filling.end + bytes <= BLOCK_BYTES) return this.#filling;
    if (this.#closed === undefined && !this.#busy && bytes <= BLOCK_BYTES) {
      this.#swap();
      return this.#filling;
    }
    this.#dropped++;
    return undefined;
  }

  #filled(): void {
    if (!this.#flushTimer.armed) this.#flushTimer.arm(this.#flushMs);
  }

  #swap(): void {
    [this.#filling, this.#writing] = [this.#writing, this.#filling];
    this.#busy = true;
    this.#push();
  }

  #push(): void {
    const { bytes, end, sent } = this.#writing;
    const n = end - sent <= this.#atomicBytes ? end - sent : wholeRecords(bytes, sent, end, this.#atomicBytes);
    fs().write(this.#fd, bytes, sent, n, null, (error, taken) => this.#pushed(error, taken));
  }

  #pushed(error: NodeJS.ErrnoException | null, taken: number): void {
    if (!this.#busy) return;
    if (error !== null && (error.code === "EAGAIN" || error.code === "EWOULDBLOCK")) {
      this.#retryTimer.arm(RETRY_MS);
      return;
    }
    if (error !== null) this.#failed(error);
    else {
      this.#failing = false;
      this.#written += taken;
      this.#writing.sent += taken;
    }
    if (error === null && this.#writing.sent < this.#writing.end) this.#push();
    else this.#blockDone();
  }

  #failed(error: Error): void {
    this.#dropped++;
    if (!this.#failing) this.#onError(error);
    this.#failing = true;
  }

  #blockDone(): void {
    this.#busy = false;
    this.#writing.end = 0;
    this.#writing.sent = 0;
    if (this.#reopenWanted) this.#reopen();
    if ((this.#flushWanted || this.#closed !== undefined) && this.#filling.end > 0) {
      this.#flushWanted = false;
      this.#swap();
    } else if (this.#closed !== undefined) this.#finish();
  }

  #reopen(): void {
    this.#reopenWanted = false;
    try {
      const fd = openTarget(this.path);
      fs().close(this.#fd, () => {});
      this.#fd = fd;
      this.#atomicBytes = fs().fstatSync(fd).isFile() ? BLOCK_BYTES : PIPE_BYTES;
    } catch (error) {
      // better the old file than none
      this.#onError(error as Error);
    }
  }

  #finish(): void {
    const done = this.#closed;
    if (done === undefined || this.#fd < 0) return;
    this.#busy = false;
    this.#flushTimer.cancel();
    this.#retryTimer.cancel();
    if (this.#fd > 2) fs().closeSync(this.#fd);
    this.#fd = -1;
    done();
  }
}

const STANDARD: Readonly<Record<string, number>> = { "/dev/stdout": 1, "/dev/stderr": 2 };

/**
 * The standard streams are opened anew through /proc, for a descriptor whose O_NONBLOCK is its own; where that fails (a socket, no /proc)
 * the inherited one serves, and a blocked reader holds one thread of the runtime's pool up, never this one.
 */
function openTarget(path: string): number {
  const standard = STANDARD[path];
  if (standard === undefined) return fs().openSync(path, fs().constants.O_WRONLY | fs().constants.O_APPEND | fs().constants.O_CREAT | fs().constants.O_NONBLOCK, 0o644);
  try {
    return fs().openSync(`/proc/self/fd/${standard}`, fs().constants.O_WRONLY | fs().constants.O_APPEND | fs().constants.O_NONBLOCK);
  } catch {
    return standard;
  }
}

/** Bytes of the whole records within `most`; a longer record goes out by itself. */
function wholeRecords(bytes: Buffer, start: number, end: number, most: number): number {
  const last = bytes.lastIndexOf(10, start + most - 1);
  if (last >= start) return last + 1 - start;
  const first = bytes.indexOf(10, start);
  return (first < 0 || first >= end ? end : first + 1) - start;
}
