import { mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { run } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "migrate-"));
const file = join(folder, "a.yaml");

test("the result goes to standard output, what changed to standard error", async () => {
  writeFileSync(file, "clusters: [{ name: a, hosts: [{ url: 'tcp://127.0.0.1:1' }] }]\n");
  const { code, out, err } = await run(["migrate", file]);
  expect([code, out]).toEqual([0, expect.stringMatching(/^static_resources:\n {2}clusters:\n/) as string]);
  expect(err).toContain(`${file}:1:1: warning LGT1101: clusters stands below static_resources.`);
  expect(err).toContain(`${file}: 2 changes`);
});

test("--quiet says nothing, and -o writes a file", async () => {
  const to = join(folder, "b.yaml");
  expect(await run(["migrate", "--quiet", "-o", to, file])).toEqual({ code: 0, out: "", err: "" });
  expect((await run(["migrate", to])).out).toBe(readFileSync(to, "utf8"));
});

test("a result that is not valid yet is exit code 1, an input that is none 2", async () => {
  writeFileSync(file, "clusters: [{ name: a, hosts: [{ url: 'tcp://127.0.0.1:1' }], typ: x }]\n");
  expect((await run(["migrate", "--quiet", file])).code).toBe(1);
  expect((await run(["migrate", "--quiet", join(folder, "none.yaml")])).code).toBe(2);
});
