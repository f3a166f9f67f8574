import { currentThread } from "../../src/platform/threads.ts";
import { COUNTER, statShape } from "../../src/stats/shape.ts";
import { StatClient } from "../../src/stats/stat-client.ts";
import type { StatGrant } from "../../src/stats/exchange.ts";

export const THREAD_SHAPE = statShape([{ name: "total", kind: "counter" }, { name: "active", kind: "gauge" }, { name: "ms", kind: "histogram" }, { name: "limit", kind: "limit" }]);

/** Counts as told: "count N", "try MAX" (how often the limit let it in), "die". */
const thread = currentThread();
if (thread !== undefined) {
  const { column, columns } = thread.data as { column: number; columns: number };
  const tell = (): void => {
    const request = client.collect();
    if (request !== undefined) thread.post({ request });
  };
  const client = new StatClient(column, columns, () => queueMicrotask(tell));
  const block = client.block("t.", THREAD_SHAPE);
  thread.onMessage((message) => {
    if (typeof message !== "string") {
      client.accept(message as unknown as StatGrant);
      return;
    }
    const [verb, n = "0"] = message.split(" ");
    if (verb === "die") throw new Error("told to die");
    if (verb === "count") {
      for (let i = 0; i < Number(n); i++) {
        block.inc(0);
        block.record(2, i % 1000);
      }
      block.set(1, 7);
      block.child(`rq_${n}`, COUNTER).inc(0);
    }
    let got = 0;
    if (verb === "try") for (let i = 0; i < 10_000; i++) if (block.tryAcquire(3, Number(n))) got++;
    thread.post({ did: message, got });
  });
}
