/** Load on one proxy: wrk where it is installed, otherwise own-load.ts. */
import { join } from "node:path";
import { has, run } from "./processes.ts";

/** What a browser sends. */
export const BROWSER: Readonly<Record<string, string>> = {
  "User-Agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/120.0.0.0 Safari/537.36",
  Accept: "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,*/*;q=0.8",
  "Sec-Fetch-Site": "same-origin", "Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Accept-Encoding": "gzip, deflate, br", "Accept-Language": "en-US,en;q=0.9",
  Cookie: "session=0123456789abcdef0123456789abcdef0123456789abcdef",
};

export interface Load {
  readonly path: string;
  readonly connections: number;
  /** A new connection for every request. */
  readonly fresh?: boolean;
  readonly headers?: Readonly<Record<string, string>>;
  /** HTTP/2, with so many streams at a time on each connection. */
  readonly streams?: number;
  /** By TLS, to the name `localhost`. */
  readonly secure?: boolean;
}

export interface Delivered {
  readonly requests: number;
  /** Microseconds; only of the own generator. */
  readonly p50: number;
}

export const WRK = has("wrk");
const H2LOAD = has("h2load");
export const GENERATOR = WRK ? "wrk" : "scripts/bench-rows/own-load.ts (wrk is not installed)";

export async function drive(port: number, load: Load, seconds: number): Promise<Delivered> {
  if (load.streams !== undefined) return driveHttp2(port, load, load.streams, seconds);
  if (!WRK) return driveAt(port, load, seconds, 0);
  const headers = { ...BROWSER, ...load.headers, ...(load.fresh === true ? { Connection: "close" } : {}) };
  const words = Object.entries(headers).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const { code, output } = await run("rest", "wrk", ["-t1", `-c${load.connections}`, `-d${seconds}s`, ...words, load.secure === true ? `https://localhost:${port}${load.path}` : `http://127.0.0.1:${port}${load.path}`], (seconds + 10) * 1000);
  const requests = Number(/(\d+) requests in/.exec(output)?.[1] ?? 0);
  if (code !== 0 || requests === 0 || output.includes("Non-2xx")) throw new Error(`the load failed: ${code === 124 ? "wrk hung" : output.trim().split("\n").slice(-4).join(" / ")}`);
  return { requests, p50: Number.NaN };
}

/** By h2load, which must be there. */
async function driveHttp2(port: number, load: Load, streams: number, seconds: number): Promise<Delivered> {
  if (!H2LOAD) throw new Error("h2load is not installed");
  const words = Object.entries({ ...BROWSER, ...load.headers }).flatMap(([name, value]) => ["-H", `${name}: ${value}`]);
  const { code, output } = await run("rest", "h2load", ["-t1", `-c${load.connections}`, `-m${streams}`, "-D", String(seconds), ...words, `http://127.0.0.1:${port}${load.path}`], (seconds + 10) * 1000);
  const [, succeeded = "0", failed = "0"] = /(\d+) succeeded, (\d+) failed/.exec(output) ?? [];
  if (code !== 0 || succeeded === "0" || failed !== "0") throw new Error(`the load failed: ${output.trim().split("\n").slice(-6).join(" / ")}`);
  return { requests: Number(succeeded), p50: Number.NaN };
}

/** At `rate` requests a second; 0: as many as it answers. */
export async function driveAt(port: number, load: Load, seconds: number, rate: number): Promise<Delivered> {
  const words = [join(import.meta.dirname, "own-load.ts"), port, load.path, load.connections, seconds, rate, `${load.fresh === true ? 1 : 0}${load.secure === true ? "s" : ""}`, JSON.stringify({ ...BROWSER, ...load.headers })];
  const { code, output } = await run("rest", process.execPath, words.map(String), (seconds + 10) * 1000);
  if (code !== 0) throw new Error(`the load failed: ${output.trim()}`);
  const { requests, failed, p50 } = JSON.parse(output) as { requests: number; failed: number; p50: number };
  if (requests === 0 || failed > 0) throw new Error(`the load failed: ${failed} of ${requests} requests`);
  return { requests, p50 };
}
