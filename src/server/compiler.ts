/**
 * The compiler thread: configuration that is read again is compiled here, so that neither traffic nor health checks wait for it. (The first
 * one is compiled on control, which has nothing else to do then.) Answers a `load` with what was loaded, as text and shared memory.
 */
import type { Message, Thread } from "../platform/threads.ts";
import { Compilation, type GoodFiles } from "./compilation.ts";
import { openMachine } from "./machine.ts";
import { collectLater } from "./collect-garbage.ts";
import type { LoadRequest } from "./messages.ts";

export function runCompiler(thread: Thread): void {
  const machine = openMachine((error) => thread.post({ kind: "bug", text: String(error) }));
  const compilation = new Compilation(machine.files, machine.facts.env, JSON.parse(thread.data as string) as GoodFiles);
  thread.onMessage((message) => {
    thread.post(answer(compilation, message as Exclude<Message, string>));
    collectLater(machine);
  });
  thread.post({ kind: "started" });
}

function answer(compilation: Compilation, message: Exclude<Message, string>): Message {
  const request = JSON.parse(message.text as string) as LoadRequest;
  try {
    const { configuration, indexes } = compilation.run(request);
    return { kind: "loaded", number: request.number, text: JSON.stringify(configuration), indexes };
  } catch (error) {
    return { kind: "failed", number: request.number, text: error instanceof Error ? (error.stack ?? error.message) : String(error) };
  }
}
