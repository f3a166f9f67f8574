import type { RouteConfiguration } from "../schema/generated/envoy/config/route/v3.ts";
import type { Args } from "./args.ts";
import { InputError } from "./command.ts";
import { readInput } from "./input.ts";
import { readTests } from "./read-tests.ts";
import type { Terminal } from "./terminal.ts";

/**
 * Behaves as Envoy's router_check_tool (test/tools/router_check/router.cc): names of tests on standard output, failures on
 * standard error, both only when asked for; then the coverage. Exit code 1 for whatever goes wrong.
 */
export async function routerCheckTool(args: Args, terminal: Terminal): Promise<number> {
  const [config, tests] = [args.text("config-path"), args.text("test-path")];
  if (config === undefined || tests === undefined) {
    terminal.err("error: Both --config-path/c and --test-path/t are mandatory\n");
    return 1;
  }
  try {
    return await check(config, tests, args, terminal);
  } catch (error) {
    if (!(error instanceof InputError)) throw error;
    terminal.err(`${error.message}\n`);
    return 1;
  }
}

async function check(config: string, tests: string, args: Args, terminal: Terminal): Promise<number> {
  const [{ prepareForCheck, RouterCheck }, { Origins }] = await Promise.all([import("../tools/router-check.ts"), import("../diagnostics/origins.ts")]);
  const origins = new Origins();
  const tool = new RouterCheck(prepareForCheck(await readTable(config)));
  let failed = false;
  const results = (await readTests(tests, origins)).map((test) => tool.run(test));
  for (const { test, failures } of results) {
    failed ||= failures.length > 0;
    const shown = args.has("only-show-failures") ? failures.length > 0 : args.has("details");
    if (!shown) continue;
    terminal.out(`${test.name}\n`);
    for (const line of failures) terminal.err(`${line}\n`);
  }
  if (failed) return 1;
  if (args.has("detailed-coverage")) for (const { host, match } of tool.uncovered()) terminal.out(`Missing test for host: ${host}, route: ${match}\n`);
  const coverage = args.has("covall") ? tool.comprehensiveCoverage() : tool.coverage();
  terminal.out(`Current route coverage: ${asStream(coverage)}%\n`);
  const under = args.text("fail-under");
  if (under === undefined || coverage >= Number(under)) return 0;
  terminal.err(`Failed to meet coverage requirement: ${asStream(Number(under))}%\n`);
  return 1;
}

/** A number as a C++ stream prints it: six significant digits. */
function asStream(value: number): string {
  return String(Number(value.toPrecision(6)));
}

/** The tool takes a RouteConfiguration only, and refuses unknown fields. */
async function readTable(name: string): Promise<RouteConfiguration> {
  const [{ loadDocument }, { Origins }, { Findings }, { KINDS }, { placeText }] = await Promise.all([
    import("../resources/load.ts"), import("../diagnostics/origins.ts"), import("../diagnostics/findings.ts"), import("../resources/kind.ts"), import("../diagnostics/report.ts"),
  ]);
  const origins = new Origins();
  const diagnostics = new Findings(origins);
  const document = loadDocument(readInput(name), { origins, diagnostics, type: KINDS.route ?? "" });
  // field rules are not checked by the tool: a table that breaks them may still be tested
  const error = diagnostics.resolve().find((finding) => finding.severity === "error" && !finding.code.startsWith("LGT03"));
  if (error !== undefined) throw new InputError(`${placeText(error)} ${error.message}`);
  return (document?.messages[0]?.message ?? {}) as RouteConfiguration;
}
