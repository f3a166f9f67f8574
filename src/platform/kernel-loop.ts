/**
 * A thread's own round of events, on epoll(7). The runtime's loop goes on beside it: its epoll descriptor is one of those polled here, and
 * each round gives it a turn. So sockets are read and written by plain calls, without an object, a copy and a dispatch of the runtime for
 * each event (0.7 us of 12.5 a proxied request), and everything else of the runtime (threads, files, TLS, DNS) works as before.
 *
 *     round:  alarm? -> those who wait -> epoll_wait -> events -> (microtasks, the runtime's own events) -> round ...
 */
import { Buffer } from "node:buffer";
import type { EventLoop } from "./event-loop.ts";
import { hold, letGo } from "./held-descriptors.ts";
import type { KernelCalls } from "./kernel-calls.ts";
import { runtimePoll } from "./runtime-poll.ts";

export const EPOLLIN = 0x1;
export const EPOLLOUT = 0x4;
export const EPOLLERR = 0x8;
export const EPOLLHUP = 0x10;
export const EPOLLRDHUP = 0x2000;
export const EPOLLET = 0x8000_0000;

const CTL_ADD = 1;
const CTL_DEL = 2;
const CTL_MOD = 3;
const CLOEXEC = 0o2000000;

const MOST_EVENTS = 64;
/** The runtime may have timers of its own, of which its descriptor does not tell: they are late by this at most. */
const LONGEST_WAIT_MS = 100;

/** What hears of a descriptor's events. */
export interface Polled {
  /** `events`: EPOLL bits. Level- or edge-triggered, as it was added. */
  ready(events: number): void;
}

/** `struct epoll_event` is packed on x64 only. */
const PACKED = process.arch === "x64";
const EVENT_BYTES = PACKED ? 12 : 16;
const DATA_AT = PACKED ? 1 : 2;

export class KernelLoop implements EventLoop {
  readonly calls: KernelCalls;
  readonly #poll: number;
  readonly #report: (error: unknown) => void;
  readonly #event = Buffer.allocUnsafeSlow(EVENT_BYTES);
  readonly #events = Buffer.allocUnsafeSlow(EVENT_BYTES * MOST_EVENTS);
  readonly #words = new Int32Array(this.#events.buffer);
  readonly #eventsAt: number;
  /** By descriptor. */
  readonly #polled: (Polled | undefined)[] = [];
  /** How often the descriptor was added: an event of an earlier life is nobody's. */
  readonly #lives: number[] = [];
  #waiting: (() => void)[] = [];
  #alarmAt = Infinity;
  #alarm: (() => void) | undefined;
  #stopped = false;
  readonly #round = (): void => this.#turn();

  private constructor(calls: KernelCalls, poll: number, report: (error: unknown) => void) {
    this.calls = calls;
    this.#poll = poll;
    this.#report = report;
    this.#eventsAt = calls.addressOf(this.#events);
  }

  /** Null where the kernel or the runtime does not let it. */
  static open(calls: KernelCalls, report: (error: unknown) => void): KernelLoop | null {
    const runtime = runtimePoll();
    const poll = runtime === null ? -1 : calls.epoll_create1(CLOEXEC);
    if (runtime === null || poll < 0) return null;
    const loop = new KernelLoop(calls, poll, report);
    if (!loop.#control(CTL_ADD, runtime, EPOLLIN)) {
      calls.close(poll);
      return null;
    }
    hold(poll);
    setImmediate(loop.#round);
    return loop;
  }

  /** False: the kernel would not. */
  add(fd: number, events: number, polled: Polled): boolean {
    hold(fd);
    this.#polled[fd] = polled;
    this.#lives[fd] = ((this.#lives[fd] ?? 0) + 1) | 0;
    return this.#control(CTL_ADD, fd, events);
  }

  change(fd: number, events: number): void {
    this.#control(CTL_MOD, fd, events);
  }

  /** To be called before the descriptor is closed or given away. */
  remove(fd: number): void {
    this.forget(fd);
    this.#control(CTL_DEL, fd, 0);
  }

  /** As `remove`, of a descriptor that is closed at once: the kernel then forgets it by itself. */
  forget(fd: number): void {
    letGo(fd);
    this.#polled[fd] = undefined;
  }

  afterRound(run: () => void): void {
    this.#waiting.push(run);
  }

  wakeIn(ms: number, wake: () => void): void {
    this.#alarmAt = performance.now() + ms;
    this.#alarm = wake;
  }

  /** No more rounds. A thread that ends need not say so. */
  stop(): void {
    if (this.#stopped) return;
    this.#stopped = true;
    letGo(this.#poll);
    this.calls.close(this.#poll);
  }

  #turn(): void {
    if (this.#stopped) return;
    this.#ring();
    this.#runWaiting();
    const count = this.calls.epoll_wait(this.#poll, this.#eventsAt, MOST_EVENTS, this.#wait());
    const words = this.#words;
    for (let i = 0; i < count; i++) {
      const at = (i * EVENT_BYTES) >> 2;
      const fd = words[at + DATA_AT] as number;
      if (words[at + DATA_AT + 1] !== this.#lives[fd]) continue;
      try {
        this.#polled[fd]?.ready(words[at] as number);
      } catch (error) {
        this.#report(error);
      }
    }
    // what waits now need not wait for the runtime
    this.#runWaiting();
    setImmediate(this.#round);
  }

  #ring(): void {
    if (this.#alarmAt > performance.now()) return;
    const alarm = this.#alarm;
    this.#alarmAt = Infinity;
    this.#alarm = undefined;
    alarm?.();
  }

  #runWaiting(): void {
    if (this.#waiting.length === 0) return;
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const run of waiting) run();
  }

  #wait(): number {
    if (this.#waiting.length > 0) return 0;
    return Math.min(LONGEST_WAIT_MS, Math.max(0, Math.ceil(this.#alarmAt - performance.now())));
  }

  #control(operation: number, fd: number, events: number): boolean {
    this.#event.writeUInt32LE(events >>> 0, 0);
    this.#event.writeInt32LE(fd, DATA_AT * 4);
    this.#event.writeInt32LE(this.#lives[fd] ?? 0, DATA_AT * 4 + 4);
    return this.calls.epoll_ctl(this.#poll, operation, fd, this.#event) === 0;
  }
}
