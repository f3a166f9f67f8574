/**
 * Flow control of what is sent: the connection's window, and the streams that wait for it or for their own. Those that wait take
 * turns, a frame each, so that none starves.
 */
import { FIRST_WINDOW, LARGEST_WINDOW } from "./http2-frames.ts";
import type { Http2Stream } from "./http2-stream.ts";

export class Sender {
  readonly #sendLimit: number;
  /** What the peer lets us send on the connection. */
  #window = FIRST_WINDOW;
  #ring: Http2Stream[] = [];
  #first = 0;
  /** Streams whose writers are held back. */
  readonly #held = new Set<Http2Stream>();
  /** The queues together are too long. */
  #full = false;
  /** Bytes in the queues of all streams. */
  queued = 0;

  constructor(sendLimit: number) {
    this.#sendLimit = sendLimit;
  }

  /** Widens the connection's window. False: beyond what a window may be. */
  widen(bytes: number): boolean {
    this.#window += bytes;
    return this.#window <= LARGEST_WINDOW;
  }

  /** Something was put into a stream's queue. `maxFrame`: the most bytes of a frame. Returns the DATA frames sent. */
  send(stream: Http2Stream, maxFrame: number): number {
    if (stream.waiting) return 0;
    let frames = 0;
    while (stream.pending) {
      if (!this.#open(stream)) {
        if (stream.sendWindow > 0) this.#wait(stream);
        break;
      }
      this.#sendOne(stream, maxFrame);
      frames++;
    }
    this.#judge(stream);
    return frames;
  }

  /** Windows have opened: sends what they allow. `ended` hears of each stream that has nothing more to send. */
  pump(maxFrame: number, ended: (stream: Http2Stream) => void): number {
    let frames = 0;
    while (this.#first < this.#ring.length) {
      const stream = this.#ring[this.#first] as Http2Stream;
      if (stream.queued > 0 && this.#window <= 0) break;
      this.#shift();
      stream.waiting = false;
      if (stream.closed || !stream.pending) continue;
      if (!this.#open(stream)) continue;
      this.#sendOne(stream, maxFrame);
      frames++;
      if (stream.pending && (stream.queued === 0 || stream.sendWindow > 0)) this.#wait(stream);
      this.#judge(stream);
      if (stream.localEnded) ended(stream);
    }
    return frames;
  }

  /** A message begins whose body is to come: not yet, while the queues are too long. */
  begins(stream: Http2Stream): void {
    if (!this.#full) return;
    this.#held.add(stream);
    stream.tell(true);
  }

  /** A stream's own window has opened. */
  opened(stream: Http2Stream): void {
    if (!stream.waiting && stream.pending) this.#wait(stream);
  }

  /** A stream is over; what it had queued is gone. */
  forget(stream: Http2Stream): void {
    this.#held.delete(stream);
    if (this.#full) this.#judge(stream);
  }

  #open(stream: Http2Stream): boolean {
    return stream.queued === 0 || (this.#window > 0 && stream.sendWindow > 0);
  }

  #sendOne(stream: Http2Stream, maxFrame: number): void {
    const bytes = stream.sendFrame(Math.min(maxFrame, this.#window, stream.sendWindow));
    this.#window -= bytes;
    stream.sendWindow -= bytes;
  }

  #wait(stream: Http2Stream): void {
    stream.waiting = true;
    this.#ring.push(stream);
  }

  #shift(): void {
    this.#first++;
    if (this.#first < 1024 && this.#first < this.#ring.length) return;
    this.#ring = this.#ring.slice(this.#first);
    this.#first = 0;
  }

  /** Holds a stream's writer back, or lets it go on; and each that writes while the queues together are too long. */
  #judge(stream: Http2Stream): void {
    if (stream.queued > this.#sendLimit || (stream.queued > 0 && this.queued > this.#sendLimit * 4)) {
      this.#full ||= this.queued > this.#sendLimit * 4;
      this.#held.add(stream);
      stream.tell(true);
    } else if (this.#full && this.queued <= this.#sendLimit * 2) {
      this.#full = false;
      for (const held of this.#held) this.#release(held);
    } else if (!this.#full && this.#held.has(stream)) this.#release(stream);
  }

  #release(stream: Http2Stream): void {
    if (stream.queued * 2 > this.#sendLimit) return;
    this.#held.delete(stream);
    stream.tell(false);
  }
}
