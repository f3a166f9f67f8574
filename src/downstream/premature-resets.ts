/** Envoy's guard against rapid resets: a connection on which most streams are given up at once, unanswered, is cut off. */
import type { StreamInfo } from "../contract/stream-info.ts";

/** Streams after which the share of premature ones counts. */
const LIMIT = 500;
/** Seconds: a stream that lived longer was not given up at once. */
const LIFETIME = 1;

export class PrematureResets {
  private closed = 0;
  private premature = 0;
  private tripped = false;

  /** Counts a stream that is over. True, once: cut the connection off. */
  add({ start, end, responseCode }: StreamInfo): boolean {
    this.closed++;
    if (responseCode === 0 && Math.floor((end - start) / 1000) <= LIFETIME) this.premature++;
    if (this.tripped || this.premature * 2 < Math.max(LIMIT, this.closed)) return false;
    this.tripped = true;
    return true;
  }
}
