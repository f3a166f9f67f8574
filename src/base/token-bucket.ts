/** A bucket that fills at an even rate and starts with a given part (Envoy's TokenBucketImpl). */
export class TokenBucket {
  private readonly most: number;
  /** Tokens a millisecond. */
  private readonly rate: number;
  private tokens: number;
  private last: number;

  /** `now`: milliseconds of the clock that `take` is given the time of. */
  constructor(most: number, tokensPerSecond: number, tokens: number, now: number) {
    this.most = most;
    this.rate = tokensPerSecond / 1000;
    this.tokens = tokens;
    this.last = now;
  }

  /** Takes up to `wanted` whole tokens and says how many it got. */
  takeUpTo(wanted: number, now: number): number {
    this.tokens = Math.min(this.most, this.tokens + (now - this.last) * this.rate);
    this.last = now;
    const got = Math.min(wanted, Math.floor(this.tokens));
    this.tokens -= got;
    return got;
  }
}
