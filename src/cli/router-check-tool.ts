import { fs } from "../platform/builtins.ts";
import type { ResolvedFinding } from "../diagnostics/finding.ts";
import type { CheckResult } from "../tools/router-check.ts";
import type { Args } from "./args.ts";
import { readInput } from "./input.ts";
import { PARSE_ERROR } from "./router-check-words.ts";
import type { Terminal } from "./terminal.ts";

/** Flags that only the tool has: one of them is enough to behave as it does. */
export const TOOL_FLAGS = ["test-path", "details", "only-show-failures", "covall", "detailed-coverage", "output-path", "disable-deprecation-check"] as const;

/**
 * Behaves as Envoy's router_check_tool (test/tools/router_check/router.cc): names of passing tests on standard output, failures
 * on standard error, both only when asked for; then the coverage. Exit code 1 for whatever goes wrong.
 */
export async function routerCheckTool(args: Args, terminal: Terminal): Promise<number> {
  const mistake = args.text(PARSE_ERROR);
  if (mistake !== undefined) {
    terminal.err(mistake);
    return 1;
  }
  const [config, tests] = [args.text("config-path") ?? "", args.text("test-path") ?? ""];
  if (config === "" || tests === "") {
    terminal.err("error: Both --config-path/c and --test-path/t are mandatory\n");
    return 1;
  }
  const { runCheckFiles } = await import("../tools/router-check-run.ts");
  const run = runCheckFiles(readInput(config), readInput(tests));
  if ("refused" in run) {
    for (const finding of run.refused) terminal.err(`${await refusal(finding)}\n`);
    return 1;
  }
  printResults(run.results, args, terminal);
  const outputPath = args.text("output-path");
  if (outputPath !== undefined && !(await writeResults(outputPath, run.results, args.has("only-show-failures"), terminal))) return 1;
  if (run.results.some((result) => result.lines.length > 0)) return 1;
  return coverage(run, args, terminal);
}

/** Envoy says which message the text was read as. */
async function refusal({ message, ...place }: ResolvedFinding): Promise<string> {
  const { placeText } = await import("../diagnostics/report.ts");
  return `${placeText(place)}: ${message}`;
}

function printResults(results: readonly CheckResult[], args: Args, terminal: Terminal): void {
  const onlyFailures = args.has("only-show-failures");
  for (const { name, lines } of results) {
    if (!(args.has("details") && !onlyFailures) && !(onlyFailures && lines.length > 0)) continue;
    if (lines.length === 0) terminal.out(`${name}\n`);
    else terminal.err([name, ...lines].map((line) => `${line}\n`).join(""));
  }
}

async function writeResults(path: string, results: readonly CheckResult[], onlyFailures: boolean, terminal: Terminal): Promise<boolean> {
  const { encodeResults } = await import("../tools/router-check-run.ts");
  try {
    fs().writeFileSync(path, encodeResults(results, onlyFailures));
    return true;
  } catch (error) {
    terminal.err(`${(error as Error).message}\n`);
    return false;
  }
}

async function coverage(run: { readonly table: object; readonly results: readonly CheckResult[] }, args: Args, terminal: Terminal): Promise<number> {
  const { checkCoverage, streamNumber } = await import("../tools/router-check-coverage.ts");
  const { percent, lines } = checkCoverage(run.table, run.results, args.has("covall"), args.has("detailed-coverage"));
  terminal.out(lines.map((line) => `${line}\n`).join(""));
  terminal.out(`Current route coverage: ${streamNumber(percent)}%\n`);
  const under = Number(args.text("fail-under") ?? "0");
  if (under === 0 || !(percent < under)) return 0;
  terminal.err(`Failed to meet coverage requirement: ${streamNumber(under)}%\n`);
  return 1;
}
