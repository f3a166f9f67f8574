import { expect, it } from "vitest";
import { Turn } from "../../src/platform/turn.ts";

function turn(): { turn: Turn; reports: string[] } {
  const reports: string[] = [];
  return { turn: new Turn((error) => reports.push(String(error))), reports };
}

it("settles when the outermost event ends, in order of touching", () => {
  const { turn: t } = turn();
  const order: string[] = [];
  t.begin();
  t.touch({ settle: () => order.push("a") });
  t.run(() => t.touch({ settle: () => order.push("b") }));
  expect(order).toEqual([]);
  t.end();
  expect(order).toEqual(["a", "b"]);
});

it("settles in a microtask when touched outside an event", async () => {
  const { turn: t } = turn();
  let settled = 0;
  t.touch({ settle: () => settled++ });
  t.touch({ settle: () => settled++ });
  expect(settled).toBe(0);
  await Promise.resolve();
  expect(settled).toBe(2);
});

it("settles again what is touched while settling, and lets the event loop in after many rounds", async () => {
  const { turn: t } = turn();
  let rounds = 0;
  const restless = { settle: (): void => { if (++rounds < 200) t.touch(restless); } };
  t.run(() => t.touch(restless));
  expect(rounds).toBeGreaterThan(10);
  expect(rounds).toBeLessThan(200);
  for (let i = 0; i < 10; i++) await new Promise<void>((done) => setImmediate(done));
  expect(rounds).toBe(200);
});

it("reports what is thrown, by events and by settling, and goes on", () => {
  const { turn: t, reports } = turn();
  let settled = false;
  t.run(() => {
    t.touch({ settle: () => { throw new Error("settling"); } });
    t.touch({ settle: () => { settled = true; } });
    throw new Error("event");
  });
  expect(reports).toEqual(["Error: event", "Error: settling"]);
  expect(settled).toBe(true);
});

it("survives a reporter that throws", () => {
  const t = new Turn(() => { throw new Error("deaf"); });
  expect(() => t.report(new Error("x"))).not.toThrow();
});

it("what is touched for later is settled once, when the event loop has been round", async () => {
  const rounds: (() => void)[] = [];
  const t = new Turn(() => undefined, { afterRound: (run) => void rounds.push(run), wakeIn: () => undefined });
  let settled = 0;
  const one = { settle: () => void settled++ };
  t.run(() => t.touchLater(one));
  t.run(() => t.touchLater({ settle: () => void settled++ }));
  expect([settled, rounds.length]).toEqual([0, 1]);
  rounds.shift()?.();
  expect(settled).toBe(2);
  t.touchLater(one);
  expect(rounds.length).toBe(1);
});
