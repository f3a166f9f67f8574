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
    [["--url", "http://x/", "--coverage"], "--coverage goes with files of requests"],
    [[good, "-X", "PUT"], "--method goes with --url"],
    [[good, "-H", "a: b"], "--header goes with --url"],
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

  test("Envoy's own suites pass", async (context) => {
    const root = conformanceFolder();
    if (root === undefined) return context.skip("the conformance folder is not here");
    const suites: [string, string][] = readdirSync(join(root, "router_check")).filter((name) => /\.golden\.proto\.(json|yaml|pb_text)$/.test(name) && !name.startsWith("TestRoutesFailures"))
      .map((name) => [join(root, "router_check", name.replace(/\.golden.*/, ".yaml")), join(root, "router_check", name)]);
    const pairs: [string, string][] = readdirSync(join(root, "route_pairs")).filter((name) => name.endsWith(".yaml"))
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

const LOG_LINE = (path: string, host = "shop.example.com"): string => `[2026-01-02T03:04:05.678Z] "GET ${path} HTTP/1.1" 200 - 0 12 3 2 "-" "curl/8" "6f1f" "${host}" "10.1.2.3:80"\n`;
const log = file("access.log", Array.from({ length: 60 }, (_each, at) => LOG_LINE(`/service/${at % 3}`)).join(""));

describe("recorded traffic", () => {
  const traffic = file("traffic.log", `${LOG_LINE("/a/1")}${LOG_LINE("/b/1")}${LOG_LINE("/a/2")}${LOG_LINE("/c")}rubbish\n`);

  test("is summed up by where it goes; what cannot be read has a place, the rest goes on, and the exit code says it", async () => {
    expect(await simulate(traffic)).toEqual({
      code: 2, out: `2  cluster a      route  ${routes}:6:9\n1  cluster b      route b  ${routes}:7:9\n1  404, no route\n`,
      err: `${traffic}:5:1: error LGT0009: this is no line of Envoy's default access log format.\n4 requests, 0 failed; 100.0 % of the routes covered\n`,
    });
  });

  test("of several kinds goes through in one run", async () => {
    const curl = file("c.sh", "curl http://x/a -H 'y: z'\n");
    const http = file("r.http", "GET /b HTTP/1.1\nhost: x\n\n");
    expect(await simulate(curl, http, good, "--coverage")).toMatchObject({ code: 0, out: expect.stringContaining("cluster b") as unknown });
  });

  test("may be expected to come to something all together", async () => {
    const { code, out } = await simulate(traffic, "--expect", "cluster=a");
    expect(code).toBe(2);
    expect(out).toContain(`${traffic}:2:1 GET http://shop.example.com/b/1\n  cluster: expected a, but it is b\n`);
  });

  test("as JSON lines has a line a request, and the sum last", async () => {
    const { out } = await simulate(traffic, "--format", "jsonl");
    const lines = out.trimEnd().split("\n").map((line) => JSON.parse(line) as Record<string, unknown>);
    expect(lines).toHaveLength(5);
    expect(lines[0]).toMatchObject({ type: "request", name: "GET http://shop.example.com/a/1", place: `${traffic}:1:1`, passed: true, result: { kind: "forward", cluster: "a" } });
    expect(lines[4]).toMatchObject({ type: "summary", coverage: 100, routes: [{ hits: 2 }, { route: "b", hits: 1 }] });
  });

  test("of nginx wants a host", async () => {
    const nginx = file("nginx.log", '192.0.2.7 - - [02/Jan/2026:03:04:05 +0000] "GET /a HTTP/1.1" 200 12 "-" "-"\n');
    expect(await simulate(nginx)).toMatchObject({ code: 2, err: expect.stringContaining("--host gives one") as unknown });
    expect(await simulate(nginx, "--host", "x")).toMatchObject({ code: 0, out: expect.stringContaining("cluster a") as unknown });
  });

  test("draws weighted clusters as they would fall, and counts each for itself", async () => {
    const weighted = file("weighted.yaml", "name: r\nvirtual_hosts:\n  - { name: v, domains: ['*'], routes: [{ match: { prefix: / }, route: { weighted_clusters: { clusters: [{ name: a, weight: 80 }, { name: b, weight: 20 }, { cluster_header: x-c, weight: 0 }] } } }] }\n");
    const many = file("many.log", LOG_LINE("/").repeat(500));
    const { out } = await run(["simulate-route", "-c", weighted, many, "--coverage"]);
    const [, a = "0", b = "0"] = /^(\d+)  cluster a .*\n *(\d+)  cluster b /.exec(out) ?? [];
    expect(Number(a) + Number(b)).toBe(500);
    expect(Number(b)).toBeGreaterThan(60);
    expect(Number(b)).toBeLessThan(140);
    expect(out).toContain("not covered: v, {prefix:/} (header x-c)");
    expect((await run(["simulate-route", "-c", weighted, many, "--random", "3"])).out).toMatch(/^500 {2}cluster a {2}route .*\n$/);
  });
});

describe("reports", () => {
  test("for GitHub annotate the tests that fail and, with --coverage, the routes without one", async () => {
    const { out } = await simulate(bad, "--format", "github", "--coverage");
    expect(out).toContain(`::error file=${bad},line=1,col=12,title=B::expected: [c], actual: [b], test type: cluster_name`);
    expect(out).toContain(`::warning file=${routes},line=6,col=9,title=Route not covered::v, {match`.slice(0, 80));
  });

  test("for GitHub name what cannot be read as well; patterns and folders stand for the files that they match", async () => {
    file("many-1.log", `${LOG_LINE("/a")}`);
    file("many-2.log", `rubbish\n${LOG_LINE("/b")}`);
    const { code, out, err } = await simulate(join(folder, "many-[12].log"), "--format", "github", "--tests-type", "envoy-log");
    expect([code, err]).toEqual([2, expect.stringContaining("2 requests, 0 failed")]);
    expect(out).toContain(`::error file=${join(folder, "many-2.log")},line=1`);
    expect(await simulate(join(folder, "none-*.log"))).toMatchObject({ code: 2, err: expect.stringContaining("no file matches") as unknown });
  });

  test("of one request are a case, or an annotation if it fails", async () => {
    expect((await simulate("--url", "http://x/b", "--expect", "cluster=b", "--format", "junit")).out).toContain('name="GET http://x/b"/>');
    expect(await simulate("--url", "http://x/b", "--expect", "cluster=a", "--format", "github")).toMatchObject({ code: 1, out: "::error title=GET http%3A//x/b::cluster: expected a, but it is b\n" });
  });

  test("as JUnit have a suite a file and a case a test", async () => {
    const { out } = await simulate(good, bad, "--format", "junit");
    expect(out).toContain('<testsuites name="legate simulate-route" tests="2" failures="1" errors="0">');
    expect(out).toContain(`<testcase classname="${good}" name="A" line="2"/>`);
    expect(out).toContain('<failure message="expected: [c], actual: [b], test type: cluster_name">');
  });
});

describe("--compare", () => {
  const changed = file("changed.yaml", "name: r\nvirtual_hosts:\n  - name: v\n    domains: ['*']\n    routes:\n      - { match: { prefix: /a }, route: { cluster: a, prefix_rewrite: /z } }\n      - { name: b, match: { prefix: /b }, route: { cluster: c } }\n");
  const list = file("compared.yaml", "- url: http://x/a/1\n- url: http://x/b\n- url: http://x/none\n");

  test("prints the requests that come to something else, and how many went from where to where", async () => {
    expect(await run(["simulate-route", "--compare", routes, changed, list])).toEqual({
      code: 1, err: "2 of 3 requests come to something else\n",
      out: `${list}:1:3 GET http://x/a/1\n  cluster a -> cluster a\n  path: /a/1 -> /z/1\n  request header x-envoy-original-path: none -> /a/1\n${list}:2:3 GET http://x/b\n  cluster b (route b) -> cluster c (route b)\n\n1  cluster a  ->  cluster a, otherwise\n1  cluster b  ->  cluster c\n`,
    });
  });

  test("of what is the same exits 0; as JSON; with one request by flags", async () => {
    expect(await run(["simulate-route", "--compare", routes, routes, list])).toEqual({ code: 0, out: "", err: "3 requests, all with the same outcome\n" });
    expect(JSON.parse((await run(["simulate-route", "--compare", routes, changed, list, "--format", "json"])).out)).toMatchObject({ requests: 3, moves: [{ count: 1 }, { from: "cluster b", to: "cluster c" }] });
    expect(await run(["simulate-route", "--compare", routes, changed, "--url", "http://x/b"])).toMatchObject({ code: 1, out: expect.stringContaining("cluster b (route b) -> cluster c (route b)") as unknown });
  });

  test("needs two configurations and something to send", async () => {
    for (const words of [[routes], [routes, changed], ["-c", routes, routes, changed, list]]) expect(await run(["simulate-route", "--compare", ...words])).toMatchObject({ code: 2, out: "" });
  });
});

test("listener and filter chain are chosen by flags, and said", async () => {
  const bootstrap = file("edge.yaml", `static_resources: { listeners: [{ name: edge, address: { socket_address: { address: 0.0.0.0, port_value: 443 } }, listener_filters: [{ name: t, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.listener.tls_inspector.v3.TlsInspector } }], filter_chains: [
  { name: shop, filter_chain_match: { server_names: ["*.shop.example"] }, filters: [{ name: h, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: s, route_config: { virtual_hosts: [{ name: v, domains: ["*"], routes: [{ match: { prefix: / }, direct_response: { status: 200 } }] }] } } }] }] }] }\n`);
  const sent = (...words: string[]): ReturnType<typeof run> => run(["simulate-route", "-c", bootstrap, ...words]);
  expect((await sent("--url", "https://www.shop.example/", "--explain")).out).toContain("filter chain   shop  ");
  expect((await sent("--url", "https://x/", "--sni", "a.shop.example")).out).toContain("because server_names *.shop.example fits a.shop.example");
  const lost = (await sent("--url", "https://x/")).out;
  expect(lost).toContain("no filter chain matches");
  expect(lost).toContain("server_names: wants *.shop.example; the connection has x");
  expect(await sent("--url", "https://x/", "--dest", "10.0.0.1:444")).toMatchObject({ code: 0, out: expect.stringContaining("no listener listens on 10.0.0.1:444") as unknown });
  expect(await sent("--url", "https://x/", "--dest", "nowhere")).toMatchObject({ code: 2, err: expect.stringContaining("neither IP:PORT nor a port") as unknown });
  expect(await sent("--url", "https://www.shop.example/", "--expect", "filter_chain=shop", "--expect", "status=200")).toMatchObject({ code: 0 });
});

describe("the examples of its help", () => {
  const EXPECTED: readonly (readonly [number, string])[] = [[0, "cluster service2"], [0, "cluster shop_canary"], [0, "97 % 100 = 97"], [0, '"location": "https://www.example.com/a/b"'], [1, "body: expected ok"], [0, "cluster shop_canary"], [1, "404, no route"]];

  test.each(simulateRoute.examples.map(({ line }, at) => [line, at] as const))("legate %s", async (line, at) => {
    const words = [...line.matchAll(/'([^']*)'|(\S+)/g)].map(([, quoted, plain]) => quoted ?? plain ?? "");
    const { code, out } = await run(words.map((word) => (word.startsWith("configs/") ? join(import.meta.dirname, "../..", word) : word === "access.log" ? log : word)));
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
