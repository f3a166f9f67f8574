import { currentThread } from "../../src/platform/threads.ts";
import { runWorker } from "../../src/server/worker.ts";

/** The worker thread of the product, but for one thing: told to die (all, or the one of that index), its code throws. */
const thread = currentThread();
if (thread !== undefined) {
  const { index } = JSON.parse(thread.data as string) as { readonly index: number };
  runWorker({
    role: thread.role, data: thread.data, post: (message, transfer) => thread.post(message, transfer),
    onMessage: (listener) =>
      thread.onMessage((message) => {
        if (typeof message !== "string" && message["kind"] === "die") {
          if (message["index"] !== undefined && message["index"] !== index) return;
          throw new Error("told to die");
        }
        listener(message);
      }),
  });
}
