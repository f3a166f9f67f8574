import type { Origins } from "../diagnostics/origins.ts";
import type { CheckTest } from "../tools/check-tests.ts";
import { InputError } from "./command.ts";
import { readInput } from "./input.ts";

/** Reads a file of router_check_tool tests, in YAML or JSON. Throws `InputError` where it is none. */
export async function readTests(name: string, origins: Origins): Promise<readonly CheckTest[]> {
  const [{ readMap }, { Findings }, { readCheckTests }, { placeText }] = await Promise.all([
    import("../diagnostics/read-document.ts"), import("../diagnostics/findings.ts"), import("../tools/check-tests.ts"), import("../diagnostics/report.ts"),
  ]);
  const input = readInput(name);
  if ("problem" in input) throw new InputError(`${name} ${input.problem}`);
  const diagnostics = new Findings(origins);
  const document = readMap(name, input.bytes, { origins, diagnostics });
  const tests = document === undefined ? undefined : readCheckTests(document.root, { origins, diagnostics });
  const error = diagnostics.resolve().find((finding) => finding.severity === "error");
  if (error !== undefined) throw new InputError(`${placeText(error)} ${error.message}`);
  if (tests === undefined) throw new InputError(`${name} is no file of tests: it has no list "tests"`);
  return tests;
}
