import { spawnSync } from "node:child_process";
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { BINARY, legate, ROOT, scratch } from "./binary.ts";

describe("the binary", () => {
  test("says its version, commit and target", () => {
    const { code, out, err } = legate(["--version"]);
    expect([code, err]).toEqual([0, ""]);
    expect(out).toMatch(/^legate \d+\.\d+\.\d+ \(commit [0-9a-f]{12}(\+changes)?, Envoy API 1\.40\.0, \w+-\w+(-\w+)?, bun [\d.]+\)\n$/);
  });

  test("does not read .env or bunfig.toml of the folder it is started in", () => {
    const folder = scratch();
    writeFileSync(join(folder, ".env"), "FORCE_COLOR=1\n");
    writeFileSync(join(folder, "bunfig.toml"), 'preload = ["./evil.ts"]\n');
    writeFileSync(join(folder, "evil.ts"), 'console.log("EXECUTED");\n');
    writeFileSync(join(folder, "bad.yaml"), "nod: {}\n");
    const { out, err } = legate(["validate", "bad.yaml"], { cwd: folder });
    expect(out + err).not.toContain("EXECUTED");
    expect(out).not.toContain("\u001b[");
  });

  test("ends quietly when its reader goes away", () => {
    const { status, stderr } = spawnSync("sh", ["-c", `"${BINARY}" explain | head -n 1 >/dev/null; "${BINARY}" init | true`], { encoding: "utf8" });
    expect([status, stderr]).toEqual([0, ""]);
  });

  test("takes every example configuration, and what init prints", () => {
    const { code, out } = legate(["validate", "configs", "--format", "compact"]);
    // the example in v2 words is read, with a warning for each of them
    const about = out.split("\n").filter((line) => line !== "").map((line) => /^([^:]+):\d+:\d+:? (\w+)/.exec(line)?.slice(1).join(" ") ?? line);
    expect([code, new Set(about)]).toEqual([0, new Set(["configs/front-proxy-v2.yaml warning"])]);
    for (const name of readdirSync(join(ROOT, "configs")).filter((n) => n.endsWith(".yaml") && !n.endsWith("-v2.yaml"))) {
      const text = legate(["init", name.replace(".yaml", "")]).out;
      expect(text).toBe(readFileSync(join(ROOT, "configs", name), "utf8"));
      expect(legate(["validate", "-"], { input: text }).code).toBe(0);
    }
  });

  test("--follow and --check-files look at what a configuration names", () => {
    const folder = scratch();
    mkdirSync(join(folder, "xds"));
    expect(legate(["init", "xds-files", "--into", "xds"], { cwd: folder }).code).toBe(0);
    const xds = join(folder, "xds");
    expect(legate(["validate", "bootstrap.yaml", "--follow", "--check-files"], { cwd: xds }).err).toContain("6 files checked, nothing wrong");
    const { code, out } = legate(["validate", "xds/bootstrap.yaml", "--check-files"], { cwd: folder });
    expect(code).toBe(1);
    expect(out).toContain("./lds.yaml does not exist");
  });
});

describe("machine formats are well formed and never coloured:", () => {
  const folder = scratch();
  writeFileSync(join(folder, "bad.yaml"), "nod: {}\nstatic_resources:\n  clusters:\n    - name: [a]\n");
  const findings = (format: string): string => legate(["validate", "bad.yaml", "--format", format, "--color", "always"], { cwd: folder }).out;

  test("json", () => {
    const report = JSON.parse(findings("json")) as { format_version: number };
    expect(report.format_version).toBe(1);
  });

  test("jsonl", () => {
    const lines = findings("jsonl").trim().split("\n");
    expect(lines.length).toBeGreaterThan(1);
    for (const line of lines) expect(() => JSON.parse(line) as unknown).not.toThrow();
  });

  test("sarif, gitlab, junit, github", () => {
    expect((JSON.parse(findings("sarif")) as { version: string }).version).toBe("2.1.0");
    expect(Array.isArray(JSON.parse(findings("gitlab")))).toBe(true);
    expect(findings("junit")).toMatch(/^<\?xml/);
    expect(findings("github")).toMatch(/^::error file=bad\.yaml,line=1/);
  });

  test("none of them holds an escape", () => {
    for (const format of ["json", "jsonl", "github", "gitlab", "junit", "sarif"]) expect(findings(format)).not.toContain("\u001b");
    expect(findings("pretty")).toContain("\u001b[");
  });

  test("--output-file holds what standard output would", () => {
    const direct = legate(["validate", "bad.yaml", "--format", "json"], { cwd: folder });
    const filed = legate(["validate", "bad.yaml", "--format", "json", "--output-file", "out.json"], { cwd: folder });
    expect([filed.code, filed.out]).toEqual([1, ""]);
    expect(readFileSync(join(folder, "out.json"), "utf8")).toBe(direct.out);
  });
});
