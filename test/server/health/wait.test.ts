import { expect, test } from "vitest";
import { attempts } from "../../../src/server/health/wait.ts";
import { MemoryNetwork } from "../../support/memory-network.ts";

test("tries once without a wait", async () => {
  const { clock } = new MemoryNetwork();
  const given: number[] = [];
  expect(await attempts(clock, 0, 700, async (ms) => given.push(ms), () => false)).toBe(1);
  expect(given).toEqual([700]);
});

test("tries until it is satisfied, and tells each attempt what is left", async () => {
  const network = new MemoryNetwork();
  const given: number[] = [];
  expect(await network.after(attempts(network.clock, 3000, 2000, async (ms) => given.push(ms), (n) => n === 4))).toBe(4);
  expect(given).toEqual([2000, 2000, 2000, 1500]);
});

test("gives up with the last answer when the time is up", async () => {
  const network = new MemoryNetwork();
  const started = network.clock.now();
  expect(await network.after(attempts(network.clock, 1200, 2000, async (ms) => ms, () => false))).toBe(200);
  expect(network.clock.now() - started).toBeLessThanOrEqual(1200);
});
