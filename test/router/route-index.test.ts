import { describe, expect, test } from "vitest";
import type { RequestView } from "../../src/contract/request-view.ts";
import { explain } from "../../src/router/explain.ts";
import { PackedTable, packTable } from "../../src/router/packed-table.ts";
import { openRouteTable, type RouteTable } from "../../src/router/route-table.ts";
import { MessageTable } from "../../src/router/table-source.ts";
import type { HeaderMatcher, Route, RouteConfiguration, RouteMatch } from "../../src/schema/generated/envoy/config/route/v3.ts";
import { newDice, type Dice } from "../support/random.ts";
import { get, request } from "../support/route-tables.ts";

const SEGMENTS = ["a", "b", "ab", "aB", "A", "x-y", "é", "1", "api", "v1", "%2F", "."];

function path(dice: Dice): string {
  const segments = Array.from({ length: dice.below(5) }, () => dice.pick(SEGMENTS));
  return `/${segments.join("/")}${dice.below(6) === 0 ? "/" : ""}`;
}

function regex(dice: Dice): string {
  const base = path(dice).replaceAll(".", "\\.");
  return dice.pick([`${base}.*`, `${base}[^/]*`, `.*${dice.pick(SEGMENTS)}.*`, `${base}?`, `${base}+`, `(${base}|/b).*`, `${base}|/ab`, `(?i)${base}.*`, `${base}a{1,2}.*`, `^${base}$`]);
}

function specifier(dice: Dice): RouteMatch {
  const fold = dice.below(4) === 0 ? { case_sensitive: false } : {};
  switch (dice.below(9)) {
    case 0: case 1: case 2: return { prefix: path(dice), ...fold };
    case 3: case 4: return { path: path(dice), ...fold };
    case 5: return { path_separated_prefix: `/${dice.pick(SEGMENTS)}`, ...fold };
    case 6: return { safe_regex: { regex: regex(dice) } };
    case 7: return dice.below(4) === 0 ? { prefix: "" } : { prefix: "/", ...fold };
    default: return dice.below(3) === 0 ? { connect_matcher: {} } : { safe_regex: { regex: regex(dice) } };
  }
}

function header(dice: Dice): HeaderMatcher {
  const name = dice.pick(["x-env", "X-Team", "x-none", ":method"]);
  const value = dice.pick(["1", "2", "3", "GET"]);
  return dice.pick<HeaderMatcher>([
    { name, string_match: { exact: value } }, { name, string_match: { exact: value } }, { name, string_match: { exact: value } },
    { name, string_match: { exact: value }, invert_match: true }, { name, present_match: true }, { name, exact_match: value },
    { name, string_match: { exact: "", ignore_case: true } }, { name, string_match: { exact: "" }, treat_missing_header_as_empty: true },
    { name, string_match: { prefix: value } },
  ]);
}

function route(dice: Dice, id: number): Route {
  const match: RouteMatch = {
    ...specifier(dice),
    ...(dice.below(3) === 0 ? { headers: Array.from({ length: 1 + dice.below(2) }, () => header(dice)) } : {}),
    ...(dice.below(12) === 0 ? { query_parameters: [{ name: "q", present_match: true }] } : {}),
    ...(dice.below(12) === 0 ? { runtime_fraction: { default_value: { numerator: dice.below(101) } } } : {}),
  };
  return { name: `r${id}`, match, route: { cluster: `c${id}` } };
}

function table(dice: Dice): RouteConfiguration {
  const size = dice.pick([1, 3, 10, 40, 120]);
  const routes = Array.from({ length: size }, (_, id) => route(dice, id));
  return { virtual_hosts: [{ name: "v", domains: ["*"], routes }], ignore_path_parameters_in_path_matching: dice.below(4) === 0 };
}

function someRequest(dice: Dice): RequestView {
  const headers: [string, string][] = [[":authority", "h"], [":method", dice.below(8) === 0 ? "CONNECT" : "GET"], ["x-forwarded-proto", "http"]];
  const suffix = dice.pick(["", "", "", "?q=1", "?z", "#f", ";p=1", "/a;b/c?q"]);
  if (dice.below(20) > 0) headers.push([":path", path(dice) + suffix]);
  for (const name of ["x-env", "x-team"]) {
    for (let n = dice.below(3); n > 0; n--) headers.push([name, dice.pick(["1", "2", "3", "1,2", ""])]);
  }
  return request(headers, { random: BigInt(dice.below(1000)) });
}

describe("the route index", () => {
  test("gives what a scan gives and what an explanation tells, on random tables", () => {
    const dice = newDice();
    const { seed } = dice;
    console.log(`seed ${seed}`);
    let matched = 0;
    for (let i = 0; i < 150; i++) {
      const config = table(dice);
      const indexed = openRouteTable(new PackedTable(packTable(config)));
      const plain = openRouteTable(new MessageTable(config));
      for (let k = 0; k < 40; k++) {
        const view = someRequest(dice);
        const found = indexed.match(view)?.route?.name;
        if (found !== undefined) matched++;
        const where = `seed ${seed}, table ${i}, request ${k}: ${JSON.stringify(view.headers.path)}`;
        expect(found, where).toBe(plain.virtualHost(view.headers)?.scan(view)?.route?.name);
        expect(explain(plain, view).choice?.route?.name, where).toBe(found);
      }
    }
    expect(matched).toBeGreaterThan(1000);
  });

  test("is the same when it lies in shared memory", () => {
    const config: RouteConfiguration = {
      virtual_hosts: [{ name: "v", domains: ["*"], routes: [{ match: { path: "/a" }, route: { cluster: "exact" } }, { match: { prefix: "/" }, route: { cluster: "rest" } }] }],
    };
    const opened = openRouteTable(new PackedTable(packTable(config)));
    expect(opened.match(get("h", "/a"))?.cluster).toBe("exact");
    expect(opened.match(get("h", "/b"))?.cluster).toBe("rest");
  });

  test("bears thousands of nested prefixes", () => {
    const routes = Array.from({ length: 3000 }, (_, i) => ({ match: { prefix: "/a".repeat(3000 - i) }, route: { cluster: `c${i}` } }));
    const nested = openRouteTable(new MessageTable({ virtual_hosts: [{ name: "v", domains: ["*"], routes }] }));
    expect(nested.match(get("h", "/a".repeat(40)))?.cluster).toBe("c2960");
    expect(nested.match(get("h", "/a".repeat(5000)))?.cluster).toBe("c0");
  });
});

describe("regexes that are known by a text inside", () => {
  const table = (...regexes: string[]): RouteTable => openRouteTable(new MessageTable({
    virtual_hosts: [{ name: "v", domains: ["*"], routes: regexes.map((regex) => ({ match: { safe_regex: { regex } }, route: { cluster: regex } })) }],
  }));

  test("are found where texts overlap, hold each other or come again", () => {
    const found = (path: string): string | undefined => table(".*abcd", ".*bc", "[a-z/]*cab[a-z/]*", "[/a-z]*(?:ab)+x").match(get("h", path))?.cluster;
    expect(["/abcd", "/xbc", "/abc", "/bcab", "/abababx", "/abca"].map(found)).toEqual([".*abcd", ".*bc", ".*bc", "[a-z/]*cab[a-z/]*", "[/a-z]*(?:ab)+x", undefined]);
  });

  test("keep their order among other routes", () => {
    const mixed = openRouteTable(new MessageTable({
      virtual_hosts: [{
        name: "v", domains: ["*"],
        routes: [{ match: { safe_regex: { regex: ".*/x9" } }, route: { cluster: "first" } }, { match: { prefix: "/a" }, route: { cluster: "second" } }, { match: { safe_regex: { regex: ".*9" } }, route: { cluster: "third" } }],
      }],
    }));
    expect(["/a/x9", "/a/9", "/b/9"].map((path) => mixed.match(get("h", path))?.cluster)).toEqual(["first", "second", "third"]);
  });
});
