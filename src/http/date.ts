/** The `date` header's value (RFC 9110 5.6.7), made once a second. */
export class HttpDate {
  #second = Number.NaN;
  #text = "";

  /** The date at `wall`, in ms since the epoch. */
  at(wall: number): string {
    const second = Math.floor(wall / 1000);
    if (second !== this.#second) {
      this.#second = second;
      this.#text = new Date(second * 1000).toUTCString();
    }
    return this.#text;
  }
}
