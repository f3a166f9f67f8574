/** The processes of a run: started on their core, found again by their CPU time, and ended whatever happens. */
import { type ChildProcess, spawn, spawnSync } from "node:child_process";
import { openSync, readFileSync, writeFileSync } from "node:fs";
import { connect, createServer } from "node:net";
import { availableParallelism } from "node:os";
import { join } from "node:path";

/** Where the proxy under test runs, where everything else does meanwhile, and what runs alone: a command has the whole machine, as its user's has. */
export type Place = "proxy" | "rest" | "anywhere";

const live = new Map<number, ChildProcess>();
const folder = process.env["LEGATE_BENCH_FOLDER"];
if (folder === undefined) throw new Error("LEGATE_BENCH_FOLDER is not set: start scripts/bench");
export const FOLDER: string = folder;

export function has(program: string): boolean {
  return spawnSync("sh", ["-c", `command -v ${program}`], { env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` } }).status === 0;
}

export const PINNED = has("taskset") && availableParallelism() > 1;

function pinned(place: Place, command: string, words: readonly string[]): [string, string[]] {
  return PINNED && place !== "anywhere" ? ["taskset", ["-c", place === "proxy" ? "0" : "1", command, ...words]] : [command, [...words]];
}

function noteLive(): void {
  writeFileSync(join(FOLDER, "pids"), [...live.keys()].map((pid) => `${pid}\n`).join(""));
}

function launch(place: Place, command: string, words: readonly string[], stdout: "pipe" | number): ChildProcess {
  const child = spawn(...pinned(place, command, words), { stdio: ["ignore", stdout, stdout === "pipe" ? "pipe" : stdout], env: { ...process.env, PATH: `${process.env["PATH"] ?? ""}:/usr/sbin` } });
  const { pid } = child;
  if (pid !== undefined) {
    live.set(pid, child);
    noteLive();
    child.once("exit", () => {
      live.delete(pid);
      noteLive();
    });
  }
  child.once("error", () => undefined);
  return child;
}

/** A process that runs until it is stopped. */
export class Service {
  readonly pid: number;
  private readonly child: ChildProcess;
  private readonly log: string;

  constructor(place: Place, name: string, command: string, words: readonly string[]) {
    this.log = join(FOLDER, `${name}.log`);
    this.child = launch(place, command, words, openSync(this.log, "w"));
    if (this.child.pid === undefined) throw new Error(`${command} cannot be started`);
    this.pid = this.child.pid;
  }

  get running(): boolean {
    return this.child.exitCode === null && this.child.signalCode === null;
  }

  /** The last line it wrote: why it did not start. */
  get lastWords(): string {
    return readFileSync(this.log, "utf8").trimEnd().split("\n").at(-1) ?? "";
  }

  /** utime + stime of all its threads, in microseconds, to ten milliseconds. */
  cpu(): number {
    const stat = readFileSync(`/proc/${this.pid}/stat`, "utf8");
    const fields = stat.slice(stat.lastIndexOf(")") + 2).split(" ");
    return (Number(fields[11]) + Number(fields[12])) * 10_000;
  }

  /** Resident memory, KiB. */
  resident(): number {
    return Number(/^VmRSS:\s+(\d+)/m.exec(readFileSync(`/proc/${this.pid}/status`, "utf8"))?.[1] ?? Number.NaN);
  }

  async stop(): Promise<void> {
    if (!this.running) return;
    const gone = new Promise<void>((resolve) => void this.child.once("exit", () => resolve()));
    this.child.kill("SIGKILL");
    await gone;
  }
}

export interface Outcome {
  readonly code: number;
  readonly output: string;
  readonly milliseconds: number;
}

/** Runs a program to its end; after `limitMs` it is killed and the code is 124. */
export async function run(place: Place, command: string, words: readonly string[], limitMs: number): Promise<Outcome> {
  const started = performance.now();
  const child = launch(place, command, words, "pipe");
  let output = "";
  child.stdout?.on("data", (text: Buffer) => (output += text.toString()));
  child.stderr?.on("data", (text: Buffer) => (output += text.toString()));
  let late = false;
  const timer = setTimeout(() => {
    late = true;
    child.kill("SIGKILL");
  }, limitMs);
  const code = await new Promise<number>((resolve) => {
    child.once("error", () => resolve(127));
    child.once("close", (status) => resolve(status ?? 1));
  });
  clearTimeout(timer);
  return { code: late ? 124 : code, output, milliseconds: performance.now() - started };
}

export function endEverything(): void {
  for (const child of live.values()) child.kill("SIGKILL");
}

export const pause = (ms: number): Promise<void> => new Promise((resolve) => void setTimeout(resolve, ms));

type Headers = Readonly<Record<string, string>>;

/** One GET on a connection of its own; the status, or 0 if there was no answer. */
export function ask(port: number, path: string, headers: Headers = {}): Promise<number> {
  const lines = Object.entries(headers).map(([name, value]) => `${name}: ${value}\r\n`).join("");
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    const done = (status: number): void => {
      socket.destroy();
      resolve(status);
    };
    socket.setTimeout(2000, () => done(0));
    socket.once("error", () => done(0));
    socket.once("connect", () => socket.write(`GET ${path} HTTP/1.1\r\nhost: bench\r\n${lines}connection: close\r\n\r\n`));
    socket.once("data", (chunk) => done(Number(chunk.toString("latin1", 9, 12))));
    socket.once("close", () => done(0));
  });
}

/** Waits for the first 200. False: it ended, or did not answer within `limitMs`. */
export async function ready(service: Service, port: number, path: string, limitMs: number, headers: Headers = {}): Promise<boolean> {
  const until = performance.now() + limitMs;
  while (service.running && performance.now() < until) {
    if ((await ask(port, path, headers)) === 200) return true;
    await pause(1);
  }
  return false;
}

/** A port that was free a moment ago. */
export function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const server = createServer();
    server.listen(0, "127.0.0.1", () => {
      const { port } = server.address() as { port: number };
      server.close(() => resolve(port));
    });
  });
}
