import { type ChildProcess, spawn } from "node:child_process";
import { BINARY } from "./binary.ts";

/** Asks until there is an answer, at most ten seconds. Redirects are answers. */
export async function ask(url: string, init: RequestInit = {}): Promise<Response> {
  for (let attempt = 0; ; attempt++) {
    try {
      return await fetch(url, { redirect: "manual", ...init });
    } catch (error) {
      if (attempt === 100) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
}

/** Waits until `/ready` of an admin interface answers 200. Throws the last answer after ten seconds. */
export async function ready(admin: number | undefined): Promise<void> {
  for (let attempt = 0; ; attempt++) {
    const answer = await ask(`http://127.0.0.1:${admin}/ready`);
    if (answer.status === 200) return;
    if (attempt === 100) throw new Error(`/ready says ${answer.status} ${await answer.text()}`);
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

/** A legate that runs until it is stopped. */
export class Serving {
  readonly #process: ChildProcess;
  readonly #ended: Promise<number | null>;
  /** What it wrote to standard error. */
  said = "";

  constructor(words: readonly string[], cwd: string) {
    this.#process = spawn(BINARY, words, { cwd, stdio: ["ignore", "ignore", "pipe"] });
    this.#process.stderr?.on("data", (chunk: Buffer) => { this.said += chunk.toString(); });
    this.#ended = new Promise((resolve) => this.#process.once("exit", resolve));
  }

  /** Ends it at once; answers its exit code. */
  async stop(): Promise<number | null> {
    this.#process.kill("SIGTERM");
    await new Promise((resolve) => setTimeout(resolve, 50));
    this.#process.kill("SIGTERM");
    return this.#ended;
  }
}
