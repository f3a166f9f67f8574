import { Buffer } from "node:buffer";
import type { Prelude } from "./conn.ts";
import type { ByteTaker } from "./send-queue.ts";

/** An answer longer than this is no answer. */
const MOST_ANSWER_BYTES = 64 * 1024;

/** The prelude of a dialed connection: says it, and waits for the answer where one is awaited. */
export class DialSteps {
  readonly #prelude: Prelude | undefined;
  readonly #socket: ByteTaker;
  readonly #fail: () => void;
  readonly #done: (rest: Buffer | undefined) => void;
  #received = Buffer.alloc(0);

  /** `done` is given what the peer said beyond its answer. */
  constructor(prelude: Prelude | undefined, socket: ByteTaker, fail: () => void, done: (rest: Buffer | undefined) => void) {
    this.#prelude = prelude;
    this.#socket = socket;
    this.#fail = fail;
    this.#done = done;
  }

  begin(): void {
    const prelude = this.#prelude;
    if (prelude === undefined) return this.#done(undefined);
    // the first bytes of a connection: the kernel has room for them
    this.#socket.take(prelude.bytes, 0, prelude.bytes.length);
    if (prelude.answered === undefined) this.#done(undefined);
  }

  receive(chunk: Buffer): void {
    this.#received = Buffer.concat([this.#received, chunk]);
    const length = this.#prelude?.answered?.(this.#received) ?? -1;
    if (length < 0 || (length === 0 && this.#received.length > MOST_ANSWER_BYTES)) return this.#fail();
    if (length > 0) this.#done(length < this.#received.length ? this.#received.subarray(length) : undefined);
  }
}
