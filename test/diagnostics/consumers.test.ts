/** The formats for programs, read by programs: SARIF and JUnit by their consumers, the others by what their readers document. */
import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { renderReport, type Format } from "../../src/diagnostics/render.ts";
import { validate } from "../../src/tools/validate.ts";

const python = process.env["LEGATE_CONSUMERS"];
if (python === undefined) console.warn("consumers of SARIF and JUnit are not asked (set LEGATE_CONSUMERS=$(scripts/consumers))");

const TEXT = "admin:\n  adress: {}\nnode: { id: 7 }\nhds_config: { api_type: GRPC, é😀: 1 }\nstatic_resources:\n  clusters: [{ name: a, hosts: [{ pipe: { path: /a } }] }]\n";
const { findings } = validate({ name: "odd \"name\" <&>.yaml", bytes: new TextEncoder().encode(TEXT) }, {});
const report = (format: Format): string => renderReport(format, { findings, files: ["odd \"name\" <&>.yaml", "clean.yaml"], version: "1.2.3" }, { colour: false });
const count = (severity: string): number => findings.filter((finding) => finding.severity === severity).length;

test("there is something to report, of two severities", () => {
  expect([count("error") > 2, count("warning") > 0]).toEqual([true, true]);
});

describe.skipIf(python === undefined)("SARIF and JUnit", () => {
  test("are read by sarif-tools and junitparser", () => {
    const folder = mkdtempSync(join(tmpdir(), "consumers-"));
    const [sarif, junit] = [join(folder, "a.sarif"), join(folder, "a.xml")];
    writeFileSync(sarif, report("sarif"));
    writeFileSync(junit, report("junit"));
    const { stdout, stderr } = spawnSync(python ?? "", [join(import.meta.dirname, "../support/consume.py"), sarif, junit], { encoding: "utf8" });
    rmSync(folder, { recursive: true, force: true });
    expect(stderr).toBe("");
    const seen = JSON.parse(stdout) as { sarif: Record<string, number>; records: [string, number, string][]; junit: [string, number, number, number][] };
    expect(seen.sarif).toEqual({ error: count("error"), warning: count("warning") });
    expect(seen.records.map(([, line, code]) => [line, code.slice(0, 7)]).sort()).toEqual(findings.map(({ line, code }) => [line, code]).sort());
    expect(seen.junit.map(([name]) => name)).toEqual(["odd \"name\" <&>.yaml", "clean.yaml"]);
    expect(seen.junit.reduce((sum, [, , failures, errors]) => sum + failures + errors, 0)).toBe(count("error"));
  });
});

test("GitLab's code quality report has the members that GitLab reads", () => {
  const issues = JSON.parse(report("gitlab")) as { description: string; check_name: string; fingerprint: string; severity: string; location: { path: string; lines: { begin: number } } }[];
  expect(issues.length).toBe(findings.length);
  for (const { description, check_name: check, fingerprint, severity, location } of issues) {
    expect([typeof description, check, fingerprint, location.path]).toEqual(["string", expect.stringMatching(/^LGT\d{4}$/), expect.stringMatching(/^[0-9a-f]+$/), "odd \"name\" <&>.yaml"]);
    expect(["info", "minor", "major", "critical", "blocker"]).toContain(severity);
    expect(location.lines.begin).toBeGreaterThan(0);
  }
  expect(new Set(issues.map(({ fingerprint }) => fingerprint)).size).toBe(issues.length);
});

test("GitHub's workflow commands have escaped properties, one command a line", () => {
  const lines = report("github").trimEnd().split("\n");
  expect(lines.length).toBe(findings.length);
  for (const line of lines) expect(line).toMatch(/^::(?:error|warning|notice) file=odd "name" <&>\.yaml,line=\d+,(?:endLine=\d+,)?(?:col=\d+,)?(?:endColumn=\d+,)?title=[^,:]+::.+$/);
});

test("JSON lines are one object a line, and JSON carries its version", () => {
  expect(report("jsonl").trimEnd().split("\n").map((line) => (JSON.parse(line) as { code?: string }).code).filter((code) => code !== undefined).length).toBe(findings.length);
  expect(JSON.parse(report("json"))).toMatchObject({ format_version: 1 });
});
