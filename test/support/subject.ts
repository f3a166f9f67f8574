import { execFileSync, spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { existsSync } from "node:fs";
import { join } from "node:path";
import { readAdmin } from "./admin-reader.ts";
import { eventually } from "./waiting.ts";

/** A command line that serves an Envoy configuration; `-c FILE` and Envoy's other flags are put behind it. */
export interface SubjectCommand {
  readonly name: string;
  readonly argv: readonly string[];
}

const ROOT = join(import.meta.dirname, "..", "..");

/** The real Envoy, installed if need be, or the reason why there is none. */
export function referenceCommand(): SubjectCommand | { readonly missing: string } {
  try {
    const path = execFileSync(join(ROOT, "scripts", "envoy"), { encoding: "utf8", stdio: ["ignore", "pipe", "pipe"] }).trim();
    return { name: "envoy", argv: [path] };
  } catch (error) {
    return { missing: String((error as { stderr?: unknown }).stderr ?? error).trim() };
  }
}

/** LEGATE_SUBJECT (a command line; `envoy` is the reference itself), else the built binary. What the binary does not do must cost the case that asks for it, not its whole group: hence --allow-unsupported. */
export function subjectCommand(reference: SubjectCommand): SubjectCommand {
  const asked = process.env["LEGATE_SUBJECT"];
  if (asked === "envoy") return { ...reference, name: "envoy again" };
  if (asked !== undefined && asked !== "") return { name: asked, argv: asked.split(" ") };
  const built = join(ROOT, "dist", "legate");
  if (!existsSync(built)) throw new Error(`there is no ${built} to compare: run scripts/build, or set LEGATE_SUBJECT (\`envoy\` compares Envoy with itself)`);
  return { name: "legate", argv: [built, "serve", "--allow-unsupported"] };
}

/** Kills the child when this process goes, however it goes: then the pipe it reads from ends. */
function guard(child: ChildProcess): void {
  const watcher = spawn("sh", ["-c", 'read _; kill -9 "$0"', String(child.pid)], { stdio: ["pipe", "ignore", "ignore"] });
  child.on("exit", () => watcher.kill("SIGKILL"));
}

/** A subject that did not come up: it ended by itself (`exited`), or did not get to `/ready` in time. */
export class NotReady extends Error {
  readonly exited: boolean;

  constructor(message: string, exited: boolean) {
    super(message);
    this.exited = exited;
  }
}

/** A running proxy. */
export class Subject {
  readonly name: string;
  readonly adminPort: number;
  readonly #child: ChildProcess;
  #stderr = "";

  private constructor(name: string, child: ChildProcess, adminPort: number) {
    this.name = name;
    this.#child = child;
    this.adminPort = adminPort;
    const collect = (chunk: Buffer): void => {
      this.#stderr = (this.#stderr + chunk.toString()).slice(-20_000);
    };
    child.stderr?.on("data", collect);
    child.stdout?.on("data", collect);
    if (child.pid !== undefined) guard(child);
    child.on("error", (error) => collect(Buffer.from(`${error.message}\n`)));
  }

  /** Starts the command on a configuration file and waits for `/ready`; throws with what it said when it does not get there in `ms`. */
  static async start(command: SubjectCommand, file: string, adminPort: number, ms = 15_000): Promise<Subject> {
    const [program = "", ...rest] = command.argv;
    const flags = ["-c", file, "--concurrency", "1", "--disable-hot-restart", "--file-flush-interval-msec", "20", "--log-level", "warning"];
    const child = spawn(program, [...rest, ...flags], { stdio: ["ignore", "pipe", "pipe"] });
    const subject = new Subject(command.name, child, adminPort);
    const ready = await eventually(async () => subject.exited || (await isReady(adminPort)), ms, 20);
    if (ready && !subject.exited) return subject;
    const refused = subject.exited;
    await subject.stop();
    throw new NotReady(`${command.name} ${refused ? "exited" : `was not ready after ${ms} ms`} with ${file}:\n${subject.output}`, refused);
  }

  get pid(): number {
    return this.#child.pid ?? 0;
  }

  get exited(): boolean {
    return this.#child.exitCode !== null || this.#child.signalCode !== null || this.#child.pid === undefined;
  }

  /** What it wrote to stdout and stderr, the last 20 kB. */
  get output(): string {
    return this.#stderr;
  }

  /** SIGTERM, after two seconds SIGKILL; by process id, and only this process. */
  async stop(): Promise<void> {
    if (this.exited) return;
    this.#child.kill("SIGTERM");
    if (await eventually(() => this.exited, 2000)) return;
    this.#child.kill("SIGKILL");
    await eventually(() => this.exited, 2000);
  }
}

async function isReady(adminPort: number): Promise<boolean> {
  try {
    return (await readAdmin(adminPort, "/ready")).status === 200;
  } catch {
    return false;
  }
}
