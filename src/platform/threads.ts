/**
 * Threads of the process. A thread starts the same main module over again (`entry`, the `import.meta.url` of `bin/legate.ts`), which asks
 * `currentThread()` what it is: undefined in the main thread (the control thread), else its role. This one form works, proved by hand, from source
 * under Bun and Deno, in the compiled binary (the entry is then a path inside it; no extra entry points are needed) and in a bundle for Node.
 *
 * What crosses is text, bytes or shared memory: a string is not copied, a structured clone of many objects stalls both sides. A thread whose
 * code throws ends alone; the process lives.
 */
import { workerThreads } from "./builtins.ts";
import { closeHeld, heldMemory, noteHeldIn } from "./held-descriptors.ts";

export type Role = "compiler" | "worker";

type Payload = string | number | boolean | undefined | Uint8Array | SharedArrayBuffer | readonly (string | number | SharedArrayBuffer)[];

/** Text, or a flat record of text, numbers, bytes and shared memory. */
export type Message = string | { readonly [key: string]: Payload };

export interface ThreadOptions {
  /** `import.meta.url` of the main module. */
  readonly entry: string;
  readonly role: Role;
  readonly data: Message;
  readonly onMessage: (message: Message) => void;
  /** The thread's code threw; it ends. */
  readonly onError: (error: unknown) => void;
  /** Exactly once, after `onError` if there was an error. */
  readonly onExit: (exit: ThreadExit) => void;
}

export interface ThreadExit {
  /** Not to be relied on: 0 too after an unhandled rejection under Bun. */
  readonly code: number;
  /** It was ended by `terminate()`. */
  readonly asked: boolean;
}

export interface ThreadHandle {
  /** `transfer`: buffers that change hands instead of being copied. */
  post(message: Message, transfer?: readonly ArrayBuffer[]): void;
  /** Ends it at once; its connections are lost. */
  terminate(): void;
}

/** What a thread other than the main one knows of itself. */
export interface Thread {
  readonly role: Role;
  readonly data: Message;
  post(message: Message, transfer?: readonly ArrayBuffer[]): void;
  /** Once; what was posted before is kept until then. The thread lives as long as it listens. */
  onMessage(listener: (message: Message) => void): void;
}

export function spawnThread(options: ThreadOptions): ThreadHandle {
  const held = heldMemory();
  const worker = new (workerThreads().Worker)(new URL(options.entry), { workerData: { role: options.role, data: options.data, held } satisfies Start });
  let asked = false;
  let over = false;
  // Deno loses what is posted before the thread listens: it is kept until the thread says that it does
  let early: [Message, readonly ArrayBuffer[]][] | null = [];
  worker.on("message", (message: Message) => {
    if (message !== LISTENING) return options.onMessage(message);
    for (const [kept, transfer] of early ?? []) worker.postMessage(kept, [...transfer]);
    early = null;
  });
  worker.on("error", (error: unknown) => options.onError(error));
  worker.on("exit", (code: number) => {
    if (over) return;
    over = true;
    closeHeld(held);
    options.onExit({ code, asked });
  });
  return {
    post(message, transfer = []) {
      if (over) return;
      if (early === null) worker.postMessage(message, [...transfer]);
      else early.push([message, transfer]);
    },
    terminate() {
      asked = true;
      void worker.terminate();
    },
  };
}

/** Undefined in the main thread, and in threads that `spawnThread` did not start. */
export function currentThread(): Thread | undefined {
  // asked at every start: what the runtime knows without its module is asked first
  if (typeof Bun !== "undefined" && Bun.isMainThread) return undefined;
  const { isMainThread, parentPort: port, workerData } = workerThreads();
  const start = workerData as Start | null | undefined;
  if (isMainThread || port === null || (start?.role !== "compiler" && start?.role !== "worker")) return undefined;
  noteHeldIn(start.held);
  return {
    role: start.role,
    data: start.data,
    post: (message, transfer = []) => port.postMessage(message, [...transfer]),
    onMessage: (listener) => {
      port.on("message", listener);
      port.postMessage(LISTENING);
    },
  };
}

/** A thread's first word, which nobody but `spawnThread` hears. */
const LISTENING = "\u0000listening";

interface Start {
  readonly role: Role;
  readonly data: Message;
  readonly held: SharedArrayBuffer;
}
