import type { ComparedRequests } from "../tools/compare-outcomes.ts";
import type { SimulateConfiguration } from "../tools/simulate-load.ts";
import type { Origins } from "../diagnostics/origins.ts";
import type { Args } from "./args.ts";
import { plural } from "./plural.ts";
import { requestsOf } from "./replay-tests.ts";
import { deliver, renderFindings } from "./report.ts";
import { requestOfFlags } from "./simulate-flags.ts";
import type { Terminal } from "./terminal.ts";

export interface Loaded {
  readonly configuration: SimulateConfiguration;
  readonly origins: Origins;
}

/** `--compare OLD NEW requests...`: the requests whose outcome differs. Answers 1 if some do, 2 if something could not be read. */
export async function compareOutcomes(before: Loaded, after: Loaded, files: readonly string[], args: Args, terminal: Terminal): Promise<number> {
  const [{ Findings }, { Origins: NewOrigins }, { compareRequests, renderCompared }] = await Promise.all([
    import("../diagnostics/findings.ts"), import("../diagnostics/origins.ts"), import("../tools/compare-outcomes.ts"),
  ]);
  const origins = new NewOrigins();
  const diagnostics = new Findings(origins);
  const tests = args.has("url") ? [{ kind: "request" as const, name: args.text("url") ?? "", at: {}, request: await requestOfFlags(args), listener: undefined, routeTable: undefined, expected: undefined }] : await requestsOf(files, origins, diagnostics, args);
  const compared: ComparedRequests = compareRequests(before, after, tests, { listener: args.text("listener"), routeTable: args.text("route-table") });
  const errors = diagnostics.resolve().filter((finding) => finding.severity === "error");
  terminal.err(await renderFindings(errors, [], args, terminal, "compact"));
  deliver(renderCompared(compared, args.text("format") ?? "pretty", origins), args, terminal);
  terminal.say(compared.differing.length === 0 ? `${plural(compared.count, "request")}, all with the same outcome` : `${compared.differing.length} of ${plural(compared.count, "request")} come to something else`);
  if (errors.length > 0) return 2;
  return compared.differing.length > 0 ? 1 : 0;
}
