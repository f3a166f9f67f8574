import { expect, test } from "vitest";
import { get, request, routeTable } from "../support/route-tables.ts";

const PREFIX = "type.googleapis.com/envoy.extensions.router.cluster_specifiers";
const table = (action: string, plugins = "") => routeTable(`${plugins}
virtual_hosts:
- { name: v, domains: ["*"], routes: [{ match: { prefix: / }, route: ${action} }] }`);

const INPUT = `{ name: i, typed_config: { "@type": type.googleapis.com/envoy.type.matcher.v3.HttpRequestHeaderMatchInput, header_name: x-env } }`;
const to = (cluster: string): string => `{ action: { name: a, typed_config: { "@type": ${PREFIX}.matcher.v3.ClusterAction, cluster: ${cluster} } } }`;
const TREE = `{ extension: { name: tree, typed_config: { "@type": ${PREFIX}.matcher.v3.MatcherClusterSpecifier, cluster_matcher: { matcher_tree: { input: ${INPUT}, exact_match_map: { map: { prod: ${to("p")} } } } } } } }`;

test("a matcher tree over the request's headers names the cluster; where it leads nowhere there is none", () => {
  const { table: inline, findings } = table(`{ inline_cluster_specifier_plugin: ${TREE} }`);
  expect(findings).toEqual([]);
  expect([inline.match(get("h", "/", [["x-env", "prod"]]))?.cluster, inline.match(get("h", "/", [["x-env", "test"]]))?.cluster]).toEqual(["p", ""]);
});

test("a plugin may stand in the table, under its name", () => {
  const { table: named } = table("{ cluster_specifier_plugin: tree }", `cluster_specifier_plugins: [${TREE}]`);
  expect(named.match(get("h", "/", [["x-env", "prod"]]))?.cluster).toBe("p");
  expect(table("{ cluster_specifier_plugin: gone }", `cluster_specifier_plugins: [${TREE}]`).findings).toEqual(["LGT0556 error: unknown cluster specifier plugin name: gone is used in the route"]);
});

test("of priority groups the first attempt takes the first, by weight", () => {
  const groups = "priority_groups: [{ name: one, clusters: [{ cluster_name: a, weight: 3 }, { cluster_name: b, weight: 1 }] }, { name: two, clusters: [{ cluster_name: c, weight: 1 }] }]";
  const { table: grouped } = table(`{ inline_cluster_specifier_plugin: { extension: { name: g, typed_config: { "@type": ${PREFIX}.priority_group.v3.PriorityGroupClusterSpecifier, header_name: x-draw, ${groups} } } } }`);
  const headers = [[":authority", "h"], [":path", "/"], [":method", "GET"], ["x-forwarded-proto", "http"]] as const;
  expect([0n, 2n, 3n, 4n].map((random) => grouped.match(request(headers, { random }))?.cluster)).toEqual(["a", "a", "b", "a"]);
  expect(grouped.match(request([...headers, ["x-draw", "7"]], { random: 0n }))?.cluster).toBe("b");
});

test("a plugin that is not done here says so", () => {
  const lua = `{ extension: { name: l, typed_config: { "@type": ${PREFIX}.lua.v3.LuaConfig, source_code: { inline_string: "x" }, default_cluster: d } } }`;
  expect(table(`{ inline_cluster_specifier_plugin: ${lua} }`).findings).toEqual(["LGT0901 note: the cluster specifier envoy.extensions.router.cluster_specifiers.lua.v3.LuaConfig is known to Envoy and not done by legate yet"]);
});

/** The clusters of a request's attempts, the first one and five retries. */
function attempts(action: string, random = 0n, headers: (readonly [string, string])[] = []): (string | undefined)[] {
  const asked = request([[":authority", "h"], [":path", "/"], [":method", "GET"], ["x-forwarded-proto", "http"], ...headers], { random });
  const first = table(action).table.match(asked);
  const refresh = first?.route?.forward?.clusters.refresher?.({ cluster: first.cluster, entry: first.entry });
  return [first?.cluster, ...[1, 2, 3, 4, 5].map((retry) => refresh?.(asked, retry)?.cluster)];
}

const weighted = (...members: string[]): string => `{ weighted_clusters: { clusters: [${members.join(", ")}] } }`;

test("retries that may choose anew", () => {
  const three = weighted("{ name: a, weight: 1 }", "{ name: b, weight: 1 }", "{ name: c, weight: 1 }");
  expect(attempts(three)).toEqual(["a", "b", "c", "a", "b", "c"]);
  expect(attempts(three, 5n)).toEqual(["c", "b", "a", "c", "b", "a"]);
  expect(attempts(weighted("{ name: a, weight: 1 }", "{ name: b, weight: 0 }"))).toEqual(["a", undefined, undefined, undefined, undefined, undefined]);
  expect(attempts(weighted("{ cluster_header: x-c, weight: 1 }", "{ name: b, weight: 1 }"), 0n, [["x-c", "named"]])).toEqual(["named", "b", "named", "b", "named", "b"]);
  expect(attempts("{ cluster: a }")).toEqual(["a", undefined, undefined, undefined, undefined, undefined]);
});

test("retries go from priority group to priority group, and stay in the last", () => {
  const groups = "priority_groups: [{ name: one, clusters: [{ cluster_name: a, weight: 1 }] }, { name: two, clusters: [{ cluster_name: b, weight: 1 }, { cluster_name: c, weight: 1 }] }]";
  expect(attempts(`{ inline_cluster_specifier_plugin: { extension: { name: g, typed_config: { "@type": ${PREFIX}.priority_group.v3.PriorityGroupClusterSpecifier, ${groups} } } } }`, 1n)).toEqual(["a", "c", "c", "c", "c", "c"]);
});

test("a matcher tree is asked again, and where it leads nowhere the cluster stays", () => {
  expect(attempts(`{ inline_cluster_specifier_plugin: ${TREE} }`, 0n, [["x-env", "prod"]]).slice(0, 2)).toEqual(["p", "p"]);
  expect(attempts(`{ inline_cluster_specifier_plugin: ${TREE} }`).slice(0, 2)).toEqual(["", undefined]);
});
