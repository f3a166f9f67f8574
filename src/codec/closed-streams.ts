/** How the streams that closed last were closed: what a peer may still send on them depends on it. A ring, the oldest forgotten first. */

/** Both sides had ended. */
export const CLOSED_BY_END = 1;
export const CLOSED_BY_PEER = 2;
/** Reset here: the peer may not know it yet. */
export const CLOSED_HERE = 3;
export type Closing = 1 | 2 | 3;

const REMEMBERED = 256;

export class ClosedStreams {
  #ids = new Int32Array(16);
  #how = new Uint8Array(16);
  #next = 0;

  add(id: number, how: Closing): void {
    if (this.#next === this.#ids.length && this.#next < REMEMBERED) this.#grow();
    const at = this.#next++ % this.#ids.length;
    this.#ids[at] = id;
    this.#how[at] = how;
  }

  /** 0: not remembered, or never open. */
  how(id: number): Closing | 0 {
    const at = this.#ids.indexOf(id);
    return at < 0 ? 0 : (this.#how[at] as Closing);
  }

  #grow(): void {
    const [ids, how] = [this.#ids, this.#how];
    this.#ids = new Int32Array(REMEMBERED);
    this.#how = new Uint8Array(REMEMBERED);
    this.#ids.set(ids);
    this.#how.set(how);
  }
}
