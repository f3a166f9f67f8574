/** Envoy 1.40.0 accepts what `migrate` makes of configurations in the words of v1 and v2; it accepts none of them as they are. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { extname, join } from "node:path";
import { expect, it } from "vitest";
import { ALL_EXTENSIONS } from "../../src/extensions/all.ts";
import { compileCheck } from "../../src/tools/check.ts";
import { migrate } from "../../src/tools/migrate.ts";
import { findEnvoy } from "../support/envoy-json.ts";

const envoy = findEnvoy();
const folder = join(import.meta.dirname, "v2");
const names = readdirSync(folder);
const check = compileCheck(ALL_EXTENSIONS);

/** What Envoy says, "" if the file is valid. */
function verdict(text: string, name: string): string {
  const scratch = mkdtempSync(join(tmpdir(), "migrate-"));
  writeFileSync(join(scratch, name), text);
  const { status, stderr } = spawnSync(envoy ?? "", ["--mode", "validate", "-c", name, "-l", "critical", "--service-node", "a", "--service-cluster", "b"], { cwd: scratch, encoding: "utf8" });
  rmSync(scratch, { recursive: true, force: true });
  return status === 0 ? "" : stderr;
}

it("there are at least 50 of them", () => expect(names.length).toBeGreaterThanOrEqual(50));

it.skipIf(envoy === undefined).each(names)("%s", (name) => {
  const text = readFileSync(join(folder, name), "utf8");
  expect(verdict(text, `old${extname(name)}`)).not.toBe("");
  const result = migrate({ name, bytes: new TextEncoder().encode(text) }, { check });
  expect(verdict(result.text ?? "", "new.yaml")).toBe("");
}, 30_000);
