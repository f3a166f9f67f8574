import { readdirSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, it } from "vitest";
import type { Code } from "../../src/diagnostics/codes.ts";
import { Findings, countFindings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { readValue } from "../../src/diagnostics/read-document.ts";
import { FORMATS, renderReport, summaryText } from "../../src/diagnostics/render.ts";
import type { Format } from "../../src/diagnostics/render.ts";
import type { Report } from "../../src/diagnostics/report.ts";
import { readGolden, writeGolden } from "../support/golden.ts";

/** What a golden file may report, besides what the readers find: `path` leads to the object. */
interface Wanted {
  readonly code: Code;
  readonly file: string;
  readonly path: readonly (string | number)[];
  readonly key?: string | number;
  readonly message: string;
  readonly why?: string;
  readonly fix?: string;
  readonly severity?: "error" | "warning" | "note";
}

function reportOf(sections: ReadonlyMap<string, string>): Report {
  const origins = new Origins();
  const diagnostics = new Findings(origins);
  const roots = new Map<string, unknown>();
  for (const [name, text] of sections) {
    const file = /^input (.*)$/.exec(name)?.[1];
    if (file !== undefined) roots.set(file, readValue(file, text.replaceAll("\\u001b", "\u001b"), { origins, diagnostics })?.root);
  }
  for (const { file, path, ...finding } of JSON.parse(sections.get("findings") ?? "[]") as Wanted[]) {
    const at = path.reduce((value, key) => (value as Record<string, unknown>)[key], roots.get(file));
    diagnostics.report({ ...finding, at: at as object });
  }
  return { findings: diagnostics.resolve(), files: [...roots.keys()], version: "1.2.3" };
}

function render(name: string, report: Report): string {
  const [format, ...flags] = name.split(" ");
  const width = flags.map(Number).find(Boolean);
  const text = renderReport(format as Format, report, { colour: flags.includes("colour"), ...(width === undefined ? {} : { width }) });
  return text.replaceAll("\u001b", "\\u001b").replace(/\n$/, "");
}

const folder = join(import.meta.dirname, "golden");

describe("rendered findings are as in golden/", () => {
  it.each(readdirSync(folder))("%s", (file) => {
    const path = join(folder, file);
    const sections = readGolden(path);
    const report = reportOf(sections);
    for (const [name, expected] of sections) {
      if (!FORMATS.includes(name.split(" ")[0] as Format)) continue;
      const actual = render(name, report);
      if (process.env["LEGATE_UPDATE_GOLDEN"] === undefined) expect(actual, name).toBe(expected);
      else sections.set(name, actual);
    }
    if (process.env["LEGATE_UPDATE_GOLDEN"] !== undefined) writeGolden(path, sections);
  });
});

describe("machine formats", () => {
  const report = (): Report => reportOf(new Map([["input x.json", '{"a": 1, "a": 2}'], ["findings", '[{"code":"LGT0201","file":"x.json","path":[],"key":"a","message":"m"}]']]));

  it("that are JSON parse, with and without findings", () => {
    for (const findings of [report().findings, []]) {
      for (const format of ["json", "gitlab", "sarif"] as const) {
        expect(() => JSON.parse(renderReport(format, { ...report(), findings }, { colour: true }))).not.toThrow();
      }
    }
  });

  it("never contain terminal escapes", () => {
    for (const format of FORMATS) {
      const hostile = { ...report(), findings: report().findings.map((f) => ({ ...f, message: "a\u001b[31mb", path: "\u001b]0;x\u0007", why: "\u202e" })) };
      expect(renderReport(format, hostile, { colour: false }).replaceAll(/\\u[0-9a-f]{4}/g, ""), format).not.toMatch(format === "github" ? /\u0000/ : /[\u001b\u0007]/);
    }
  });

  it("keep a finding's fingerprint when lines are inserted before it", () => {
    const sarif = (text: string): unknown => {
      const sections = new Map([["input x.yaml", text], ["findings", '[{"code":"LGT0201","file":"x.yaml","path":[],"key":"a","message":"m"}]']]);
      return (JSON.parse(renderReport("sarif", reportOf(sections), { colour: false })) as { runs: { results: { partialFingerprints: unknown }[] }[] }).runs[0]?.results[0]?.partialFingerprints;
    };
    expect(sarif("# new\n\na: 1\n")).toEqual(sarif("a: 1\n"));
  });
});

describe("summaryText", () => {
  it.each([
    [{ error: 2, warning: 1, note: 0 }, "2 errors, 1 warning"],
    [{ error: 0, warning: 0, note: 0 }, "no findings"],
  ])("of %j is %j", (counts, text) => {
    expect(summaryText(counts)).toBe(text);
    expect(countFindings([])).toEqual({ error: 0, warning: 0, note: 0 });
  });
});
