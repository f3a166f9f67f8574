import { currentThread } from "../../src/platform/threads.ts";
import { runWorker } from "../../src/server/worker.ts";

/** The worker thread of the product, but for one thing: told to die, its code throws. */
const thread = currentThread();
if (thread !== undefined) {
  runWorker({
    role: thread.role, data: thread.data, post: (message, transfer) => thread.post(message, transfer),
    onMessage: (listener) =>
      thread.onMessage((message) => {
        if (typeof message !== "string" && message["kind"] === "die") throw new Error("told to die");
        listener(message);
      }),
  });
}
