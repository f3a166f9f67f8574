/** Lets a response's body through at a limited rate (Envoy's StreamRateLimiter): a piece every 50 ms. */
import { Buffer } from "node:buffer";
import { TokenBucket } from "../base/token-bucket.ts";
import type { StreamHandle } from "../contract/http-filter.ts";
import type { Clock, Timer } from "../platform/clock.ts";

/** Milliseconds. */
const INTERVAL = 50;

export class BodyPacer {
  private readonly handle: StreamHandle;
  private readonly clock: Clock;
  private readonly bucket: TokenBucket;
  private readonly timer: Timer;
  private readonly held: Buffer[] = [];
  private heldBytes = 0;
  private ended = false;
  private trailersWait = false;
  private pushedBack = false;

  constructor(bytesPerSecond: number, handle: StreamHandle, clock: Clock) {
    this.handle = handle;
    this.clock = clock;
    this.bucket = new TokenBucket(bytesPerSecond, bytesPerSecond, (bytesPerSecond * INTERVAL) / 1000, clock.now());
    this.timer = clock.timer(() => this.release());
  }

  /** Takes data of the response. It goes on later, by `injectEncodedData`. */
  write(data: Buffer, endStream: boolean): void {
    this.held.push(data);
    this.heldBytes += data.length;
    this.ended = endStream;
    this.adjust();
    if (!this.timer.armed) this.timer.arm(0);
  }

  /** Trailers have come. True: they must wait for what is held. */
  trailers(): boolean {
    this.ended = true;
    this.trailersWait = this.heldBytes > 0;
    return this.trailersWait;
  }

  close(): void {
    this.timer.cancel();
  }

  private release(): void {
    const data = this.take(this.bucket.takeUpTo(this.heldBytes, this.clock.now()));
    this.adjust();
    if (this.heldBytes > 0) this.timer.arm(INTERVAL);
    this.handle.injectEncodedData(data, this.ended && this.heldBytes === 0 && !this.trailersWait);
    if (this.heldBytes > 0 || !this.trailersWait) return;
    this.trailersWait = false;
    this.handle.resumeEncoding();
  }

  private take(bytes: number): Buffer {
    const all = this.held.length === 1 ? (this.held[0] as Buffer) : Buffer.concat(this.held);
    this.held.length = 0;
    if (bytes < all.length) this.held.push(all.subarray(bytes));
    this.heldBytes = all.length - bytes;
    return all.subarray(0, bytes);
  }

  /** Whoever sends waits while more is held than the stream may hold, until half of that has gone. */
  private adjust(): void {
    const limit = this.handle.bufferLimit;
    const wait = this.pushedBack ? this.heldBytes > limit / 2 : this.heldBytes > limit;
    if (wait === this.pushedBack) return;
    this.pushedBack = wait;
    this.handle.pushBackResponse(wait);
  }
}
