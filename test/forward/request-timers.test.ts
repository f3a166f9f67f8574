import { describe, expect, it } from "vitest";
import { RequestTimers } from "../../src/forward/request-timers.ts";
import { FakeClock } from "../../src/platform/fake-clock.ts";

const noting = (seen: string[], name: string) => ({ onTimeout: () => void seen.push(name) });

describe("the timers of requests", () => {
  it("tell the owner of the moment, and nobody once they are given back", () => {
    const clock = new FakeClock();
    const timers = new RequestTimers(clock);
    const seen: string[] = [];
    const first = timers.start(noting(seen, "first"), 10);
    timers.giveBack(first);
    const second = timers.start(noting(seen, "second"), 20);
    expect(second).toBe(first);
    clock.advance(15);
    expect(seen).toEqual([]);
    clock.advance(10);
    expect(seen).toEqual(["second"]);
    timers.giveBack(second);
    clock.advance(100);
    expect(seen).toEqual(["second"]);
    expect(clock.pending).toBe(0);
  });

  it("serve requests at the same time apart from each other", () => {
    const clock = new FakeClock();
    const timers = new RequestTimers(clock);
    const seen: string[] = [];
    timers.start(noting(seen, "slow"), 30);
    timers.start(noting(seen, "fast"), 10);
    clock.advance(40);
    expect(seen).toEqual(["fast", "slow"]);
  });
});
