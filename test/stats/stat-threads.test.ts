import { expect, it } from "vitest";
import { type Message, type ThreadHandle, spawnThread } from "../../src/platform/threads.ts";
import type { StatGrant } from "../../src/stats/exchange.ts";
import { StatRegistry } from "../../src/stats/stat-registry.ts";
import { StatStore } from "../../src/stats/stat-store.ts";
import { THREAD_SHAPE } from "../support/stat-thread.ts";

interface Started {
  readonly thread: ThreadHandle;
  readonly did: { did: string; got: number }[];
  exited: boolean;
}

function start(registry: StatRegistry): Started {
  const column = registry.attach();
  const started: Started = {
    did: [],
    exited: false,
    thread: spawnThread({
      entry: new URL("../support/stat-thread.ts", import.meta.url).href,
      role: "worker",
      data: { column, columns: registry.columns },
      onMessage: (message) => {
        const { request } = message as { request?: string };
        if (request === undefined) started.did.push(message as { did: string; got: number });
        else started.thread.post(registry.handle(column, request) as StatGrant & Message);
      },
      onError: () => {},
      onExit: () => {
        started.exited = true;
        registry.retire(column);
      },
    }),
  };
  return started;
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 2000 && !holds(); i++) await new Promise((done) => setTimeout(done, 5));
  expect(holds()).toBe(true);
}

it("real threads count without loss, a limit holds exactly, and a death takes nothing along but gauges and holds", async () => {
  const registry = new StatRegistry(2);
  const store = new StatStore(registry);
  const own = registry.own.block("t.", THREAD_SHAPE);
  const threads = [start(registry), start(registry)] as const;
  for (const { thread } of threads) thread.post("count 100000");
  await until(() => threads.every((t) => t.did.length === 1) && store.value("t.rq_100000") === 2);
  expect([store.value("t.total"), store.value("t.ms"), store.value("t.active")]).toEqual([200_000, 200_000, 14]);

  for (const { thread } of threads) thread.post("try 5000");
  await until(() => threads.every((t) => t.did.length === 2));
  expect(threads[0].did[1]?.got).toBe(5000 - (threads[1].did[1]?.got ?? 0));
  expect(own.held(3)).toBe(5000);

  threads[0].thread.post("die");
  await until(() => threads[0].exited);
  expect([store.value("t.total"), store.value("t.ms"), store.value("t.active"), store.value("t.rq_100000")]).toEqual([200_000, 200_000, 7, 2]);
  expect(own.held(3)).toBe(threads[1].did[1]?.got);

  const third = start(registry);
  third.thread.post("count 5");
  await until(() => third.did.length === 1 && store.value("t.total") === 200_005);
  for (const { thread } of [threads[1], third]) thread.terminate();
  await until(() => threads[1].exited && third.exited);
  expect(store.value("t.active")).toBe(0);
});
