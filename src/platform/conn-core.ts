import type { Timer } from "./clock.ts";
import type { CloseCause, Conn, ConnHandler, DialOptions } from "./conn.ts";
import { DialSteps } from "./dial-steps.ts";
import { type ConnContext, RawSocket } from "./raw-socket.ts";
import { SendQueue } from "./send-queue.ts";
import { NO_CERTIFICATE, tlsFailureText, tlsRefusalText, type TlsClientOptions, type TlsFacts, type TlsHooks, type TlsServerOptions } from "./tls.ts";
import type { Settled } from "./turn.ts";

const CONNECTING = 0;
const OPEN = 1;
const OVER = 2;
const TOLD = 3;

/** Chunks from this size on are offered to the kernel as they are, behind what was gathered before. */
const DIRECT_BYTES = 32 * 1024;
/** How long `close()` lets a peer hold the flush up without any progress, ms. */
const FLUSH_MS = 1000;

let lastId = 0;

/**
 * What all transports' connections have in common: gathering, watermarks, pausing, half-close, and the one `onClose`. A
 * transport supplies the `raw` calls and feeds in `opened`, `received`, `ended`, `writeReady` and `closed`, each an event (a turn).
 */
export abstract class ConnCore extends RawSocket implements Conn, Settled {
  handler: ConnHandler;
  readonly id = ++lastId;
  tls: TlsFacts | undefined = undefined;
  failure = "";
  gathers = false;

  readonly #context: ConnContext;
  readonly #queue: SendQueue;
  #state: number = CONNECTING;
  #cause: CloseCause = "local";
  #highWatermark: number;
  #touched = false;
  /** To be settled when the event loop has been round. */
  #waits = false;
  /** The kernel took less than it was offered: wait for `writeReady`. */
  #blocked = false;
  /** A write answered false: `onDrain` is owed. */
  #aboveHigh = false;
  #connectOwed = false;
  /** A handshake answered by `startTls` is under way: nothing is sent. */
  #securing = false;
  #securedOwed = false;
  /** What remains to be done before a dialed connection is open. */
  #steps: DialSteps | undefined;
  #paused = false;
  /** Read but not handed over: while paused, or put back. */
  #unread: Buffer[] = [];
  #endUnread = false;
  #finSeen = false;
  /** `end` was called. */
  #ending = false;
  #finSent = false;
  /** `close` was called. */
  #closing = false;
  #lingerMs = 0;
  /** How long the peer may hold the flush up; 0: as long as it likes. */
  #flushMs = FLUSH_MS;
  #bound: Timer | undefined;

  constructor(context: ConnContext, handler: ConnHandler, highWatermark: number) {
    super();
    this.#context = context;
    this.#queue = new SendQueue(context.turn.pool);
    this.handler = handler;
    this.#highWatermark = highWatermark;
  }

  get writable(): boolean {
    return this.#state <= OPEN && !this.#ending && !this.#closing;
  }

  get buffered(): number {
    return this.#queue.length + this.rawBuffered();
  }

  get highWatermark(): number {
    return this.#highWatermark;
  }

  set highWatermark(bytes: number) {
    this.#highWatermark = bytes;
    if (this.#aboveHigh) this.#touch();
  }

  write(chunk: Buffer, start: number, end: number): boolean {
    if (!this.writable) return true;
    if (end - start >= DIRECT_BYTES && this.#flush()) {
      const taken = this.take(chunk, start, end);
      if (taken < end - start) {
        this.#blocked = true;
        this.#queue.append(chunk, start + taken, end);
      }
    } else {
      this.#queue.append(chunk, start, end);
      if (this.gathers && this.#queue.length < DIRECT_BYTES) this.#touchLater();
      else this.#touch();
    }
    if (this.#highWatermark === 0 || this.buffered <= this.#highWatermark) return true;
    if (this.#flush() && this.buffered <= this.#highWatermark) return true;
    this.#aboveHigh = true;
    return false;
  }

  pause(): void {
    if (this.#paused) return;
    this.#paused = true;
    if (this.#state === OPEN && !this.#closing && !this.#securing) this.rawPause();
  }

  resume(): void {
    if (!this.#paused) return;
    this.#paused = false;
    if (this.#state !== OPEN || this.#closing || this.#securing) return;
    this.rawResume();
    if (this.#unread.length > 0 || this.#endUnread) this.#touch();
  }

  end(): void {
    if (!this.writable) return;
    if (this.#securing) return this.close();
    this.#ending = true;
    this.#touch();
  }

  close(lingerMs = 0, flushMs = FLUSH_MS): void {
    if (this.#state >= OVER || this.#closing) return;
    if (this.#state === CONNECTING || this.#securing) {
      this.#over("local");
      this.rawClose();
      return;
    }
    this.#closing = true;
    this.#lingerMs = lingerMs;
    this.#flushMs = flushMs;
    this.#unread = [];
    // a paused socket would never show the peer's FIN
    if (this.#paused) this.rawResume();
    this.#touch();
  }

  reset(): void {
    if (this.#state >= OVER) return;
    this.#break("local");
  }

  unshift(chunk: Buffer): void {
    if (this.#state !== OPEN || this.#closing || chunk.length === 0) return;
    this.#unread.unshift(chunk);
    this.#touch();
  }

  startTls(options: TlsServerOptions, hello: Buffer): void {
    if (!this.writable || this.#securing) return;
    this.#securing = true;
    if (this.#paused) this.rawResume();
    this.rawSecure(options, hello);
  }

  /** Event of the transport: the handshake is done. `judge` may still refuse the peer. */
  protected secured(facts: TlsFacts, options: TlsServerOptions | TlsClientOptions): void {
    if (this.#state >= OVER) return;
    if ("requireCertificate" in options && options.requireCertificate && facts.peerCertificate === undefined) return this.handshakeFailed(NO_CERTIFICATE, options);
    const refusal = options.judge(facts);
    if (refusal !== null) return this.handshakeFailed("", options, tlsRefusalText(refusal));
    this.tls = facts;
    if (this.#state === CONNECTING) return this.opened();
    this.#context.turn.begin();
    this.#securing = false;
    this.#securedOwed = true;
    if (this.#paused) this.rawPause();
    this.#touch();
    this.#context.turn.end();
  }

  /** Event of the transport: no handshake. `message`: the library's. */
  protected handshakeFailed(message: string, options: Partial<TlsHooks>, failure = tlsFailureText(message)): void {
    if (this.#state >= OVER) return;
    this.#context.turn.begin();
    this.failure = failure;
    options.onFailure?.(failure);
    this.#over("tls");
    this.rawClose();
    this.#context.turn.end();
  }

  /** Event of the transport: a dialed socket is there, and what else was asked for begins. */
  protected socketOpened({ prelude, tls, refusal }: DialOptions): void {
    if (refusal !== undefined) return this.handshakeFailed("", {}, refusal);
    if (prelude === undefined && tls === undefined) return this.opened();
    this.#steps = new DialSteps(prelude, this, () => this.breakOff("reset"), (rest) => {
      this.#steps = undefined;
      if (tls !== undefined) return this.rawSecure(tls, rest);
      this.opened();
      if (rest !== undefined) this.received(rest);
    });
    this.#steps.begin();
  }

  /** For dialers: the time to connect is over. */
  dialTimedOut(): void {
    if (this.#state === CONNECTING) this.breakOff("timeout");
  }

  /** Breaks it off for a reason of this side's: a timeout, a failed handshake. */
  protected breakOff(cause: CloseCause): void {
    if (this.#state >= OVER) return;
    this.#context.turn.begin();
    this.#break(cause);
    this.#context.turn.end();
  }

  /** An accepted connection is open from the start. */
  protected accepted(): void {
    this.#state = OPEN;
  }

  /** Whether `closed` or a local close has been dealt with. */
  protected get over(): boolean {
    return this.#state >= OVER;
  }

  /** Event: a dialed connection is open. */
  opened(): void {
    if (this.#state !== CONNECTING) return;
    this.#context.turn.begin();
    this.#state = OPEN;
    this.#connectOwed = true;
    if (this.#paused) this.rawPause();
    this.#touch();
    this.#context.turn.end();
  }

  /** Event: bytes arrived. `lent`: they are others once this returns. */
  received(chunk: Buffer, lent = false): void {
    if (this.#steps !== undefined) return this.#steps.receive(chunk);
    if (this.#state !== OPEN || this.#closing) return;
    this.#context.turn.begin();
    if (this.#paused || this.#connectOwed || this.#securedOwed || this.#unread.length > 0) {
      this.#unread.push(lent ? Buffer.from(chunk) : chunk);
      this.#touch();
    } else {
      try {
        this.handler.onData(this, chunk);
      } catch (error) {
        this.#fault(error);
      }
    }
    this.#context.turn.end();
  }

  /** Event: the peer's FIN. */
  ended(): void {
    if (this.#securing || this.#steps !== undefined) return this.breakOff("remote");
    if (this.#state !== OPEN || this.#finSeen) return;
    this.#context.turn.begin();
    this.#finSeen = true;
    this.#endUnread = !this.#closing;
    this.#touch();
    this.#context.turn.end();
  }

  /** Event: the kernel has room again. */
  writeReady(): void {
    if (this.#state !== OPEN) return;
    this.#context.turn.begin();
    this.#blocked = false;
    if (this.#bound !== undefined) this.#bound.arm(this.#lingerMs || this.#flushMs);
    this.#touch();
    this.#context.turn.end();
  }

  /** Event: the socket is gone. `remote` = in good order. */
  closed(cause: CloseCause): void {
    if (this.#state >= OVER) return;
    this.#context.turn.begin();
    if (cause === "remote" && this.#state === OPEN && !this.#closing && !this.#securing) {
      this.#endUnread ||= !this.#finSeen;
      this.#finSeen = true;
      this.#deliver(true);
    }
    this.#over(this.#closing ? "local" : cause);
    this.#context.turn.end();
  }

  /** The turn ends: what is owed is told, what is gathered is sent. */
  settle(): void {
    this.#touched = this.#waits = false;
    try {
      if (this.#state === OPEN) this.#settleOpen();
      if (this.#state === OVER) this.#tell();
    } catch (error) {
      this.#fault(error);
    }
  }

  #settleOpen(): void {
    if (this.#connectOwed) {
      this.#connectOwed = false;
      this.handler.onConnect?.(this);
    }
    if (this.#securedOwed) {
      this.#securedOwed = false;
      this.handler.onSecured?.(this);
    }
    this.#deliver(false);
    if (this.#state !== OPEN) return;
    const flushed = this.#flush() && this.rawBuffered() === 0;
    if (this.#aboveHigh && (this.#highWatermark === 0 || this.buffered <= this.#highWatermark / 2)) {
      this.#aboveHigh = false;
      if (this.writable) this.handler.onDrain(this);
    }
    if (this.#state !== OPEN) return;
    if (this.#closing) this.#settleClosing(flushed);
    else if (this.#ending && flushed) this.#settleEnding();
  }

  #settleEnding(): void {
    if (!this.#finSent) {
      this.#finSent = true;
      this.rawEnd();
    }
    // the peer finished before: this side is the last
    if (this.#state === OPEN && this.#finSeen && !this.#endUnread) {
      this.#over("local");
      this.rawClose();
    }
  }

  #settleClosing(flushed: boolean): void {
    if (flushed && (this.#finSeen || this.#lingerMs === 0)) {
      this.#over("local");
      this.rawClose();
      return;
    }
    const boundMs = this.#lingerMs || this.#flushMs;
    if (this.#bound !== undefined || boundMs === 0) return;
    this.#bound = this.#context.clock.after(boundMs, () => this.#lingered());
  }

  /** The peer had its time to close first. What could not be sent by now is lost. */
  #lingered(): void {
    if (this.#state !== OPEN || this.buffered > 0) return this.breakOff("local");
    this.#context.turn.begin();
    this.#over("local");
    this.rawClose();
    this.#touch();
    this.#context.turn.end();
  }

  /** Hands over what was read before. `atOnce`: the socket is gone and nothing can wait any longer. */
  #deliver(atOnce: boolean): void {
    try {
      while (this.#unread.length > 0 && this.#state === OPEN && !this.#closing && (!this.#paused || atOnce)) {
        this.handler.onData(this, this.#unread.shift() as Buffer);
      }
      if (!this.#endUnread || this.#state !== OPEN || this.#closing || (this.#paused && !atOnce)) return;
      this.#endUnread = false;
      this.handler.onEnd(this);
      if (this.#finSent && this.#state === OPEN && !this.#closing) {
        this.#over("remote");
        this.rawClose();
      }
    } catch (error) {
      this.#fault(error);
    }
  }

  /** True when the kernel has everything. */
  #flush(): boolean {
    if (this.#state !== OPEN || this.#blocked || this.#securing) return false;
    if (this.#queue.length === 0) return true;
    if (this.#queue.sendTo(this)) return true;
    this.#blocked = true;
    return false;
  }

  #touch(): void {
    if (this.#touched) return;
    this.#touched = true;
    this.#context.turn.touch(this);
  }

  #touchLater(): void {
    if (this.#touched || this.#waits) return;
    this.#waits = true;
    this.#context.turn.touchLater(this);
  }

  #break(cause: CloseCause): void {
    this.#over(cause);
    this.rawReset();
  }

  #fault(error: unknown): void {
    this.#context.turn.report(error);
    if (this.#state < OVER) this.#break("error");
  }

  /** Comes before the raw call, which may tell of the close at once. */
  #over(cause: CloseCause): void {
    if (this.#state >= OVER) return;
    this.#state = OVER;
    this.#cause = cause;
    this.#bound?.cancel();
    this.#queue.clear();
    this.#unread = [];
    this.#touch();
  }

  #tell(): void {
    this.#state = TOLD;
    this.handler.onClose(this, this.#cause);
  }
}
