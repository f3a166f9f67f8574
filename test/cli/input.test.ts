import { mkdtempSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { readInput, readProblem } from "../../src/cli/input.ts";

const folder = mkdtempSync(join(tmpdir(), "legate-input-"));
const text = (word: string): string => {
  const input = readInput(word);
  return "problem" in input ? `${input.name} ${input.problem}` : new TextDecoder().decode(input.bytes);
};

test("a file is read as bytes; what cannot be read says so in plain words", () => {
  writeFileSync(join(folder, "a.yaml"), "a: ü\n");
  symlinkSync(join(folder, "loop"), join(folder, "loop"));
  expect(text(join(folder, "a.yaml"))).toBe("a: ü\n");
  expect(text(join(folder, "none"))).toMatch(/none does not exist$/);
  expect(text(join(folder, "a.yaml", "b"))).toMatch(/a part of its path is no folder$/);
  expect(text(folder)).toMatch(/is a folder$/);
  expect(text(join(folder, "loop"))).toMatch(/circle of symbolic links$/);
  expect(readProblem({ code: "EACCES", message: "" })).toContain("permission denied");
  expect(readProblem({ code: "EIO", message: "" })).toBe("cannot be read (EIO)");
});

test("git:REVISION:PATH must have a revision and a path, and a revision is never a flag", () => {
  expect(text("git:HEAD")).toContain("is not git:REVISION:PATH");
  expect(text("git:--output=x:y")).toContain("names no revision");
});
