import { describe, expect, test } from "vitest";
import type { ResolvedFinding } from "../../src/diagnostics/finding.ts";
import { conformanceFolder } from "../support/conformance.ts";
import { BOOTSTRAP, decoded } from "../support/decoded.ts";
import { configVerdicts, rejectedVerdicts, type Verdict } from "../support/envoy-verdicts.ts";

const folder = conformanceFolder();

/** Envoy's errors that decode and the field rules can know; the others need a look at what the messages mean. */
const OURS = /Proto constraint validation failed|Unable to parse JSON as proto|has unknown fields|could not find @type/;

function errorsOf(item: Verdict): ResolvedFinding[] {
  const file = item.name.endsWith(".json") ? "t.json" : "t.yaml";
  return decoded(BOOTSTRAP, item.text, { file }).findings.filter((f) => f.severity === "error");
}

/** The reason in a broken rule's text: what stands after the last "…ValidationError.Field: ". */
function reasonOf(error: string): string | undefined {
  if (!error.includes("Proto constraint validation failed")) return undefined;
  return /(?:ValidationError\.[\w[\]]+: |\(|caused by )((?:value|repeated|field:) ?.*?)\)$/.exec(error.slice(Math.max(0, error.lastIndexOf("caused by"))))?.[1];
}

function tally(cases: readonly Verdict[]): Record<string, number> {
  const counts: Record<string, number> = {};
  for (const item of cases) {
    const whose = item.verdict === "reject" ? (OURS.test(item.error) ? " (decode or rules)" : " (later checks)") : "";
    const row = `${item.verdict}${whose} -> ${errorsOf(item).length > 0 ? "error" : "no error"}`;
    counts[row] = (counts[row] ?? 0) + 1;
  }
  return counts;
}

describe.skipIf(folder === undefined)("agreement with Envoy 1.40.0", () => {
  const cases = folder === undefined ? [] : [...configVerdicts(folder), ...rejectedVerdicts(folder)];

  test("what Envoy accepts decodes without an error", () => {
    const wrong = cases.filter((c) => /^(accept|needs-file)/.test(c.verdict)).flatMap((c) => errorsOf(c).map((f) => `${c.name}: ${f.code} ${f.path} ${f.message}`));
    expect(wrong).toEqual([]);
  });

  test("what Envoy cannot parse, or its field rules reject, is an error here", () => {
    const missed = cases.filter((c) => c.verdict === "contrib" || (c.verdict === "reject" && OURS.test(c.error))).filter((c) => errorsOf(c).length === 0);
    expect(missed.map((c) => `${c.name}: ${c.error}`)).toEqual([]);
    console.log("decode and rules against Envoy 1.40.0:", tally(cases));
  });

  test("the finding of a broken rule quotes Envoy's reason", () => {
    const wrong = cases.flatMap((c) => {
      const reason = reasonOf(c.error);
      if (reason === undefined) return [];
      return errorsOf(c).some((f) => f.why?.includes(reason) === true) ? [] : [`${c.name}: ${reason}`];
    });
    expect(wrong).toEqual([]);
    const quoted = cases.filter((c) => reasonOf(c.error) !== undefined).length;
    console.log("reasons compared:", quoted, "of", cases.filter((c) => c.error.includes("Proto constraint validation failed")).length);
    expect(quoted).toBeGreaterThan(0);
  });
});
