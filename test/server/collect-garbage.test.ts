import { expect, test } from "vitest";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import type { ProcessFacts } from "../../src/platform/process.ts";
import { collectLater } from "../../src/server/collect-garbage.ts";

function collected(used: number): number {
  const clock = new FakeClock();
  let count = 0;
  const facts = { heap: () => ({ used, reserved: used }), collectGarbage: () => { count++; } } as unknown as ProcessFacts;
  collectLater({ clock, facts });
  clock.advance(5_000);
  return count;
}

test("a heap that reading left full is collected once, a small one never", () => {
  expect(collected(200 * 1024 * 1024)).toBe(1);
  expect(collected(10 * 1024 * 1024)).toBe(0);
});
