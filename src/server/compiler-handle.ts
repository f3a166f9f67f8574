/**
 * Control's side of compiling: the first configuration is compiled here and now, before there is traffic, and costs no thread; what comes later
 * is asked of the compiler thread, one request at a time, an answer or an error for each.
 */
import type { Files } from "../platform/files.ts";
import { type Message, spawnThread, type ThreadHandle } from "../platform/threads.ts";
import type { Configuration } from "../resources/configuration.ts";
import { Compilation, type GoodFiles, type Loaded } from "./compilation.ts";
import type { LoadRequest } from "./messages.ts";

interface Pending {
  readonly resolve: (loaded: Loaded) => void;
  readonly reject: (error: Error) => void;
}

export class CompilerHandle {
  private readonly entry: string;
  private thread: ThreadHandle | null = null;
  private readonly pending = new Map<number, Pending>();
  private last = 0;
  private readonly files: Files;
  private readonly environment: Readonly<Record<string, string | undefined>>;
  /** What the thread is to know from the start; null: nothing was compiled yet. */
  private good: GoodFiles | null = null;

  constructor(entry: string, files: Files, environment: Readonly<Record<string, string | undefined>>) {
    this.entry = entry;
    this.environment = environment;
    this.files = files;
  }

  /** The first load of all. */
  first(request: Omit<LoadRequest, "number">): Loaded {
    const compilation = new Compilation(this.files, this.environment);
    const loaded = compilation.run({ ...request, number: ++this.last });
    this.good = compilation.goodFiles;
    return loaded;
  }

  /** Rejects when the compiler fails; the next request starts a new one. */
  load(request: Omit<LoadRequest, "number">): Promise<Loaded> {
    const number = ++this.last;
    this.thread ??= this.start();
    return new Promise((resolve, reject) => {
      this.pending.set(number, { resolve, reject });
      this.thread?.post({ kind: "load", text: JSON.stringify({ ...request, number } satisfies LoadRequest) });
    });
  }

  stop(): void {
    this.thread?.terminate();
    this.thread = null;
  }

  private start(): ThreadHandle {
    return spawnThread({
      entry: this.entry, role: "compiler", data: JSON.stringify(this.good ?? {}),
      onMessage: (message) => this.answer(message as Exclude<Message, string>),
      onError: (error) => this.failAll(`the compiler thread failed: ${String(error)}`),
      onExit: () => this.failAll("the compiler thread ended"),
    });
  }

  private answer(message: Exclude<Message, string>): void {
    const pending = this.pending.get(message.number as number);
    if (pending === undefined) return;
    this.pending.delete(message.number as number);
    if (message.kind === "loaded") {
      pending.resolve({ configuration: JSON.parse(message.text as string) as Configuration, indexes: (message.indexes ?? []) as readonly (string | SharedArrayBuffer)[] });
    } else {
      pending.reject(new Error(String(message.text)));
    }
  }

  private failAll(text: string): void {
    this.thread = null;
    for (const { reject } of this.pending.values()) reject(new Error(text));
    this.pending.clear();
  }
}
