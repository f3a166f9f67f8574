import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { eventually } from "./waiting.ts";

const ROOT = join(import.meta.dirname, "..", "..");
const BUILT = join(ROOT, "dist", "legate");

export interface ServingOptions {
  readonly cwd?: string;
  /** What runs `legate`: the built binary unless something else is named. */
  readonly program?: readonly string[];
  /** `stuck`: standard output is a pipe that nobody reads. */
  readonly stdout?: "read" | "stuck";
}

/** A `legate serve` that runs. Ended with {@link Serving.kill} at the latest; nothing else is ever signalled. */
export class Serving {
  readonly #child: ChildProcess;
  #err = "";
  #out = "";
  #code: number | null | undefined;
  #deaf = false;

  private constructor(child: ChildProcess, stdout: "read" | "stuck") {
    this.#child = child;
    child.stderr?.on("data", (chunk: Buffer) => (this.#err += chunk.toString()));
    if (stdout === "read") child.stdout?.on("data", (chunk: Buffer) => (this.#out += chunk.toString()));
    // with standard output unread there is no `close`, only `exit`
    child.on(stdout === "read" ? "close" : "exit", (code) => (this.#code = code));
    child.on("exit", (code) => {
      if (this.#deaf) this.#code = code;
    });
    child.on("error", (error) => {
      this.#err += error.message;
      this.#code = null;
    });
  }

  /** Starts it, without waiting for anything. `words` come behind `serve`. */
  static launch(words: readonly string[], options: ServingOptions = {}): Serving {
    const [program = "", ...first] = options.program ?? (process.env["LEGATE_PROGRAM"]?.split(" ") ?? [BUILT]);
    if (options.program === undefined && process.env["LEGATE_PROGRAM"] === undefined && !existsSync(BUILT)) throw new Error(`${BUILT} is missing: these tests run the binary; build it with scripts/build`);
    const child = spawn(program, [...first, "serve", ...words], { cwd: options.cwd ?? ROOT, stdio: ["ignore", "pipe", "pipe"] });
    return new Serving(child, options.stdout ?? "read");
  }

  /** Starts it and waits until it serves; throws with what it said when it does not. */
  static async start(words: readonly string[], options: ServingOptions = {}): Promise<Serving> {
    const serving = Serving.launch(words, options);
    await serving.says("; ready");
    return serving;
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get err(): string {
    return this.#err;
  }

  get out(): string {
    return this.#out;
  }

  get ended(): boolean {
    return this.#code !== undefined;
  }

  /** Waits until standard error says something (`after` characters of it not counted); throws when it does not. */
  async says(part: string | RegExp, after = 0, ms = 20_000): Promise<void> {
    const said = (): boolean => (typeof part === "string" ? this.#err.includes(part, after) : part.test(this.#err.slice(after)));
    if ((await eventually(() => said() || this.ended, ms, 5)) && said()) return;
    throw new Error(`it ${this.ended ? `ended with ${this.#code}` : "runs"} and never said ${String(part)}; it said:\n${this.#err.slice(after)}\n${this.#out}`);
  }

  /** From now on nobody reads its standard error. */
  stopListening(): void {
    this.#deaf = true;
    this.#child.stderr?.pause();
  }

  signal(signal: NodeJS.Signals): void {
    this.#child.kill(signal);
  }

  /** SIGHUP, and what was said until the reload was through. */
  async reload(): Promise<string> {
    const before = this.#err.length;
    this.signal("SIGHUP");
    await this.says(/SIGHUP: [^\n]*\n|reload failed/, before);
    return this.#err.slice(before);
  }

  /** The exit code; throws when it does not end in `ms`. */
  async exit(ms = 20_000): Promise<number | null> {
    if (!(await eventually(() => this.ended, ms, 5))) throw new Error(`it did not end in ${ms} ms; it said:\n${this.#err}`);
    return this.#code ?? null;
  }

  /** Resident memory now, bytes; `peak`: the most there ever was. */
  resident(peak = false): number {
    const status = readFileSync(`/proc/${this.pid}/status`, "utf8");
    return Number(new RegExp(`${peak ? "VmHWM" : "VmRSS"}:\\s+(\\d+)`).exec(status)?.[1] ?? 0) * 1024;
  }

  /** Ends it at once, whatever it does. */
  async kill(): Promise<void> {
    if (this.ended) return;
    this.signal("SIGKILL");
    await eventually(() => this.ended, 5000, 5);
  }
}
