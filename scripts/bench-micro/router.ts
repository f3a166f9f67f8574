/**
 * What a route lookup costs, in nanoseconds: for tables of 10, 1,000 and 10,000 routes, over requests that hit routes all over the table; what
 * building the index costs; and how the last route of a large table compares with the last of ten.
 *
 *   bun scripts/bench-micro/router.ts
 */
import type { RequestView } from "../../src/contract/request-view.ts";
import { NO_RUNTIME } from "../../src/contract/request-view.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { PackedTable, packTable } from "../../src/router/packed-table.ts";
import { buildRouteIndex } from "../../src/router/route-index.ts";
import { openRouteTable } from "../../src/router/route-table.ts";
import type { Route, RouteConfiguration, RouteMatch } from "../../src/schema/generated/envoy/config/route/v3.ts";

const SIZES = [10, 1000, 10_000] as const;
const PATHS = 64;

function view(path: string, headers: readonly (readonly [string, string])[] = [], host = "h"): RequestView {
  const block = HeaderBlock.of([[":authority", host], [":path", path], [":method", "GET"], ["x-forwarded-proto", "http"], ["user-agent", "x"], ...headers]);
  return { headers: block, random: 0n, runtime: NO_RUNTIME, peer: undefined, metadata: {}, filterState: {} };
}

interface Row {
  readonly name: string;
  match(i: number, n: number): RouteMatch;
  request(i: number, n: number): RequestView;
}

function mixed(i: number, n: number): RouteMatch {
  if (i === n - 1) return { prefix: "/" };
  switch (i % 4) {
    case 0: return { prefix: `/p/${i}/` };
    case 1: return { path: `/e/${i}` };
    case 2: return { safe_regex: { regex: `/r/${i}/[^/]+/x` } };
    default: return { prefix: `/p/${i - 3}/`, headers: [{ name: "x-env", string_match: { exact: "test" } }] };
  }
}

const ROWS: readonly Row[] = [
  { name: "/p/N/ prefixes", match: (i) => ({ prefix: `/p/${i}/` }), request: (i) => view(`/p/${i}/a/b`) },
  { name: "mixed, catch-all last", match: mixed, request: (i) => view(i % 4 === 1 ? `/e/${i}` : i % 4 === 2 ? `/r/${i}/abc/x` : `/p/${i - (i % 4)}/z`) },
  {
    name: "all /, one exact header", match: (i) => ({ prefix: "/", headers: [{ name: "x-tenant", string_match: { exact: `t${i}` } }] }),
    request: (i) => view("/a/b", [["x-tenant", `t${i}`]]),
  },
  { name: "catch-all first", match: (i) => ({ prefix: i === 0 ? "/" : `/p/${i}/` }), request: (i) => view(`/p/${i}/a`) },
  {
    name: "every 10th an unanchored regex", match: (i) => (i % 10 === 9 ? { safe_regex: { regex: `.*x${i}y.*` } } : { prefix: `/p/${i}/` }),
    request: (i) => view(i % 10 === 9 ? `/q/x${i}y/z` : `/p/${i}/a`),
  },
  {
    name: "worst: all /, a header regex each", match: (i) => ({ prefix: "/", headers: [{ name: "x-tenant", string_match: { safe_regex: { regex: `t${i}-[a-z]+` } } }] }),
    request: (i) => view("/a/b", [["x-tenant", `t${i}-abc`]]),
  },
];

function nanoseconds(run: (i: number) => unknown, budgetMs = 150): number {
  const measure = (calls: number): number => {
    const from = performance.now();
    for (let i = 0; i < calls; i++) run(i);
    return performance.now() - from;
  };
  let calls = PATHS;
  while (measure(calls) < budgetMs / 10 && calls < 4_000_000) calls *= 2;
  const best = Math.min(measure(calls), measure(calls), measure(calls));
  return (best * 1e6) / calls;
}

function measured(row: Row, n: number): string {
  const routes: Route[] = Array.from({ length: n }, (_, i) => ({ match: row.match(i, n), route: { cluster: `c${i}` } }));
  const from = performance.now();
  buildRouteIndex(routes, false);
  const build = performance.now() - from;
  const host = openRouteTable(new PackedTable(packTable({ virtual_hosts: [{ name: "v", domains: ["*"], routes }] }))).hosts[0];
  if (host === undefined) return "-";
  const views = Array.from({ length: PATHS }, (_, k) => row.request(Math.floor((k * (n - 1)) / (PATHS - 1)), n));
  for (const one of views) if (host.match(one)?.route !== host.scan(one)?.route) throw new Error(`${row.name}: index and scan differ`);
  const indexed = nanoseconds((i) => host.match(views[i % PATHS] as RequestView));
  const scanned = nanoseconds((i) => host.scan(views[i % PATHS] as RequestView));
  return `${indexed.toFixed(0)} / ${scanned.toFixed(0)} (${build.toFixed(1)} ms)`;
}

console.log("nanoseconds a lookup: index / scan (build of the index)");
for (const row of ROWS) {
  console.log(`${row.name.padEnd(36)} ${SIZES.map((n) => measured(row, n).padEnd(30)).join("")}`);
}

interface Flat {
  readonly name: string;
  readonly large: number;
  table(n: number): RouteConfiguration;
  request(i: number): RequestView;
}

const oneHost = (n: number, match: (i: number) => RouteMatch): RouteConfiguration => ({
  virtual_hosts: [{ name: "v", domains: ["*"], routes: Array.from({ length: n }, (_, i) => ({ match: match(i), route: { cluster: `c${i}` } })) }],
});

const FLAT: readonly Flat[] = [
  { name: "prefixes", large: 10_000, table: (n) => oneHost(n, (i) => ({ prefix: `/p/${i}/` })), request: (i) => view(`/p/${i}/a/b`) },
  { name: "exact paths", large: 10_000, table: (n) => oneHost(n, (i) => ({ path: `/p/${i}/a` })), request: (i) => view(`/p/${i}/a`) },
  {
    name: "virtual hosts", large: 10_000,
    table: (n) => ({ virtual_hosts: Array.from({ length: n }, (_, i) => ({ name: `v${i}`, domains: [`h${i}.test`], routes: [{ match: { prefix: "/" }, route: { cluster: `c${i}` } }] })) }),
    request: (i) => view("/a/b", [], `h${i}.test`),
  },
  { name: "headers under one prefix", large: 1000, table: (n) => oneHost(n, (i) => ({ prefix: "/", headers: [{ name: "x-tenant", string_match: { exact: `t${i}` } }] })), request: (i) => view("/a/b", [["x-tenant", `t${i}`]]) },
  { name: "regexes with a literal beginning", large: 1000, table: (n) => oneHost(n, (i) => ({ safe_regex: { regex: `/r/${i}/[^/]+` } })), request: (i) => view(`/r/${i}/x`) },
  { name: "regexes with a literal inside", large: 1000, table: (n) => oneHost(n, (i) => ({ safe_regex: { regex: `/[a-z]+/item${i}/.*` } })), request: (i) => view(`/abc/item${i}/x`) },
  { name: "templates", large: 1000, table: (n) => oneHost(n, (i) => ({ path_match_policy: { name: "t", typed_config: { "@type": "type.googleapis.com/envoy.extensions.path.match.uri_template.v3.UriTemplateMatchConfig", path_template: `/{tenant}/item${i}/{rest=**}` } } })), request: (i) => view(`/abc/item${i}/x`) },
  { name: "not flat: regexes without any literal", large: 1000, table: (n) => oneHost(n, (i) => ({ safe_regex: { regex: `/[a-z]{3}/(?:[0-9]+[a-f])?${i === n - 1 ? "[0-9]+" : ""}` } })), request: () => view("/abc/12345") },
];

/** Asks a table of `n` for its last route. */
function asking({ table, request }: Flat, n: number): () => unknown {
  const one = request(n - 1);
  const routes = openRouteTable(new PackedTable(packTable(table(n))));
  if (routes.match(one)?.cluster !== `c${n - 1}`) throw new Error(`the last of ${n} routes is not hit`);
  return () => routes.match(one);
}

/** Nanoseconds of both, the best of several tries by turns: what disturbs one disturbs the other. */
function byTurns(small: () => unknown, large: () => unknown): readonly [number, number] {
  let best: readonly [number, number] = [Infinity, Infinity];
  for (let i = 0; i < 8; i++) best = [Math.min(best[0], nanoseconds(small, 60)), Math.min(best[1], nanoseconds(large, 60))];
  return best;
}

console.log("\nnanoseconds for the last route: of ten / of the large table, and their ratio");
for (const row of FLAT) {
  const [small, large] = byTurns(asking(row, 10), asking(row, row.large));
  console.log(`${row.name.padEnd(40)} ${small.toFixed(0).padStart(6)} / ${large.toFixed(0).padStart(7)} of ${String(row.large).padEnd(6)} x ${(large / small).toFixed(2)}`);
}
