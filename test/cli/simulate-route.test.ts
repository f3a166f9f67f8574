import { mkdtempSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { simulateRoute } from "../../src/cli/simulate-route.ts";
import { conformanceFolder } from "../support/conformance.ts";
import { run } from "./run.ts";

const folder = mkdtempSync(join(tmpdir(), "legate-simulate-"));
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text);
  return join(folder, name);
};
const routes = file("routes.yaml", "name: r\nvirtual_hosts:\n  - name: v\n    domains: ['*']\n    routes:\n      - { match: { prefix: /a }, route: { cluster: a } }\n      - { name: b, match: { prefix: /b }, route: { cluster: b } }\n");
const good = file("good.yaml", "tests:\n  - { test_name: A, input: { authority: x, path: /a, method: GET }, validate: { cluster_name: a } }\n");
const bad = file("bad.json", '{"tests": [{"test_name": "B", "input": {"authority": "x", "path": "/b", "method": "GET"}, "validate": {"cluster_name": "c", "path_rewrite": "/b"}}]}');
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
    expect(await json()).not.toHaveProperty("candidates");
    expect(await json("--explain")).toHaveProperty("candidates");
  });

  test("--expect decides the exit code", async () => {
    expect(await simulate("--url", "http://x/b", "--expect", "cluster=b", "--expect", "path=/b")).toMatchObject({ code: 0 });
    const { code, out } = await simulate("--url", "http://x/b", "--expect", "cluster=a");
    expect([code, out]).toEqual([1, expect.stringContaining("cluster: expected a, but it is b")]);
    expect(await simulate("--url", "http://x/b", "--expect", "clutser=a")).toMatchObject({ code: 2, err: expect.stringContaining("Did you mean cluster?") as unknown });
  });

  test.each([
    [["--url", "http://x/b", "-H", "x y: z"], "is not 'NAME: VALUE'"],
    [["--url", "http://x/b", "-X", "GE T"], "is not a token"],
    [["--url", "http://x/b", "-H", "a: b\nc: d"], "holds a line break"],
    [["--url", "http://x/b", "--source-ip", "here"], "is not an IP address"],
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

  test("may be a list of requests, with expectations of what comes out", async () => {
    const list = file("list.yaml", `- { name: to b, url: "http://x/b/c", expect: { cluster: b, route: b, virtual_host: v, path: /b/c, request_headers: { x-none: null } } }
- { url: "https://x/none", expect: { status: 404 } }
- { name: wrong, url: "http://x/a", method: POST, headers: { x-a: [1, 2] }, expect: { cluster: b, status: 200 } }
`);
    const { code, out, err } = await simulate(list, "--coverage");
    expect([code, out]).toEqual([1, `${list}:3:3 wrong\n  cluster: expected b, but it is a\n  status: expected 200, but it is ""\n`]);
    expect(err).toContain("3 tests, 1 failed; 100.0 % of the routes covered");
    const json = JSON.parse((await simulate(list, "--format", "json")).out) as { tests: unknown[] };
    expect(json.tests[0]).toMatchObject({ name: "to b", passed: true, result: { kind: "forward", cluster: "b" } });
  });

  test("with something wrong in them say where, and the rest goes on", async () => {
    const list = file("wrong.yaml", `requests:
  - { url: "/a", expect: { cluster: a } }
  - { url: "http://x/a", expect: { clutser: a } }
  - { url: "http://x/a", headers: { "x y": z, ok: "a\\nb" } }
  - { url: "http://x/b", expect: { cluster: a } }
`);
    const { code, out, err } = await simulate(list);
    expect(code).toBe(2);
    expect(out).toBe(`${list}:5:5 GET http://x/b\n  cluster: expected a, but it is b\n`);
    expect(err).toContain("wrong.yaml:2:5: error LGT0009: the request has no host");
    expect(err).toMatch(/wrong\.yaml:3:\d+: error LGT0201: .*clutser/);
    expect(err).toContain('header name "x y" is not a token');
    expect(err).toContain("header ok holds a line break");
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
    expect(await simulate("-t", bad, "-d")).toEqual({ code: 1, out: "", err: "B\nexpected: [c], actual: [b], test type: cluster_name\n" });
    expect(await simulate("-t", good, "-f", "60")).toEqual({ code: 1, out: "Current route coverage: 50%\n", err: "Failed to meet coverage requirement: 60%\n" });
    expect(await run(["simulate-route", "-t", good])).toEqual({ code: 1, out: "", err: "error: Both --config-path/c and --test-path/t are mandatory\n" });
  });

  /** Cases with %CEL(...)%, an operator that is not there yet. */
  const NEEDS_CEL = /CEL/;

  test("Envoy's own suites pass", async (context) => {
    const root = conformanceFolder();
    if (root === undefined) return context.skip("the conformance folder is not here");
    const suites: [string, string][] = readdirSync(join(root, "router_check")).filter((name) => /\.golden\.proto\.(json|yaml|pb_text)$/.test(name) && !name.startsWith("TestRoutesFailures"))
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
    expect((await run(["simulate-route", "-c", at("DetailedCoverage.yaml"), "-t", at("DetailedCoverage.golden.proto.json"), "--detailed-coverage"])).out).toContain("Missing test for host: localhost, route name: new_endpoint2-");
    const failing = await run(["simulate-route", "-c", at("TestRoutes.yaml"), "-t", at("TestRoutesFailures.golden.proto.json"), "--only-show-failures"]);
    expect(failing).toEqual({ code: 1, out: "", err: `ResponseHeaderMatches Failures
expected: [content-type: text/plain], actual: NOT [content-type: text/plain], test type: response_header_matches.string_match.exact
actual: [content-length: 25], test type: response_header_matches.range_match
expected: [x-ping-response: pong], actual: [x-ping-response: yes], test type: response_header_matches.string_match.exact
expected: [has(x-ping-response):false], actual: [has(x-ping-response):true], test type: response_header_matches.present_match
expected: [has(x-pong-response):true], actual: [has(x-pong-response):false], test type: response_header_matches.present_match
` });
    const missing = await run(["simulate-route", "-c", at("TestRoutes.yaml"), "-t", at("TestRoutes.golden.proto.json"), "--covall"]);
    expect(missing.out).toContain('Missing test for host: www2_staging, route: prefix: "/"\n');
    const wrong = await run(["simulate-route", "-c", at("Redirect.golden.proto.json"), "-t", at("TestRoutes.yaml")]);
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/INVALID_ARGUMENT.*envoy\.config\.route\.v3\.RouteConfiguration.*tests/)]);
    expect((await run(["simulate-route", "-c", at("Weighted.yaml"), "-t", at("Weighted.golden.proto.json")])).out).toBe("Current route coverage: 100%\n");
    return undefined;
  });
});

describe("the examples of its help", () => {
  const EXPECTED: readonly (readonly [number, string])[] = [[0, "cluster service2"], [0, "cluster shop_canary"], [0, "97 % 100 = 97"], [0, '"location": "https://www.example.com/a/b"'], [1, "body: expected ok"]];

  test.each(simulateRoute.examples.map(({ line }, at) => [line, at] as const))("legate %s", async (line, at) => {
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
    const { code, out } = await run(words.map((word) => (word.startsWith("configs/") ? join(import.meta.dirname, "../..", word) : word)));
    expect([code, out]).toEqual([EXPECTED[at]?.[0], expect.stringContaining(EXPECTED[at]?.[1] ?? "?")]);
  });
});

test("files that a bootstrap names are read only with --follow", async () => {
  const routes = file("rds.yaml", 'resources:\n  - { "@type": type.googleapis.com/envoy.config.route.v3.RouteConfiguration, name: r, virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, route: { cluster: c } }] }] }\n');
  const bootstrap = file("bootstrap.yaml", `static_resources: { listeners: [{ name: l, filter_chains: [{ filters: [{ name: h, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: s, rds: { route_config_name: r, config_source: { path_config_source: { path: ${routes} } } } } }] }] }] }\n`);
  const without = await run(["simulate-route", "-c", bootstrap, "--url", "http://x/"]);
  expect([without.code, without.err]).toEqual([2, expect.stringContaining("which --follow reads")]);
  expect((await run(["simulate-route", "-c", bootstrap, "--url", "http://x/", "--follow"])).out).toContain("listener       l");
});

test("-o writes the results as router_check_tool serialises them", async () => {
  const path = join(folder, "results.pb");
  expect((await simulate("-t", bad, "-o", path)).code).toBe(1);
  const bytes = readFileSync(path).toString("latin1");
  expect(bytes.slice(0, 5)).toBe("\n\x0f\n\x01B");
  expect(bytes).toContain("\n\x03\n\x01c\x12\x03\n\x01b");
});
