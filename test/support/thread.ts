import { currentThread } from "../../src/platform/threads.ts";

/** The other side of the thread tests: echoes, writes into shared memory, and dies when told to. */
const thread = currentThread();
if (thread !== undefined) {
  const { role, data } = thread;
  // later than the first messages
  setTimeout(() => {
    thread.onMessage((message) => {
      if (message === "throw") throw new Error("told to");
      if (message === "reject") void Promise.reject(new Error("told to reject"));
      if (typeof message === "string") thread.post(`${role} ${JSON.stringify(data)} ${message}`);
      else if (message["memory"] instanceof SharedArrayBuffer) {
        new Float64Array(message["memory"])[0] = 42;
        thread.post({ bytes: message["bytes"] });
      }
    });
  }, 30);
}
