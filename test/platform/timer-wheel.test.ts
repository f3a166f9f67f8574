import { describe, expect, it } from "vitest";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import { TICK_MS, TimerWheel, type WheelDriver } from "../../src/platform/timer-wheel.ts";

/** Moves time to where the wheel wants to be woken. */
class Driver implements WheelDriver {
  time = 12_345.678;
  wakeAt = Infinity;
  wakes = 0;
  readonly reports: unknown[] = [];
  now(): number {
    return this.time;
  }
  wakeIn(ms: number): void {
    this.wakeAt = this.time + ms;
  }
  report(error: unknown): void {
    this.reports.push(error);
  }
  run(wheel: TimerWheel, ms: number): void {
    const until = this.time + ms;
    while (this.wakeAt <= until) {
      this.time = Math.max(this.time, this.wakeAt);
      this.wakeAt = Infinity;
      this.wakes++;
      wheel.turn();
    }
    this.time = until;
  }
}

function setUp(): { driver: Driver; wheel: TimerWheel } {
  const driver = new Driver();
  return { driver, wheel: new TimerWheel(driver) };
}

describe("the timer wheel", () => {
  it("never fires early and at most one tick late, far deadlines included (random, seed printed)", () => {
    const seed = Number(process.env["SEED"] ?? 77);
    const random = new SeededRandom(seed);
    const { driver, wheel } = setUp();
    const late: number[] = [];
    for (let i = 0; i < 2000; i++) {
      const ms = random.u32() % (random.u32() % 5 === 0 ? 60_000 : 800);
      const deadline = driver.time + ms;
      wheel.timer(() => late.push(driver.time - deadline)).arm(ms);
      driver.run(wheel, random.u32() % 9);
    }
    driver.run(wheel, 70_000);
    expect(late).toHaveLength(2000);
    expect(Math.min(...late), `seed ${seed}`).toBeGreaterThanOrEqual(0);
    expect(Math.max(...late), `seed ${seed}`).toBeLessThanOrEqual(TICK_MS + 1);
    expect(wheel.count).toBe(0);
  });

  it("putting off moves the deadline; a re-armed timer fires once", () => {
    const { driver, wheel } = setUp();
    let fired = 0;
    const timer = wheel.timer(() => fired++);
    timer.arm(100);
    for (let i = 0; i < 50; i++) {
      driver.run(wheel, 50);
      timer.arm(100);
    }
    expect(fired).toBe(0);
    driver.run(wheel, 120);
    expect(fired).toBe(1);
    driver.run(wheel, 10_000);
    expect(fired).toBe(1);
  });

  it("bringing forward fires sooner", () => {
    const { driver, wheel } = setUp();
    let at = 0;
    const start = driver.time;
    const timer = wheel.timer(() => { at = driver.time - start; });
    timer.arm(60_000);
    timer.arm(30);
    driver.run(wheel, 50);
    expect(at).toBeGreaterThanOrEqual(30);
  });

  it("a cancelled timer stays silent and may be armed again", () => {
    const { driver, wheel } = setUp();
    let fired = 0;
    const timer = wheel.timer(() => fired++);
    timer.arm(20);
    expect(timer.armed).toBe(true);
    timer.cancel();
    expect(timer.armed).toBe(false);
    driver.run(wheel, 100);
    expect(fired).toBe(0);
    timer.arm(20);
    driver.run(wheel, 100);
    expect(fired).toBe(1);
    expect(timer.armed).toBe(false);
  });

  it("what fires may arm, cancel and re-arm others of the same tick", () => {
    const { driver, wheel } = setUp();
    const order: string[] = [];
    const b = wheel.timer(() => order.push("b"));
    const c = wheel.timer(() => order.push("c"));
    const a = wheel.timer(() => {
      order.push("a");
      b.cancel();
      a.arm(50);
      wheel.timer(() => order.push("d")).arm(0);
    });
    for (const timer of [a, b, c]) timer.arm(20);
    driver.run(wheel, 45);
    expect(order).toEqual(["a", "c", "d"]);
    driver.run(wheel, 60);
    expect(order).toEqual(["a", "c", "d", "a"].concat(order.slice(4)));
  });

  it("a rested timer does not fire, keeps its place, and fires at its new deadline when it is armed again", () => {
    const { driver, wheel } = setUp();
    const fired: number[] = [];
    const timer = wheel.timer(() => fired.push(driver.time));
    timer.arm(100);
    timer.rest();
    expect([timer.armed, wheel.count]).toEqual([false, 1]);
    const again = driver.time + 300;
    timer.arm(300);
    driver.run(wheel, 299);
    expect(fired).toEqual([]);
    driver.run(wheel, 30);
    expect(fired).toHaveLength(1);
    expect(fired[0]).toBeGreaterThanOrEqual(again);
    timer.arm(100);
    timer.rest();
    driver.run(wheel, 200);
    expect([fired.length, wheel.count]).toEqual([1, 0]);
  });

  it("an empty wheel never wakes the thread; ten thousand idle timers wake it rarely", () => {
    const { driver, wheel } = setUp();
    driver.run(wheel, 100_000);
    expect(driver.wakes).toBe(0);
    for (let i = 0; i < 10_000; i++) wheel.timer(() => {}).arm(60_000);
    driver.run(wheel, 59_000);
    expect(driver.wakes).toBeLessThan(20);
  });

  it("survives a machine that slept: everything due fires at once", () => {
    const { driver, wheel } = setUp();
    let fired = 0;
    for (let ms = 0; ms < 10_000; ms += 100) wheel.timer(() => fired++).arm(ms);
    driver.time += 3_600_000;
    driver.run(wheel, 0);
    expect(fired).toBe(100);
  });

  it("reports what a timer throws and fires the rest", () => {
    const { driver, wheel } = setUp();
    let fired = false;
    wheel.timer(() => { throw new Error("bad timer"); }).arm(10);
    wheel.timer(() => { fired = true; }).arm(10);
    driver.run(wheel, 40);
    expect(driver.reports.map(String)).toEqual(["Error: bad timer"]);
    expect(fired).toBe(true);
  });
});
