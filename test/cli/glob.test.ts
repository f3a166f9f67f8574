import { mkdirSync, mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { expect, test } from "vitest";
import { expandInputs, globRegExp } from "../../src/cli/glob.ts";

const root = mkdtempSync(join(tmpdir(), "legate-glob-"));
for (const path of ["a.yaml", "b.json", "notes.txt", "sub/c.yml", "sub/deep/d.yaml", ".hidden/e.yaml", "node_modules/f.yaml"]) {
  mkdirSync(join(root, path, ".."), { recursive: true });
  writeFileSync(join(root, path), "x");
}
const names = (...words: string[]): string[] => expandInputs(words.map((word) => join(root, word))).map(({ name }) => relative(root, name));

test("a folder stands for its configuration files at any depth, without hidden folders", () => {
  expect(names(".")).toEqual(["a.yaml", "b.json", "sub/c.yml", "sub/deep/d.yaml"]);
});

test("patterns are expanded, and nothing comes twice", () => {
  expect(names("*.yaml")).toEqual(["a.yaml"]);
  expect(names("**/*.y{a,}ml")).toEqual(["a.yaml", "sub/c.yml", "sub/deep/d.yaml"]);
  expect(names("[ab].*", "a.yaml")).toEqual(["a.yaml", "b.json"]);
});

test("a named file is kept though it is absent, a pattern or folder without files is refused", () => {
  expect(names("absent.yaml")).toEqual(["absent.yaml"]);
  expect(() => names("*.toml")).toThrow("no file matches");
  mkdirSync(join(root, "empty"));
  expect(() => names("empty")).toThrow("holds no");
  expect(expandInputs(["-", "git:HEAD:x.yaml"])).toEqual([{ name: "-", found: false }, { name: "git:HEAD:x.yaml", found: false }]);
});

test("what is special elsewhere is plain in a pattern", () => {
  expect(globRegExp("a+b(1).*").test("a+b(1).yaml")).toBe(true);
  expect(globRegExp("a.c").test("abc")).toBe(false);
});
