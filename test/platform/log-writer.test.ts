import { type ChildProcess, execFileSync, spawn } from "node:child_process";
import { mkdtempSync, readFileSync, renameSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import { LogWriter } from "../../src/platform/log-writer.ts";
import { SystemClock } from "../../src/platform/system-clock.ts";
import { Turn } from "../../src/platform/turn.ts";

const sleep = (ms: number): Promise<void> => new Promise((done) => setTimeout(done, ms));
const systemClock = new SystemClock(new Turn((error) => { throw error; }));

describe("the log writer", () => {
  let folder: string;
  let path: string;
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), "log-"));
    path = join(folder, "access.log");
  });
  afterEach(() => rmSync(folder, { recursive: true, force: true }));

  async function until(holds: () => boolean): Promise<void> {
    for (let i = 0; i < 400 && !holds(); i++) await sleep(5);
  }

  it("writes when the flush timer fires, not before", async () => {
    const clock = new FakeClock();
    const log = new LogWriter(path, clock, { flushMs: 500 });
    log.write("h\xe9\n", "latin1");
    log.write("\u20ac\n", "utf8");
    clock.advance(499);
    await sleep(20);
    expect(readFileSync(path)).toHaveLength(0);
    clock.advance(1);
    await until(() => log.written > 0);
    expect(readFileSync(path)).toEqual(Buffer.from([0x68, 0xe9, 10, 0xe2, 0x82, 0xac, 10]));
    await log.close();
  });

  it("appends, keeps the order over many blocks, and close() writes the rest", async () => {
    for (const part of [0, 1]) {
      const log = new LogWriter(path, systemClock);
      for (let i = 0; i < 2000; i++) {
        log.write(`${part} ${i} ${"x".repeat(80)}\n`, "latin1");
        if (i % 500 === 0) await sleep(5);
      }
      await log.close();
      expect(log.dropped).toBe(0);
    }
    const lines = readFileSync(path, "latin1").trimEnd().split("\n").map((line) => line.split(" ").slice(0, 2).join(" "));
    expect(lines).toEqual([0, 1].flatMap((part) => Array.from({ length: 2000 }, (_, i) => `${part} ${i}`)));
  });

  it("writes to the new file after a rotation and reopen()", async () => {
    const log = new LogWriter(path, systemClock);
    log.write("old\n", "latin1");
    log.flush();
    await until(() => log.written === 4);
    renameSync(path, `${path}.1`);
    log.reopen();
    log.write("new\n", "latin1");
    await log.close();
    expect(readFileSync(`${path}.1`, "latin1")).toBe("old\n");
    expect(readFileSync(path, "latin1")).toBe("new\n");
  });

  it("drops and counts whole records when a reader is stuck, and recovers", async () => {
    execFileSync("mkfifo", [path]);
    const reader: ChildProcess = spawn("sh", ["-c", `exec < "${path}"; sleep 0.5; exec cat`], { stdio: ["ignore", "pipe", "ignore"] });
    let got = "";
    reader.stdout?.on("data", (chunk: Buffer) => { got += chunk.toString("latin1"); });
    let log: LogWriter | undefined;
    for (let i = 0; log === undefined && i < 200; i++) {
      await sleep(5);
      try {
        log = new LogWriter(path, systemClock);
      } catch {
        // no reader yet
      }
    }
    if (log === undefined) throw new Error("the reader did not come");
    const line = (i: number): string => `${String(i).padStart(6, "0")} ${"y".repeat(92)}\n`;
    for (let i = 0; i < 5000; i++) log.write(line(i), "latin1");
    expect(log.dropped).toBeGreaterThan(3000);
    await until(() => log.written >= (5000 - log.dropped) * 100);
    log.write(line(9999), "latin1");
    await log.close();
    await until(() => got.length === (5001 - (log?.dropped ?? 0)) * 100);
    const lines = got.trimEnd().split("\n");
    expect(lines).toHaveLength(5001 - log.dropped);
    for (const one of lines) expect(one).toHaveLength(99);
    expect(lines.at(-1)).toBe(line(9999).trimEnd());
    reader.kill();
  });

  it("counts a record too long for a block, and reports a failed write once", async () => {
    const log = new LogWriter(path, systemClock);
    log.write("x".repeat(70_000), "latin1");
    expect(log.dropped).toBe(1);
    await log.close();
    log.write("late\n", "latin1");
    expect(log.dropped).toBe(2);
    const errors: Error[] = [];
    const full = new LogWriter("/dev/full", systemClock, { onError: (error) => errors.push(error) });
    for (let i = 0; i < 2; i++) {
      full.write("x\n", "latin1");
      full.flush();
      const before = full.dropped;
      await until(() => full.dropped > before || full.dropped > i);
    }
    await full.close();
    expect(errors.map((error) => (error as NodeJS.ErrnoException).code)).toEqual(["ENOSPC"]);
    expect(full.dropped).toBe(2);
  });

  it("throws where the path cannot be opened", () => {
    expect(() => new LogWriter(join(folder, "none", "x"), systemClock)).toThrow(/ENOENT/);
  });
});
