/** Flow control of what is received (RFC 9113 5.2): a window that is given back when half of it has been used up. */
export class ReceiveWindow {
  readonly #size: number;
  /** Received and not given back. */
  #used = 0;
  /** Of it, used up here. */
  #consumed = 0;

  constructor(size: number) {
    this.#size = size;
  }

  /** Counts what has come. False: the peer has sent more than it may. */
  take(bytes: number): boolean {
    this.#used += bytes;
    return this.#used <= this.#size;
  }

  /** Counts what was used up. Returns what is to be announced to the peer now, 0 for nothing. */
  consume(bytes: number): number {
    this.#consumed += bytes;
    const back = this.#consumed;
    if (back === 0 || back * 2 < this.#size) return 0;
    this.#used -= back;
    this.#consumed = 0;
    return back;
  }
}
