import { describe, expect, it } from "vitest";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import { SystemClock } from "../../src/platform/system-clock.ts";
import { Turn } from "../../src/platform/turn.ts";

describe("the machine's clock", () => {
  it("moves on, and fires timers within one turn", async () => {
    const turn = new Turn((error) => { throw error; });
    const clock = new SystemClock(turn);
    const start = clock.now();
    const order: string[] = [];
    await new Promise<void>((done) => {
      clock.after(30, () => {
        turn.touch({ settle: () => { order.push("settled"); done(); } });
        order.push("fired");
      });
    });
    expect(order).toEqual(["fired", "settled"]);
    expect(clock.now() - start).toBeGreaterThanOrEqual(30);
    expect(clock.wall()).toBeGreaterThan(1_700_000_000_000);
  });
});

describe("the machine's clock within a turn", () => {
  it("stands still, and has moved on in the next one", () => {
    const turn = new Turn((error) => { throw error; });
    const clock = new SystemClock(turn);
    const pass = (ms: number): void => {
      for (const until = performance.now() + ms; performance.now() < until;);
    };
    const readings: number[] = [];
    const look = (): void => {
      readings.push(clock.now(), clock.wall());
      pass(3);
      readings.push(clock.now(), clock.wall());
    };
    turn.run(look);
    turn.run(() => turn.run(look));
    const [now = 0, wall = 0, nowLater, wallLater, next = 0, nextWall = 0] = readings;
    expect([nowLater, wallLater]).toEqual([now, wall]);
    expect(next - now).toBeGreaterThanOrEqual(3);
    expect(nextWall - wall).toBeGreaterThanOrEqual(2);
    const outside = clock.now();
    pass(1);
    expect(clock.now()).toBeGreaterThan(outside);
  });
});

describe("the fake clock", () => {
  it("fires in order of deadline, then of arming, at exactly that time", () => {
    const clock = new FakeClock(0, 0);
    const seen: string[] = [];
    const note = (name: string) => (): void => { seen.push(`${name}@${clock.now()}`); };
    clock.after(20, note("b"));
    clock.after(10, note("a"));
    clock.after(20, note("c"));
    clock.advance(15);
    expect(seen).toEqual(["a@10"]);
    clock.advance(100);
    expect(seen).toEqual(["a@10", "b@20", "c@20"]);
    expect([clock.now(), clock.wall(), clock.pending]).toEqual([115, 115, 0]);
  });

  it("fires what a timer arms if it falls within, and forgets what is cancelled", () => {
    const clock = new FakeClock();
    let fired = 0;
    const again = clock.timer(() => { if (++fired < 3) again.arm(10); });
    again.arm(10);
    const never = clock.after(5, () => { fired = 100; });
    never.cancel();
    clock.advance(30);
    expect(fired).toBe(3);
  });
});
