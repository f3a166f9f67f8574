import { mkdirSync, mkdtempSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { run } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "legate-validate-"));
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, text);
  return path;
};
const good = file("good.yaml", "admin: {}\n");
const bad = file("bad.yaml", "nod: {}\n");
const warned = file("warned.yaml", "admin: { access_log_path: /dev/null }\n");
const broken = file("broken.yaml", "a: [\n");
const validate = (...words: string[]): ReturnType<typeof run> => run(["validate", ...words]);

describe("the exit code is", () => {
  test.each([
    ["0 for a good file", [good], 0],
    ["1 for an error", [bad], 1],
    ["0 for a warning", [warned], 0],
    ["1 for a warning with --fail-on warning", [warned, "--fail-on", "warning"], 1],
    ["2 for what cannot be parsed", [broken], 2],
    ["2 for what is not there", [join(folder, "none.yaml")], 2],
    ["2 if any of several cannot be read", [good, bad, broken], 2],
    ["0 if the code is disabled", [bad, "--disable", "LGT0201"], 0],
    ["0 if unknown fields are allowed", [bad, "--allow-unknown-fields"], 0],
    ["2 for a code that is none", [bad, "--disable", "0201"], 2],
    ["2 for watching standard input", ["-", "--watch"], 2],
  ])("%s", async (_title, words, code) => {
    for (const format of code === 2 && words.length > 1 ? [] : ["pretty", "json", "sarif"]) expect((await validate(...words, "--format", format)).code).toBe(code);
    expect((await validate(...words)).code).toBe(code);
  });
});

test("findings go to standard output, the summary to standard error; --quiet leaves the findings alone", async () => {
  const { out, err } = await validate(bad, good);
  expect(out).toContain("bad.yaml:1:1");
  expect(err).toBe("2 files checked: 1 error\n");
  expect(await validate(bad, good, "--quiet")).toEqual({ code: 1, out, err: "" });
  expect(await validate(good)).toEqual({ code: 0, out: "", err: "1 file checked, nothing wrong\n" });
});

test("colour appears when it is asked for, and only for people", async () => {
  expect((await validate(bad, "--color", "always")).out).toContain("\u001b[");
  expect((await validate(bad)).out).not.toContain("\u001b[");
  expect((await validate(bad, "--color", "always", "--format", "json")).out).not.toContain("\u001b[");
  await validate(bad, "--color", "always", "--output-file", join(folder, "out.txt"));
  expect(readFileSync(join(folder, "out.txt"), "utf8")).not.toContain("\u001b[");
});

test("in a folder, what is no configuration is skipped aloud; named, it is an error", async () => {
  file("mixed/good.yaml", "admin: {}\n");
  const pod = file("mixed/pod.yaml", "apiVersion: v1\nkind: Pod\n");
  const { code, err } = await validate(join(folder, "mixed"));
  expect(code).toBe(0);
  expect(err).toContain(`skipped ${pod}: no kind of Envoy configuration`);
  expect(err).toContain("1 file checked, nothing wrong");
  expect((await validate(pod)).code).toBe(2);
});

test("--type says what a document is", async () => {
  const cluster = file("cluster.yaml", "name: a\ntype: STATIC\n");
  expect((await validate(cluster)).code).toBe(0);
  expect((await validate(cluster, "--type", "listener", "--format", "compact")).out).toContain("listener");
  expect((await validate(cluster, "--type", "clutser"))).toMatchObject({ code: 2, out: "" });
});

test("--check-files looks for what the configuration names, from the current folder", async () => {
  const config = file("tls.yaml", `name: s\ntls_certificate: { certificate_chain: { filename: ${good} }, private_key: { filename: ${join(folder, "none.key")} } }\n`);
  expect((await validate(config)).code).toBe(0);
  const { code, out } = await validate(config, "--check-files", "--format", "compact");
  expect(code).toBe(1);
  expect(out).toContain("none.key does not exist");
  expect(out.trim().split("\n").length).toBe(1);
});

test("--as-static checks a config dump as the file that runs the same", async () => {
  const cluster = { "@type": "type.googleapis.com/envoy.config.cluster.v3.Cluster", name: "d" };
  const dump = file("dump.json", JSON.stringify({ configs: [{ "@type": "type.googleapis.com/envoy.admin.v3.ClustersConfigDump", dynamic_active_clusters: [{ cluster }, { cluster }] }] }));
  expect((await validate(dump, "--as-static")).code).toBe(1);
  expect((await validate(dump, "--as-static")).out).toContain("LGT0701");
});
