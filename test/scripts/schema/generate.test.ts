import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { differences } from "../../../scripts/schema/generate.ts";
import { textModule } from "../../../scripts/schema/table.ts";

test("a missing, a changed and a stale file are each a difference", () => {
  const folder = mkdtempSync(join(tmpdir(), "generated-"));
  try {
    mkdirSync(join(folder, "a"));
    for (const [name, text] of [["same.ts", "1"], ["a/changed.ts", "1"], ["a/stale.ts", "1"]] as const) writeFileSync(join(folder, name), text);
    const wanted = new Map([["same.ts", "1"], ["a/changed.ts", "2"], ["missing.ts", "1"]]);
    expect(differences(wanted, folder).map((line) => line.slice(folder.length + 1)).sort()).toEqual(["a/changed.ts: differs", "a/stale.ts: is not generated any more", "missing.ts: is missing"]);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("a text module gives the text back, and refuses what is not ASCII", async () => {
  const text = 'a\t{"r":"^[\\\\x00`]$","s":"${x}"}';
  const body = /= (`[\s\S]*`);/.exec(textModule("T", "what", text))?.[1] ?? "";
  expect(new Function(`return ${body}`)()).toBe(`\n${text}\n`);
  expect(() => textModule("T", "what", "é")).toThrow(/ASCII/);
});
