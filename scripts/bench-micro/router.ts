/**
 * What a route lookup costs, in nanoseconds, for tables of 10, 1,000 and 10,000 routes; and what building the index costs.
 *
 *   bun scripts/bench-micro/router.ts
 */
import type { RequestView } from "../../src/contract/request-view.ts";
import { NO_RUNTIME } from "../../src/contract/request-view.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { ALREADY_CHECKED } from "../../src/router/route-context.ts";
import { buildRouteIndex } from "../../src/router/route-index.ts";
import { RouteTable } from "../../src/router/route-table.ts";
import type { Route, RouteMatch } from "../../src/schema/generated/envoy/config/route/v3.ts";

const SIZES = [10, 1000, 10_000] as const;
const PATHS = 64;

function view(path: string, headers: readonly (readonly [string, string])[] = []): RequestView {
  const block = HeaderBlock.of([[":authority", "h"], [":path", path], [":method", "GET"], ["x-forwarded-proto", "http"], ["user-agent", "x"], ...headers]);
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
  const matches = routes.map((route) => route.match ?? {});
  const from = performance.now();
  buildRouteIndex(matches);
  const build = performance.now() - from;
  const host = new RouteTable({ virtual_hosts: [{ name: "v", domains: ["*"], routes }] }, ALREADY_CHECKED).hosts[0];
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
