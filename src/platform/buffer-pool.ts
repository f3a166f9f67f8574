/** Size of a pooled buffer, bytes. */
export const POOLED_BYTES = 64 * 1024;

const KEPT = 64;

/** A thread's stock of 64 KB buffers; at most 4 MB lie idle. Their contents are never cleared. */
export class BufferPool {
  readonly #idle: Buffer[] = [];

  take(): Buffer {
    return this.#idle.pop() ?? Buffer.allocUnsafeSlow(POOLED_BYTES);
  }

  give(buffer: Buffer): void {
    if (this.#idle.length < KEPT) this.#idle.push(buffer);
  }
}
