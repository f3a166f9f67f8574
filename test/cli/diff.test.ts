import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "legate-diff-"));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const one = file("one.yaml", "name: c\ntype: STATIC\n");
const same = file("same.json", '{"type": "STATIC", "name": "c", "lbPolicy": "ROUND_ROBIN"}');
const other = file("other.yaml", "name: c\ntype: STRICT_DNS\n");
const diff = (...words: string[]): ReturnType<typeof run> => run(["diff", ...words]);

test("the same meaning exits 0 and says so", async () => {
  expect(await diff(one, same)).toEqual({ code: 0, out: "", err: `${one} and ${same} mean the same\n` });
});

test("a difference exits 1 and shows both values and places", async () => {
  const { code, out, err } = await diff(one, other);
  expect([code, err]).toEqual([1, "1 difference\n"]);
  expect(out).toBe(`Cluster c\n  ~ type: "STATIC" -> "STRICT_DNS"  ${one}:2:7 -> ${other}:2:7\n`);
});

test("JSON is one document with a version", async () => {
  const report = JSON.parse((await diff(one, other, "--format", "json")).out) as Record<string, unknown>;
  expect(report).toMatchObject({ format_version: 1, same: false, changes: [{ op: "changed", name: "c", path: "type" }] });
  expect(JSON.parse((await diff(one, same, "--format", "json")).out)).toMatchObject({ same: true, changes: [] });
});

test("two standard inputs, one argument and unreadable sides are refused", async () => {
  expect((await diff("-", "-")).code).toBe(2);
  expect((await diff(one)).code).toBe(2);
  const { code, out, err } = await diff(one, join(folder, "none.yaml"));
  expect([code, out]).toEqual([2, ""]);
  expect(err).toContain("does not exist");
});
