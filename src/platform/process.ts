/** Facts about the process and its machine, and what can be done to it. */
import { fs, os } from "./builtins.ts";

export type Signal = "SIGTERM" | "SIGINT" | "SIGHUP" | "SIGUSR1" | "SIGUSR2";

export interface ProcessFacts {
  /** Arguments after the program's name. */
  readonly argv: readonly string[];
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly pid: number;
  readonly hostname: string;
  /** Minutes that the machine's time zone is east of UTC at a moment (milliseconds since 1970). */
  utcOffset(milliseconds: number): number;
  /** Processors this process may use: affinity and the control group's quota, rounded up; at least 1. */
  readonly cpus: number;
  /** Bytes this process may use: the control group's limit or the machine's memory. */
  readonly memoryLimit: number;
  /** Bytes resident now. */
  residentBytes(): number;
  /** The calling thread's heap, bytes: in use, and taken from the machine. */
  heap(): { readonly used: number; readonly reserved: number };
  /** Frees what the calling thread's heap no longer needs, now, where the runtime can be asked for it. Stops the thread meanwhile. */
  collectGarbage(): void;
  /** CPU time used by all threads, ms. */
  cpuMs(): number;
  /** Returns what takes the listener off again. With a listener the signal does nothing else. */
  onSignal(signal: Signal, listener: () => void): () => void;
  exit(code: number): never;
}

/** Reads the facts once. `root` is the control group's file system. */
export function processFacts(root = "/sys/fs/cgroup"): ProcessFacts {
  const quota = cpuQuota(root);
  return {
    argv: process.argv.slice(2),
    env: process.env,
    pid: process.pid,
    hostname: os().hostname(),
    utcOffset: (milliseconds) => -new Date(milliseconds).getTimezoneOffset(),
    cpus: Math.max(1, Math.min(os().availableParallelism(), quota === undefined ? Infinity : Math.ceil(quota))),
    memoryLimit: Math.min(os().totalmem(), memoryLimit(root) ?? Infinity),
    residentBytes: () => process.memoryUsage.rss(),
    heap: () => {
      const { heapUsed, heapTotal } = process.memoryUsage();
      // Bun's total leaves out what lies outside of its blocks
      return { used: heapUsed, reserved: Math.max(heapUsed, heapTotal) };
    },
    collectGarbage: () => (globalThis as { readonly Bun?: { gc(force: boolean): void } }).Bun?.gc(true),
    cpuMs: () => {
      const { user, system } = process.cpuUsage();
      return (user + system) / 1000;
    },
    onSignal: (signal, listener) => {
      process.on(signal, listener);
      return () => void process.off(signal, listener);
    },
    exit: (code) => process.exit(code),
  };
}

/** Processors granted by the control group, version 2 or 1; undefined = no limit. */
export function cpuQuota(root: string): number | undefined {
  const [quota, period] = (read(`${root}/cpu.max`) ?? `${read(`${root}/cpu/cpu.cfs_quota_us`)} ${read(`${root}/cpu/cpu.cfs_period_us`)}`).split(" ").map(Number);
  return quota !== undefined && period !== undefined && quota > 0 && period > 0 ? quota / period : undefined;
}

/** Bytes granted by the control group; undefined = no limit. */
export function memoryLimit(root: string): number | undefined {
  const bytes = Number(read(`${root}/memory.max`) ?? read(`${root}/memory/memory.limit_in_bytes`) ?? Number.NaN);
  return bytes > 0 ? bytes : undefined;
}

function read(path: string): string | undefined {
  try {
    return fs().readFileSync(path, "utf8").trim();
  } catch {
    return undefined;
  }
}
