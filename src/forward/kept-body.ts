/** The body of a request that may have to be sent again: by a retry, or by an internal redirect. */

/** Kept up to a limit; beyond it, neither is possible any more. */
export class KeptBody {
  readonly data: Buffer[] = [];
  private bytes = 0;
  private readonly limit: number;

  /** Bytes. */
  constructor(limit: number) {
    this.limit = limit;
  }

  /** False: it would be too much. */
  add(data: Buffer): boolean {
    if (this.bytes + data.length > this.limit) return false;
    this.bytes += data.length;
    if (data.length > 0) this.data.push(data);
    return true;
  }
}
