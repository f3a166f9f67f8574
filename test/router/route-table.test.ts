import { describe, expect, test } from "vitest";
import { filterLevels } from "../../src/router/route.ts";
import { allConfigs } from "../../src/router/filter-configs.ts";
import { get, request, routeTable } from "../support/route-tables.ts";

const host = (routes: string, more = ""): string => `
name: rc
${more}
virtual_hosts:
- name: v
  domains: ["*"]
  routes:
${routes.trim().split("\n").map((line) => `  ${line}`).join("\n")}`;

/** The findings of a table, without those of the decoder. */
function codes(routes: string, more = "", clusters: readonly string[] = ["c"]): string[] {
  return routeTable(host(routes, more), clusters).findings.filter((finding) => finding.startsWith("LGT05")).map((finding) => finding.slice(0, 7));
}

describe("a route table", () => {
  test("routes by the first match, and has no route without x-forwarded-proto", () => {
    const { table } = routeTable(host(`
- {match: {path: /a}, route: {cluster: one}}
- {match: {prefix: /}, route: {cluster: two}}`));
    expect(table.match(get("h", "/a"))?.cluster).toBe("one");
    expect(table.match(get("h", "/ab"))?.cluster).toBe("two");
    expect(table.match(request([[":authority", "h"], [":path", "/a"]]))).toBeNull();
  });

  test("redirects to TLS before any route", () => {
    const { table } = routeTable("virtual_hosts: [{name: v, domains: ['*'], require_tls: EXTERNAL_ONLY, routes: [{match: {prefix: /}, route: {cluster: c}}]}]");
    expect(table.match(get("h", "/"))).toMatchObject({ kind: "redirect", route: undefined });
    expect(table.match(get("h", "/", [["x-envoy-internal", "true"]]))?.cluster).toBe("c");
    expect(table.match(request([[":authority", "h"], [":path", "/"], ["x-forwarded-proto", "https"]]))?.cluster).toBe("c");
  });

  test("chooses clusters by weight, from the stream id or a header", () => {
    const { table } = routeTable(host(`
- match: {prefix: /}
  route: {weighted_clusters: {header_name: x-rand, clusters: [{name: a, weight: 1}, {name: zero, weight: 0}, {cluster_header: x-c, weight: 2}]}}`));
    const cluster = (random: bigint, ...headers: (readonly [string, string])[]): string | undefined => table.match({ ...get("h", "/", headers), random })?.cluster;
    expect([cluster(0n), cluster(3n), cluster(1n, ["x-c", "dyn"]), cluster(2n)]).toEqual(["a", "a", "dyn", ""]);
    expect(cluster(0n, ["x-rand", "1"], ["x-c", "dyn"])).toBe("dyn");
    expect(cluster(0n, ["x-rand", "1"], ["x-rand", "1"])).toBe("a");
    expect(cluster(0n, ["x-rand", "-1"])).toBe("a");
    expect(cluster(2n ** 64n - 1n)).toBe("a");
  });

  test("gives the per-filter configurations of all levels, least specific first", () => {
    const any = (level: number): string => `{f: {"@type": type.googleapis.com/google.protobuf.Struct, value: {level: ${level}}}}`;
    const { table } = routeTable(host(`
- match: {prefix: /}
  typed_per_filter_config: ${any(2)}
  route: {weighted_clusters: {clusters: [{name: a, weight: 1, typed_per_filter_config: ${any(3)}}]}}`, `typed_per_filter_config: ${any(1)}`));
    const choice = table.match(get("h", "/"));
    expect(choice === null ? [] : allConfigs(filterLevels(choice), "f").map((config) => (config["value"] as { level: number }).level)).toEqual([1, 2, 3]);
  });

  test.each([
    ["LGT0502", "- {match: {prefix: /}, route: {cluster: nope}}"],
    ["LGT0502", "- {match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: nope, weight: 1}]}}}"],
    ["LGT0502", "- {match: {prefix: /}, route: {cluster: c, request_mirror_policies: [{cluster: nope}]}}"],
    ["LGT0503", "- {match: {safe_regex: {regex: '('}}, route: {cluster: c}}"],
    ["LGT0520", "- {match: {prefix: /}}"],
    ["LGT0521", "- {match: {prefix: /, headers: [{name: a, string_match: {safe_regex: {regex: a}, ignore_case: true}}]}, route: {cluster: c}}"],
    ["LGT0530", "- {match: {prefix: /}, route: {cluster: c, path_rewrite: '%NO%'}}"],
    ["LGT0531", "- {match: {prefix: /}, route: {cluster: c}, request_headers_to_add: [{header: {key: ':path', value: a}}]}"],
    ["LGT0543", "- {match: {prefix: /}, route: {cluster: c, prefix_rewrite: /a, regex_rewrite: {pattern: {regex: a}, substitution: b}}}"],
    ["LGT0550", "- {match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: c, weight: 0}]}}}"],
    ["LGT0551", "- {match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: c, weight: 4294967295}, {name: c, weight: 1}]}}}"],
    ["LGT0552", "- {match: {prefix: /}, route: {weighted_clusters: {clusters: [{weight: 1}]}}}"],
    ["LGT0553", "- {match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: c, cluster_header: x, weight: 1}]}}}"],
    ["LGT0554", "- {match: {prefix: /}, route: {weighted_clusters: {clusters: [{name: c}, {name: c, weight: 1}]}}}"],
    ["LGT0555", "- {match: {prefix: /}, route: {cluster: c, request_mirror_policies: [{}]}}"],
    ["LGT0556", "- {match: {prefix: /}, route: {cluster_specifier_plugin: nope}}"],
    ["LGT0560", "- {match: {prefix: /}, route: {cluster: c, upgrade_configs: [{upgrade_type: websocket}, {upgrade_type: WebSocket}]}}"],
    ["LGT0561", "- {match: {prefix: /}, route: {cluster: c, upgrade_configs: [{upgrade_type: websocket, connect_config: {}}]}}"],
    ["LGT0565", `- {match: {prefix: /}, direct_response: {status: 200, body: {inline_string: ${"x".repeat(4097)}}}}`],
    ["LGT0568", "- {match: {prefix: /}, route: {cluster: c, internal_redirect_policy: {response_headers_to_copy: [':path']}}}"],
    ["LGT0570", "- {match: {safe_regex: {regex: '[a-z]{100}'}}, route: {cluster: c}}"],
  ])("reports %s for %s", (code, routes) => {
    expect(codes(routes)).toEqual([code]);
  });

  test("takes a larger regex where the message itself says how large, and a cluster unchecked where the table says so", () => {
    expect(codes("- {match: {safe_regex: {regex: '[a-z]{100}', google_re2: {max_program_size: 200}}}, route: {cluster: c}}")).toEqual([]);
    expect(codes("- {match: {prefix: /}, route: {cluster: nope}}", "validate_clusters: false")).toEqual([]);
    expect(codes("- {match: {prefix: /}, direct_response: {status: 200, body: {inline_string: abc}}}", "max_direct_response_body_size_bytes: 2")).toEqual(["LGT0565"]);
  });

  test("reports a virtual cluster without headers, and both matcher and routes", () => {
    const yaml = "virtual_hosts: [{name: v, domains: ['*'], virtual_clusters: [{name: x}], routes: [{match: {prefix: /}, route: {cluster: c}}], matcher: {on_no_match: {}}}]";
    expect(routeTable(yaml, ["c"]).findings.map((finding) => finding.slice(0, 7))).toEqual(expect.arrayContaining(["LGT0562", "LGT0563"]));
  });
});
