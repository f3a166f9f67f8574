import type { Origins } from "../diagnostics/origins.ts";
import type { CheckedTest, RouterCheck } from "../tools/router-check.ts";
import type { FoundTable } from "../tools/route-tables.ts";
import type { Args } from "./args.ts";
import { plural } from "./plural.ts";
import { readTests } from "./read-tests.ts";
import { deliver } from "./report.ts";
import type { Terminal } from "./terminal.ts";

/** Checks the expectations of files of tests. Answers 1 if one does not hold, or if less is covered than asked for. */
export async function replayTests(found: FoundTable, origins: Origins, args: Args, terminal: Terminal): Promise<number> {
  const { prepareForCheck, RouterCheck: Check } = await import("../tools/router-check.ts");
  const check = new Check(prepareForCheck(found.message));
  const results: CheckedTest[] = [];
  for (const name of args.positionals) for (const test of await readTests(name, origins)) results.push(check.run(test));
  const place = (at: object): string => placeOf(origins, at);
  deliver(args.text("format") === "json" ? json(results, check, place) : text(results, check, args, place), args, terminal);
  const failed = results.filter((result) => result.failures.length > 0).length;
  terminal.say(`${plural(results.length, "test")}, ${failed} failed; ${check.coverage().toFixed(1)} % of the routes covered`);
  return failed > 0 || check.coverage() < Number(args.text("fail-under") ?? "0") ? 1 : 0;
}

function text(results: readonly CheckedTest[], check: RouterCheck, args: Args, place: (at: object) => string): string {
  const failures = results.filter((result) => result.failures.length > 0).flatMap(({ test, failures: lines }) => [`${place(test.at)} ${test.name}`, ...lines.map((line) => `  ${line}`)]);
  const uncovered = args.has("coverage") ? check.uncovered().map(({ host, route, match }) => `not covered: ${host}, ${route.name || match}  ${place(route)}`) : [];
  return [...failures, ...uncovered].map((line) => `${line}\n`).join("");
}

function json(results: readonly CheckedTest[], check: RouterCheck, place: (at: object) => string): string {
  return `${JSON.stringify({
    format_version: 1,
    coverage: check.coverage(),
    tests: results.map(({ test, failures }) => ({ name: test.name, place: place(test.at), passed: failures.length === 0, failures })),
    uncovered: check.uncovered().map(({ host, route, match }) => ({ virtual_host: host, route: route.name ?? "", match, place: place(route) })),
  }, undefined, 2)}\n`;
}

function placeOf(origins: Origins, at: object): string {
  const span = origins.find(at)?.span;
  if (span === undefined) return "";
  const { line, column } = span.source.lines.locate(span.start);
  return `${span.source.name}:${line}:${column}`;
}
