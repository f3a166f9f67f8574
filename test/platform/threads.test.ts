import { describe, expect, it } from "vitest";
import { type Message, type ThreadExit, type ThreadHandle, currentThread, spawnThread } from "../../src/platform/threads.ts";

interface Heard {
  readonly thread: ThreadHandle;
  readonly messages: Message[];
  readonly events: string[];
  readonly exits: ThreadExit[];
}

function spawn(): Heard {
  const heard = { messages: [] as Message[], events: [] as string[], exits: [] as ThreadExit[] };
  const thread = spawnThread({
    entry: new URL("../support/thread.ts", import.meta.url).href,
    role: "worker",
    data: { name: "w1" },
    onMessage: (message) => void heard.messages.push(message),
    onError: (error) => void heard.events.push(String(error)),
    onExit: (exit) => {
      heard.events.push("exit");
      heard.exits.push(exit);
    },
  });
  return { thread, ...heard };
}

async function until(holds: () => boolean): Promise<void> {
  for (let i = 0; i < 1000 && !holds(); i++) await new Promise((done) => setTimeout(done, 5));
}

describe("threads", () => {
  it("know their role and data, get what was posted early, and answer", async () => {
    const { thread, messages, exits } = spawn();
    thread.post("hello");
    await until(() => messages.length === 1);
    expect(messages).toEqual(['worker {"name":"w1"} hello']);
    thread.terminate();
    await until(() => exits.length === 1);
    expect(exits[0]?.asked).toBe(true);
  });

  it("share memory and carry bytes", async () => {
    const { thread, messages, exits } = spawn();
    const memory = new SharedArrayBuffer(8);
    thread.post({ memory, bytes: new Uint8Array([1, 2]) });
    await until(() => messages.length === 1);
    expect(messages).toEqual([{ bytes: new Uint8Array([1, 2]) }]);
    expect(new Float64Array(memory)[0]).toBe(42);
    thread.terminate();
    await until(() => exits.length === 1);
  });

  it("that throw end alone, told of by onError, then once by onExit", async () => {
    for (const order of ["throw", "reject"]) {
      const { thread, events, exits } = spawn();
      thread.post(order);
      await until(() => exits.length === 1);
      expect(events).toEqual([expect.stringContaining("told to"), "exit"]);
      expect(exits[0]?.asked).toBe(false);
      thread.post("nobody hears this");
    }
  });

  it("not started as such are none", () => {
    expect(currentThread()).toBeUndefined();
  });
});
