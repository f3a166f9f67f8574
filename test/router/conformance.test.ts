import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { readValue } from "../../src/diagnostics/read-document.ts";
import { nameId } from "../../src/http/names.ts";
import { explain } from "../../src/router/explain.ts";
import { simulate } from "../../src/router/simulate.ts";
import { simulatedContext, simulatedStream } from "../../src/router/simulated-stream.ts";
import { conformanceFolder } from "../support/conformance.ts";
import { request, routeTable } from "../support/route-tables.ts";
import { checkFailures, type CheckTest } from "../support/router-check.ts";

const folder = conformanceFolder();

function checks(path: string): readonly CheckTest[] {
  const origins = new Origins();
  const document = readValue(path, readFileSync(path, "utf8"), { origins, diagnostics: new Findings(origins) });
  if (document === undefined) throw new Error(`${path} holds no document`);
  return (document.root as unknown as { tests: CheckTest[] }).tests;
}

/** Runs a file of tests; gives the failures by test name. */
function run(tablePath: string, testsPath: string): { readonly passed: number; readonly failed: readonly string[] } {
  const { table } = routeTable(tableText(tablePath));
  const failed: string[] = [];
  let passed = 0;
  for (const check of checks(testsPath)) {
    const failures = checkFailures(table, check);
    if (failures.length === 0) passed++;
    else failed.push(`${check.test_name}: ${failures.join("; ")}`);
  }
  return { passed, failed };
}

/** The tool changes a numerator of 0 to 1. */
function tableText(path: string): string {
  return readFileSync(path, "utf8").replace(/numerator: 0\b/g, "numerator: 1");
}

describe.skipIf(folder === undefined)("route tables of Envoy's tests", () => {
  const root = folder ?? "";

  test("route_pairs: every assertion holds", () => {
    const pairs = readdirSync(join(root, "route_pairs")).filter((name) => name.endsWith(".yaml"));
    const failures: string[] = [];
    let passed = 0;
    for (const pair of pairs) {
      const result = run(join(root, "route_pairs", pair), join(root, "route_pairs", pair.replace(/\.yaml$/, ".tests.json")));
      passed += result.passed;
      failures.push(...result.failed.map((failure) => `${pair}: ${failure}`));
    }
    console.log(`route_pairs: ${passed} tests pass in ${pairs.length} pairs`);
    expect(failures).toEqual([]);
  });

  test("router_check: every suite passes, and the failing one fails", () => {
    const suites = readdirSync(join(root, "router_check")).filter((name) => name.endsWith(".golden.proto.json") && !name.startsWith("TestRoutesFailures"));
    const failures: string[] = [];
    let passed = 0;
    for (const suite of suites) {
      const result = run(join(root, "router_check", suite.replace(".golden.proto.json", ".yaml")), join(root, "router_check", suite));
      passed += result.passed;
      failures.push(...result.failed.map((failure) => `${suite}: ${failure}`));
    }
    console.log(`router_check: ${passed} tests pass in ${suites.length} suites`);
    expect(failures).toEqual([]);
    const wrong = run(join(root, "router_check", "TestRoutes.yaml"), join(root, "router_check", "TestRoutesFailures.golden.proto.json"));
    expect(wrong.failed.length).toBeGreaterThan(0);
  });

  interface RouteCase {
    readonly test: string;
    readonly line: number;
    readonly yaml: string;
    readonly headers: readonly (readonly [string, string])[];
    readonly random_value: number;
    readonly expect: Readonly<Record<string, unknown>>;
    readonly note?: string;
    readonly test_uses_mocks?: readonly string[];
  }

  /** The value that a case asserts, as the simulation has it; `undefined` for a getter that has no counterpart here. */
  function actualOf(one: RouteCase): unknown {
    const { table } = routeTable(one.yaml, undefined, { "/PLACEHOLDER/direct_response_body": "Example text 3" });
    const view = request(one.headers, { random: BigInt(one.random_value ?? 0) });
    const outcome = simulate(table, view, {
      stream: { downstreamRemoteAddress: "1.2.3.4:80" }, machine: undefined, keepOriginals: true, routerFilter: false,
      ...(one.note?.includes("original_connect_port=10") === true ? { connectPort: "10" } : {}),
    });
    const { choice, answer } = outcome;
    expect(explain(table, view).choice?.route, `${one.test}:${one.line}`).toBe(choice?.route);
    const [key] = Object.keys(one.expect);
    switch (key) {
      case "cluster": return choice?.cluster;
      case "no_route": return choice === null;
      case "direct_response": return choice?.kind === "forward" ? null : choice;
      case "route_entry": return choice?.kind === "forward" ? choice : null;
      case "route_name": return choice?.route?.name;
      case "virtual_host": return choice?.host.name;
      case "redirect_location": return answer?.location ?? choice?.route?.redirect?.location(outcome.request, simulatedContext(simulatedStream({}), outcome.request), true);
      case "request_header_after_finalize": {
        const { name } = one.expect[key] as { name: string };
        return { ...(one.expect[key] as object), value: outcome.request.get(nameId(name)) ?? "" };
      }
      default: {
        const { call } = one.expect["other"] as { call: string };
        const forward = choice?.route?.forward;
        if (call.includes("formatBody")) return { call, value: answer?.body };
        if (call.includes("shadowPolicies().size()")) return { call, value: forward?.mirrors.length };
        if (call.includes("hedgePolicy().initialRequests()")) return { call, value: (forward?.message.hedge_policy ?? choice?.host.hedge)?.initial_requests ?? 1 };
        if (call.includes("decorator()->getOperation()")) return { call, value: choice?.route?.message.decorator?.operation };
        if (call.includes("numRetries()")) return { call, value: forward?.retry.numRetries };
        if (call.includes("routeConfig().name()")) return { call, value: choice?.host.table.name };
        if (call.includes("idleTimeout()")) return { call, value: forward?.timeouts.idleTimeout };
        return undefined;
      }
    }
  }

  /** Tests some of whose cases need what a file of cases cannot hold. */
  const EXCEPTED: Readonly<Record<string, string>> = {
    "RouteMatcherTest.DynamicMetadataMatchedRouting": "the dynamic metadata is set in a mock of the stream",
    "RouteMatcherTest.FractionalRuntime": "the runtime's answer is given by a mock",
    "RouteMatcherTest.EnsureMatchingAllConditions": "the runtime's answer is given by a mock",
    "RouteMatcherTest.WeightedClusters": "the runtime's weights are given by a mock; typed metadata is an object of C++",
    "CustomRequestHeadersTest.AddNewHeader": "the address and the trace id are given by mocks of the stream",
    "RouteConfigurationV2.RouteTracingConfig": "there is no tracer that would read a route's sampling",
  };

  test("route_cases: every assertion holds but those excepted by name", () => {
    const cases = readFileSync(join(root, "route_cases.jsonl"), "utf8").trim().split("\n").map((line) => JSON.parse(line) as RouteCase);
    const failures: string[] = [];
    const excepted = new Map<string, number[]>();
    let passed = 0;
    for (const one of cases) {
      const actual = actualOf(one);
      const unknown = actual === undefined && one.expect["other"] !== undefined;
      if (!unknown && JSON.stringify(actual) === JSON.stringify(Object.values(one.expect)[0])) passed++;
      else if (EXCEPTED[one.test] !== undefined && (unknown || one.test_uses_mocks !== undefined)) excepted.set(one.test, [...(excepted.get(one.test) ?? []), one.line]);
      else failures.push(`${one.test}:${one.line}: expected ${JSON.stringify(one.expect)}, actual ${JSON.stringify(actual)?.slice(0, 200)}`);
    }
    const named = [...excepted].map(([name, lines]) => `${name} (lines ${lines.join(", ")}): ${EXCEPTED[name]}`);
    console.log(`route_cases: ${passed} of ${cases.length} hold; excepted:\n${named.join("\n")}`);
    expect(failures).toEqual([]);
    expect([...excepted.keys()].sort()).toEqual(Object.keys(EXCEPTED).sort());
  });
});
