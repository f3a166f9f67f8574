import { describe, expect, it } from "vitest";
import { Findings, countFindings, hasAtLeast } from "../../src/diagnostics/findings.ts";
import { lineOf, readText } from "../support/read-text.ts";

const TEXT = `clusters:
- &c
  name: a
  lb_policy: X
- *c
# legate-disable-next-line LGT0212, LGT0201  the old field is wanted here
# (until the next release)
old: 1
old2: 1
`;

// oxlint-disable-next-line typescript/no-explicit-any
type Any = any;

function setup(disabled: string[] = []): { root: Any; findings: Findings } {
  const { root, origins } = readText("x.yaml", TEXT);
  return { root: root as Any, findings: new Findings(origins, { disabled: new Set(disabled) }) };
}

describe("findings", () => {
  it("come in the order of the text, with place, frame and the table's advice", () => {
    const { root, findings } = setup();
    findings.report({ code: "LGT0201", at: root, key: "old2", message: "second" });
    findings.report({ code: "LGT0204", at: root.clusters[0], key: "lb_policy", message: "first", fix: "do" });
    const resolved = findings.resolve();
    expect(resolved.map(lineOf)).toEqual(["LGT0204 4:14-4:15 first", "LGT0201 9:1-9:5 second"]);
    expect(resolved[0]).toMatchObject({
      severity: "error", file: "x.yaml", path: "clusters[0].lb_policy", fix: "do", why: "The field takes one of a fixed set of names.",
      frame: { first: 2, lines: ["- &c", "  name: a", "  lb_policy: X", "- *c"] },
    });
    expect(JSON.parse(JSON.stringify(resolved))).toEqual(resolved);
  });

  it("of one code at one place are one finding that names the other uses", () => {
    const { root, findings } = setup();
    for (const cluster of root.clusters) findings.report({ code: "LGT0204", at: cluster, key: "lb_policy", message: "bad" });
    const resolved = findings.resolve();
    expect(resolved).toHaveLength(1);
    expect(resolved[0]?.related).toEqual([{ path: "clusters[1].lb_policy", message: "also used at clusters[1].lb_policy" }]);
  });

  it("at many uses list some of them and count the rest", () => {
    const { root, origins } = readText("x.yaml", `a: &x {b: 1}\nl: [${Array(9).fill("*x").join(", ")}]\n`);
    const findings = new Findings(origins);
    for (const item of (root as Any).l) findings.report({ code: "LGT0204", at: item, key: "b", message: "bad" });
    const related = findings.resolve()[0]?.related?.map(({ message }) => message);
    expect(related).toHaveLength(6);
    expect(related?.at(-1)).toBe("also used at 3 more places");
  });

  it("have the severity that the collector gives their code", () => {
    const { root, origins } = readText("x.yaml", "a: 1\n");
    const findings = new Findings(origins, { severities: new Map([["LGT0901", "error"]]) });
    findings.report({ code: "LGT0901", at: root as object, key: "a", message: "not done", severity: "note" });
    expect(findings.resolve()[0]?.severity).toBe("error");
  });

  it("with different messages at one place stay apart", () => {
    const { root, findings } = setup();
    findings.report({ code: "LGT0301", at: root, message: "a is missing" });
    findings.report({ code: "LGT0301", at: root, message: "b is missing" });
    expect(findings.resolve()).toHaveLength(2);
  });

  it("are silenced for the next line of content, and only for the codes named", () => {
    const { root, findings } = setup();
    findings.report({ code: "LGT0212", at: root, key: "old", message: "deprecated" });
    findings.report({ code: "LGT0201", at: root, key: "old", message: "unknown" });
    findings.report({ code: "LGT0202", at: root, key: "old", message: "type" });
    findings.report({ code: "LGT0212", at: root, key: "old2", message: "deprecated" });
    expect(findings.resolve().map(lineOf)).toEqual(["LGT0202 8:6-8:7 type", "LGT0212 9:1-9:5 deprecated"]);
  });

  it("are not reported when their code is disabled, except where the text cannot be read", () => {
    const { root, findings } = setup(["LGT0212", "LGT0101"]);
    findings.report({ code: "LGT0212", at: root, key: "old2", message: "deprecated" });
    findings.report({ code: "LGT0101", at: root, message: "syntax" });
    expect(findings.resolve().map((f) => f.code)).toEqual(["LGT0101"]);
  });

  it("are counted by severity", () => {
    const { root, findings } = setup();
    findings.report({ code: "LGT0212", at: root, key: "old2", message: "deprecated" });
    findings.report({ code: "LGT0212", at: root, key: "clusters", message: "deprecated", severity: "note" });
    const resolved = findings.resolve();
    expect(countFindings(resolved)).toEqual({ error: 0, warning: 1, note: 1 });
    expect(hasAtLeast(resolved, "warning")).toBe(true);
    expect(hasAtLeast(resolved, "error")).toBe(false);
  });

  it("at objects without an origin have no place", () => {
    const { findings } = setup();
    findings.report({ code: "LGT0801", at: {}, message: "somewhere" });
    expect(findings.resolve().map(lineOf)).toEqual(["LGT0801 - somewhere"]);
  });
});
