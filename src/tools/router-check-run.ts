/** router_check_tool's run over two files: a RouteConfiguration and tests. */
import type { ResolvedFinding } from "../diagnostics/finding.ts";
import { Findings } from "../diagnostics/findings.ts";
import { Origins } from "../diagnostics/origins.ts";
import { KINDS } from "../resources/kind.ts";
import { type InputText, loadDocument } from "../resources/load.ts";
import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import { encodeBinary } from "../schema/binary-encode.ts";
import { checkOne, withCheckedFractions, type CheckResult } from "./router-check.ts";
import { loadCheckTests } from "./router-check-load.ts";
import { CHECK_TABLE, VALIDATION_RESULT } from "./router-check-schema.ts";
import { openTable } from "./open-table.ts";

const ROUTE = KINDS["route"] ?? "";

export type CheckRun =
  | { readonly table: RouteConfiguration; readonly results: readonly CheckResult[] }
  /** What keeps the tool from running at all. */
  | { readonly refused: readonly ResolvedFinding[] };

/** The first error of either file ends the run, as it does in the tool; field rules are checked of the tests only. */
export function runCheckFiles(config: InputText, tests: InputText): CheckRun {
  const origins = new Origins();
  const forTable = new Findings(origins);
  const document = loadDocument(config, { origins, diagnostics: forTable, type: ROUTE });
  const wrong = forTable.resolve().filter((finding) => finding.severity === "error" && !finding.code.startsWith("LGT03"));
  if (wrong.length > 0) return { refused: wrong.slice(0, 1).map((finding) => named(finding, ROUTE)) };
  const forTests = new Findings(origins);
  const items = loadCheckTests(tests, { origins, diagnostics: forTests });
  const bad = forTests.resolve().filter((finding) => finding.severity === "error");
  if (items === undefined || bad.length > 0) return { refused: bad.slice(0, 1).map((finding) => named(finding, "envoy.RouterCheckToolSchema.Validation")) };
  const table = withCheckedFractions((document?.messages[0]?.message ?? {}) as RouteConfiguration);
  const compiled = new Findings(origins);
  const open = openTable(table, compiled);
  const refused = compiled.resolve().filter((finding) => finding.severity === "error" && finding.code.startsWith("LGT05"));
  if (refused.length > 0) return { refused: refused.slice(0, 1) };
  const silent = { report: () => undefined };
  return { table, results: items.map((item) => checkOne(open, item, silent)) };
}

/** Envoy's words for a text that does not fit its message. */
function named(finding: ResolvedFinding, type: string): ResolvedFinding {
  const isText = finding.code.startsWith("LGT00") || finding.code.startsWith("LGT01");
  return isText ? finding : { ...finding, message: `INVALID_ARGUMENT: invalid JSON in ${type} @ ${finding.path ?? ""}: ${finding.message}` };
}

/** The results as a serialised `envoy.RouterCheckToolSchema.ValidationResult`. */
export function encodeResults(results: readonly CheckResult[], onlyFailures: boolean): Uint8Array {
  const listed = results.filter((result) => !onlyFailures || result.lines.length > 0);
  return encodeBinary(VALIDATION_RESULT, {
    test_results: listed.map(({ name, lines, failure }) => ({ test_name: name, test_passed: lines.length === 0, ...(lines.length === 0 ? {} : { failure }) })),
  }, CHECK_TABLE);
}
