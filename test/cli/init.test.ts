import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { startersModule, TARGET } from "../../scripts/starters.ts";
import { STARTERS } from "../../src/cli/generated/starters.ts";
import { run } from "./run.ts";

const CONFIGS = join(import.meta.dirname, "..", "..", "configs");

test("the embedded starters are what configs/ holds", () => {
  expect(readFileSync(TARGET, "utf8")).toBe(startersModule());
});

test("init prints a starter byte for byte; front-proxy is the default", async () => {
  const { code, out, err } = await run(["init"]);
  expect([code, err]).toEqual([0, ""]);
  expect(out).toBe(readFileSync(join(CONFIGS, "front-proxy.yaml"), "utf8"));
  expect((await run(["init", "path-rewrite"])).out).toBe(readFileSync(join(CONFIGS, "path-rewrite.yaml"), "utf8"));
});

test("an unknown starter is a usage error with a suggestion", async () => {
  const { code, err } = await run(["init", "cannary"]);
  expect(code).toBe(2);
  expect(err).toContain("Did you mean canary?");
  expect((await run(["init", "constructor"])).code).toBe(2);
});

test("a starter of several files goes to a folder, and never over what is there", async () => {
  const folder = join(mkdtempSync(join(tmpdir(), "legate-init-")), "new");
  expect((await run(["init", "xds-files"])).code).toBe(2);
  expect((await run(["init", "xds-files", "--into", folder])).code).toBe(0);
  expect(readdirSync(folder).sort()).toEqual(Object.keys(STARTERS["xds-files"] ?? {}).sort());
  writeFileSync(join(folder, "bootstrap.yaml"), "mine");
  const again = await run(["init", "xds-files", "--into", folder]);
  expect(again.code).toBe(2);
  expect(again.err).toContain("exists already");
  expect(readFileSync(join(folder, "bootstrap.yaml"), "utf8")).toBe("mine");
});
