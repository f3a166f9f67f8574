/** The retries of one request, for requests that may have any: which outcomes are not the last, and what is counted of that. */
import type { StreamInfo } from "../contract/stream-info.ts";
import type { ResetReason } from "../contract/upstream-stream.ts";
import type { HeaderBlock } from "../http/header-block.ts";
import { H_RQ_ERROR } from "../upstream/cluster-stats.ts";
import type { Attempt } from "./attempt.ts";
import { type Counted, countNoRetry, countRetry } from "./request-numbers.ts";
import { LimitExceeded, NoRetry, Overflow, Retry, type RetryState, type RetryStatus } from "./retry-state.ts";

export class Retries {
  /** The request's present attempt is a retry. */
  isRetry = false;
  /** Retries that wait for their time. */
  pending = 0;
  private state: RetryState | null;
  private readonly counted: Counted;
  private readonly info: StreamInfo;
  /** Some attempt has sent bytes upstream. */
  private started = false;

  constructor(state: RetryState, counted: Counted, info: StreamInfo) {
    this.state = state;
    this.counted = counted;
    this.info = info;
  }

  /** Some outcome may still lead to a retry, so that the body must be kept. */
  get enabled(): boolean {
    return this.state?.enabled ?? false;
  }

  /** What hosts the next attempt avoids; null for the first one. */
  get avoid(): RetryState | null {
    return this.isRetry ? this.state : null;
  }

  /** No retry from now on, not even one that waits. */
  drop(): void {
    this.state?.close();
    this.state = null;
  }

  attempted(attempt: Attempt): void {
    if (attempt.host !== null) this.state?.attempted(attempt.host);
  }

  /** `Retry`: another attempt follows this response; `LimitExceeded`, `Overflow`: it would, could it; `NoRetry`: it is good enough. */
  afterResponse(attempt: Attempt, headers: HeaderBlock, request: HeaderBlock): RetryStatus {
    if (this.state === null) return NoRetry;
    if (attempt.retried) return this.state.wouldRetry(headers, request) ? LimitExceeded : NoRetry;
    const status = this.note(this.state.onResponse(headers, request));
    if (status !== Retry) return status === LimitExceeded || status === Overflow ? status : NoRetry;
    attempt.host?.stats.inc(H_RQ_ERROR);
    this.counted.cluster.chargeRetried(headers.status);
    return Retry;
  }

  /** True: another attempt follows. */
  afterReset(attempt: Attempt, reason: ResetReason, timedOut: boolean): boolean {
    if (this.state === null || attempt.retried) return false;
    this.started ||= attempt.sent;
    if (this.note(this.state.onReset(reason, timedOut, this.started)) !== Retry) return false;
    attempt.host?.stats.inc(H_RQ_ERROR);
    return true;
  }

  /** The attempt is slow: another is made beside it, and the first good response counts. */
  hedge(attempt: Attempt): void {
    if (this.state !== null && this.note(this.state.onSlowAttempt()) === Retry) attempt.retried = true;
  }

  /** The time of a retry has come. */
  begin(): void {
    this.isRetry = true;
    this.pending--;
    this.info.attempts++;
    countRetry(this.counted, this.state?.waited ?? "none");
  }

  private note(status: RetryStatus): RetryStatus {
    countNoRetry(this.counted, status, this.isRetry);
    if (status === Retry) this.pending++;
    else if (status === Overflow) this.info.setFlag("UO");
    else if (status === LimitExceeded) this.info.setFlag("URX");
    return status;
  }
}
