import type { Timer } from "./clock.ts";

/** Width of a slot, ms. */
export const TICK_MS = 10;
const SLOTS = 512;
const MASK = SLOTS - 1;

/** A timer's place in a slot's circular list. The list's head is one too. */
class Node {
  next: Node = this;
  previous: Node = this;

  unlink(): void {
    this.previous.next = this.next;
    this.next.previous = this.previous;
    this.next = this;
    this.previous = this;
  }

  insertBefore(head: Node): void {
    this.previous = head.previous;
    this.next = head;
    head.previous.next = this;
    head.previous = this;
  }
}

class WheelTimer extends Node implements Timer {
  readonly wheel: TimerWheel;
  readonly fire: () => void;
  deadline = 0;
  /** Tick of the slot it lies in; 0 = in none. May be earlier than the deadline: it is then moved on when that slot comes up, or dropped if it rests. */
  tick = 0;
  armed = false;

  constructor(wheel: TimerWheel, fire: () => void) {
    super();
    this.wheel = wheel;
    this.fire = fire;
  }

  arm(ms: number): void {
    this.wheel.arm(this, ms);
  }

  cancel(): void {
    this.armed = false;
    if (this.tick !== 0) this.wheel.remove(this);
  }

  rest(): void {
    this.armed = false;
  }
}

/** What moves a wheel. */
export interface WheelDriver {
  now(): number;
  /** `wheel.turn()` is wanted `ms` from now; an earlier wish replaces a later one. */
  wakeIn(ms: number): void;
  report(error: unknown): void;
}

/**
 * A hashed wheel of 512 slots of 10 ms. A timer further off than the 5 seconds it spans waits in the last slot and is moved
 * on from there; re-arming for later only writes the deadline. The wheel sleeps until its next filled slot: an empty one never wakes
 * the thread.
 */
export class TimerWheel {
  readonly #driver: WheelDriver;
  readonly #slots: readonly Node[] = Array.from({ length: SLOTS }, () => new Node());
  /** The last tick dealt with. */
  #tick: number;
  #count = 0;
  #wakeTick = Infinity;

  constructor(driver: WheelDriver) {
    this.#driver = driver;
    this.#tick = Math.floor(driver.now() / TICK_MS);
  }

  /** Timers in the wheel. */
  get count(): number {
    return this.#count;
  }

  timer(fire: () => void): Timer {
    return new WheelTimer(this, fire);
  }

  /** Fires what is due. The driver calls it when the time it was asked for has come. */
  turn(): void {
    const now = this.#driver.now();
    const last = Math.floor(now / TICK_MS);
    this.#wakeTick = Infinity;
    // after a long sleep (a suspended machine) one round sees every slot
    if (last - this.#tick > SLOTS) this.#tick = last - SLOTS;
    while (this.#tick < last && this.#count > 0) {
      this.#tick++;
      this.#empty(this.#slots[this.#tick & MASK] as Node, now);
    }
    this.#tick = last;
    this.#sleep();
  }

  arm(timer: WheelTimer, ms: number): void {
    const now = this.#driver.now();
    timer.deadline = now + (ms > 0 ? ms : 0);
    timer.armed = true;
    if (timer.tick !== 0) {
      // its slot comes up in time to move it on
      if (timer.tick * TICK_MS <= timer.deadline) return;
      this.remove(timer);
    }
    const tick = this.#tickOf(timer.deadline, now);
    this.#insert(timer, tick);
    if (tick < this.#wakeTick) this.#wakeAt(tick, now);
  }

  remove(timer: WheelTimer): void {
    timer.unlink();
    timer.tick = 0;
    this.#count--;
  }

  /** The first tick that begins at or after the deadline, within the wheel's span. */
  #tickOf(deadline: number, now: number): number {
    if (this.#count === 0) this.#tick = Math.max(this.#tick, Math.floor(now / TICK_MS));
    return Math.max(this.#tick + 1, Math.min(Math.ceil(deadline / TICK_MS), this.#tick + MASK));
  }

  #insert(timer: WheelTimer, tick: number): void {
    timer.tick = tick;
    timer.insertBefore(this.#slots[tick & MASK] as Node);
    this.#count++;
  }

  /** Those put back in are due in a later slot, so this ends. */
  #empty(head: Node, now: number): void {
    // a list of its own: what fires may arm timers into any slot
    const due = new Node();
    if (head.next === head) return;
    due.next = head.next;
    due.previous = head.previous;
    due.next.previous = due;
    due.previous.next = due;
    head.next = head;
    head.previous = head;
    while (due.next !== due) {
      const timer = due.next as WheelTimer;
      this.remove(timer);
      if (!timer.armed) continue;
      if (timer.deadline > now) this.#insert(timer, this.#tickOf(timer.deadline, now));
      else this.#fire(timer);
    }
  }

  #fire(timer: WheelTimer): void {
    timer.armed = false;
    try {
      timer.fire();
    } catch (error) {
      this.#driver.report(error);
    }
  }

  #sleep(): void {
    if (this.#count === 0) return;
    for (let tick = this.#tick + 1; tick <= this.#tick + SLOTS; tick++) {
      const head = this.#slots[tick & MASK] as Node;
      if (head.next === head) continue;
      if (tick < this.#wakeTick) this.#wakeAt(tick, this.#driver.now());
      return;
    }
  }

  #wakeAt(tick: number, now: number): void {
    this.#wakeTick = tick;
    this.#driver.wakeIn(Math.max(0, tick * TICK_MS - now));
  }
}
