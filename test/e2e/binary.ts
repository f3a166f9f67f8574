import { spawnSync } from "node:child_process";
import { existsSync, mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, resolve } from "node:path";

export const ROOT = resolve(import.meta.dirname, "..", "..");
export const BINARY = join(ROOT, "dist", process.platform === "win32" ? "legate.exe" : "legate");

/** What a run of the binary printed and answered. */
export interface Ran {
  readonly code: number | null;
  readonly out: string;
  readonly err: string;
}

/** Runs the binary that `scripts/build` made, to its end. */
export function legate(words: readonly string[], options: { readonly cwd?: string; readonly input?: string | Uint8Array; readonly env?: Readonly<Record<string, string>> } = {}): Ran {
  if (!existsSync(BINARY)) throw new Error(`${BINARY} is missing: these tests run the binary; build it with scripts/build`);
  const done = spawnSync(BINARY, words, { cwd: options.cwd ?? ROOT, input: options.input ?? "", env: { PATH: process.env.PATH ?? "", ...options.env }, maxBuffer: 1 << 26, timeout: 60_000 });
  return { code: done.status, out: done.stdout.toString(), err: done.stderr.toString() };
}

export function scratch(): string {
  return mkdtempSync(join(tmpdir(), "legate-e2e-"));
}
