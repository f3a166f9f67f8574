import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, it } from "vitest";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import type { Files } from "../../src/platform/files.ts";
import { MemoryFiles } from "../../src/platform/memory-files.ts";
import { SystemFiles } from "../../src/platform/system-files.ts";

const folder = mkdtempSync(join(tmpdir(), "files-"));
mkdirSync(join(folder, "sub"));
writeFileSync(join(folder, "b.txt"), "h\u00e9");
writeFileSync(join(folder, "sub", "a.txt"), "a");
const memory = new MemoryFiles();
memory.set(join(folder, "b.txt"), "h\u00e9");
memory.set(join(folder, "sub", "a.txt"), "a");

const all: [string, Files][] = [["the machine's", new SystemFiles(new FakeClock())], ["memory's", memory]];
for (const [name, files] of all) {
  it(`${name} files read, list and exist`, () => {
    expect(files.readText(join(folder, "b.txt"))).toBe("h\u00e9");
    expect(files.readBytes(join(folder, "b.txt"))).toEqual(Buffer.from("h\u00e9"));
    expect(files.list(folder)).toEqual(["b.txt", "sub"]);
    files.writeText(join(folder, "sub", "a.txt"), "\u00fc");
    expect(files.readText(join(folder, "sub", "a.txt"))).toBe("\u00fc");
    expect([files.exists(folder), files.exists(join(folder, "b.txt")), files.exists(join(folder, "c"))]).toEqual([true, true, false]);
  });

  it(`${name} files fail with a typed error`, () => {
    expect(() => files.readText(join(folder, "none"))).toThrow(expect.objectContaining({ name: "FileError", code: "ENOENT", path: join(folder, "none") }));
    expect(() => files.list(join(folder, "none"))).toThrow(expect.objectContaining({ code: "ENOENT" }));
  });
}

it("reading a folder is an error", () => {
  expect(() => new SystemFiles(new FakeClock()).readText(folder)).toThrow(expect.objectContaining({ code: "EISDIR" }));
  rmSync(folder, { recursive: true });
});

it("memory's watchers hear of a change until they are closed", () => {
  let heard = 0;
  const files = new MemoryFiles();
  const watch = files.watch("/x", () => heard++);
  files.set("/x", "1");
  watch.close();
  files.set("/x", "2");
  expect(heard).toBe(1);
});
