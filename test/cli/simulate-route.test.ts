import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { conformanceFolder } from "../support/conformance.ts";
import { run } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "legate-simulate-"));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const routes = file("routes.yaml", "name: r\nvirtual_hosts:\n  - name: v\n    domains: ['*']\n    routes:\n      - { match: { prefix: /a }, route: { cluster: a } }\n      - { name: b, match: { prefix: /b }, route: { cluster: b } }\n");
const good = file("good.yaml", "tests:\n  - { test_name: A, input: { authority: x, path: /a }, validate: { cluster_name: a } }\n");
const bad = file("bad.json", '{"tests": [{"test_name": "B", "input": {"authority": "x", "path": "/b"}, "validate": {"cluster_name": "c", "path_rewrite": "/b"}}]}');
const simulate = (...words: string[]): ReturnType<typeof run> => run(["simulate-route", "-c", routes, ...words]);

describe("one request", () => {
  test("goes through the configuration, and a 404 is an answer", async () => {
    const { code, out } = await simulate("--url", "http://x/b", "--explain");
    expect(code).toBe(0);
    expect(out).toContain("cluster b");
    expect(out).toContain('path starts with "/a"');
    expect(await simulate("--url", "http://x/none")).toMatchObject({ code: 0 });
  });

  test("as JSON has a version, and says why only when asked", async () => {
    const json = async (...words: string[]): Promise<Record<string, unknown>> => JSON.parse((await simulate("--url", "/b", "--host", "x", "--format", "json", ...words)).out) as Record<string, unknown>;
    expect(await json()).toMatchObject({ format_version: 1, result: { kind: "forward", cluster: "b" } });
    expect(await json()).not.toHaveProperty("rejected");
    expect(await json("--explain")).toHaveProperty("rejected");
  });

  test.each([
    [["--url", "/b"], "which host?"],
    [["--url", "ftp://x/"], "neither"],
    [["--url", "http://x/", "-H", "nothing"], "is not 'NAME: VALUE'"],
    [["--url", "http://x/", "--listener", "l"], "no route table fits"],
    [[], "what should be simulated?"],
    [["--url", "http://x/", "tests.yaml"], "what should be simulated?"],
  ])("%j is refused: %s", async (words, message) => {
    const { code, out, err } = await simulate(...words);
    expect([code, out]).toEqual([2, ""]);
    expect(err).toContain(message);
  });
});

describe("files of tests", () => {
  test("that hold exit 0; one that fails exits 1 and names its place", async () => {
    expect(await simulate(good)).toMatchObject({ code: 0, out: "" });
    const { code, out, err } = await simulate(good, bad, "--coverage");
    expect(code).toBe(1);
    expect(out).toContain("bad.json:1:12 B\n  expected: [c], actual: [b], test type: cluster_name\n");
    expect(err).toContain("2 tests, 1 failed; 100.0 % of the routes covered");
  });

  test("--coverage names the routes without a test, --fail-under wants enough of them", async () => {
    expect((await simulate(good, "--coverage")).out).toContain("not covered: v, b  ");
    expect((await simulate(good, "--fail-under", "50")).code).toBe(0);
    expect((await simulate(good, "--fail-under", "51")).code).toBe(1);
  });

  test("that are none are an input error", async () => {
    expect(await simulate(routes)).toMatchObject({ code: 2 });
    expect(await simulate(join(folder, "absent.yaml"))).toMatchObject({ code: 2 });
  });
});

describe("with -t it behaves as router_check_tool", () => {
  test("nothing but the coverage is printed; a failing run prints nothing unless asked", async () => {
    expect(await simulate("-t", good)).toEqual({ code: 0, out: "Current route coverage: 50%\n", err: "" });
    expect(await simulate("-t", bad)).toEqual({ code: 1, out: "", err: "" });
    expect(await simulate("-t", bad, "-d")).toEqual({ code: 1, out: "B\n", err: "expected: [c], actual: [b], test type: cluster_name\n" });
    expect(await simulate("-t", good, "-f", "60")).toEqual({ code: 1, out: "Current route coverage: 50%\n", err: "Failed to meet coverage requirement: 60%\n" });
    expect(await run(["simulate-route", "-t", good])).toEqual({ code: 1, out: "", err: "error: Both --config-path/c and --test-path/t are mandatory\n" });
  });

  /** Cases with %CEL(...)%, an operator that is not there yet. */
  const NEEDS_CEL = /CEL/;

  test("Envoy's own suites pass", async (context) => {
    const root = conformanceFolder();
    if (root === undefined) return context.skip("the conformance folder is not here");
    const suites: [string, string][] = readdirSync(join(root, "router_check")).filter((name) => /\.golden\.proto\.(json|yaml)$/.test(name) && !name.startsWith("TestRoutesFailures"))
      .map((name) => [join(root, "router_check", name.replace(/\.golden.*/, ".yaml")), join(root, "router_check", name)]);
    const pairs: [string, string][] = readdirSync(join(root, "route_pairs")).filter((name) => name.endsWith(".yaml") && !NEEDS_CEL.test(readFileSync(join(root, "route_pairs", name), "utf8")))
      .map((name) => [join(root, "route_pairs", name), join(root, "route_pairs", name.replace(/\.yaml$/, ".tests.json"))]);
    expect(pairs.length).toBeGreaterThan(40);
    for (const [config, tests] of [...suites, ...pairs]) {
      const { code, err } = await run(["simulate-route", "-c", config, "-t", tests, "--only-show-failures"]);
      expect([config, code, err]).toEqual([config, 0, ""]);
    }
    const at = (name: string): string => join(root, "router_check", name);
    expect((await run(["simulate-route", "-c", at("ComprehensiveRoutes.yaml"), "-t", at("ComprehensiveRoutes.golden.proto.json"), "--covall"])).out).toBe("Current route coverage: 100%\n");
    expect((await run(["simulate-route", "-c", at("DetailedCoverage.yaml"), "-t", at("DetailedCoverage.golden.proto.json"), "--detailed-coverage"])).out).toContain("Missing test for host: localhost, route: ");
    expect((await run(["simulate-route", "-c", at("TestRoutes.yaml"), "-t", at("TestRoutesFailures.golden.proto.json")])).code).toBe(1);
    return undefined;
  });
});
