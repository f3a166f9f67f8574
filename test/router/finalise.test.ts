import { describe, expect, test } from "vitest";
import { nameId } from "../../src/http/names.ts";
import { simulate, type Outcome } from "../../src/router/simulate.ts";
import { get, routeTable } from "../support/route-tables.ts";

function outcome(action: string, path: string, headers: readonly (readonly [string, string])[] = [], match = "prefix: /a", more = ""): Outcome {
  const { table } = routeTable(`virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {${match}}, ${action}}]}]\n${more}`);
  return simulate(table, get("h", path, headers), { stream: {}, machine: undefined, keepOriginals: true, routerFilter: false });
}

function forwarded(action: string, path: string, headers: readonly (readonly [string, string])[] = [], match?: string): (string | null)[] {
  const { request } = outcome(`route: {cluster: c, ${action}}`, path, headers, match);
  return [request.authority, request.path, request.get(nameId("x-envoy-original-path")), request.get(nameId("x-envoy-original-host"))];
}

describe("a forwarded request", () => {
  test.each([
    ["prefix_rewrite: /b", "/a/c?q#f", "/b/c?q#f"],
    ["prefix_rewrite: /", "/a/x", "//x"],
    ["regex_rewrite: {pattern: {regex: '/a/(.*)'}, substitution: '/\\1/a'}", "/a/b?q", "/b/a?q"],
    ["regex_rewrite: {pattern: {regex: x}, substitution: y}", "/a", "/a"],
    ["path_rewrite: '/n/%REQ(x-v)%'", "/a?q", "/n/1?q"],
  ])("with %s goes from %s to %s", (action, from, to) => {
    expect(forwarded(action, from, [["x-v", "1"]])).toEqual(["h", to, from, null]);
  });

  test("keeps its path where a rewrite gives nothing", () => {
    expect(forwarded("regex_rewrite: {pattern: {regex: '.*'}, substitution: ''}", "/a")).toEqual(["h", "/a", null, null]);
  });

  test("loses as many characters as the prefix has, whatever the case", () => {
    expect(forwarded("prefix_rewrite: /b", "/A/c", [], "prefix: /a, case_sensitive: false")[1]).toBe("/b/c");
  });

  test("keeps its path where the prefix matched without path parameters and does not stand there", () => {
    const path = (from: string): string | null => outcome("route: {cluster: c, prefix_rewrite: /n}", from, [], "prefix: /a/b", "ignore_path_parameters_in_path_matching: true").request.path;
    expect(["/a/b;p/c", "/a;p/b/c"].map(path)).toEqual(["/n;p/c", "/a;p/b/c"]);
  });

  test("gets its host from the first configured rewrite that gives one", () => {
    expect(forwarded("host_rewrite_literal: nu", "/a")).toEqual(["nu", "/a", null, "h"]);
    expect(forwarded("host_rewrite_header: x-h", "/a", [["x-h", "n"]])[0]).toBe("n");
    expect(forwarded("host_rewrite_header: x-h", "/a")).toEqual(["h", "/a", null, null]);
    expect(forwarded("host_rewrite_path_regex: {pattern: {regex: '^/a/(.+)$'}, substitution: '\\1.n'}", "/a/b?q")[0]).toBe("b.n");
    expect(forwarded("host_rewrite: '%REQ(x-h)%.n'", "/a", [["x-h", "1"]])[0]).toBe("1.n");
  });

  test("lists its old host in x-forwarded-host once", () => {
    const hosts = (...values: string[]) =>
      outcome("route: {cluster: c, host_rewrite_literal: nu, append_x_forwarded_host: true}", "/a", values.map((value) => ["x-forwarded-host", value] as const)).request.joined(nameId("x-forwarded-host"));
    expect([hosts(), hosts("o"), hosts("o,h"), hosts("h,o")]).toEqual(["h", "o,h", "o,h", "h,o,h"]);
  });

  test("is changed by route, host and table in this order, or in the other", () => {
    const add = (value: string): string => `[{header: {key: x, value: ${value}}, append_action: OVERWRITE_IF_EXISTS_OR_ADD}]`;
    const value = (more: string) => outcome(`route: {cluster: c}, request_headers_to_add: ${add("route")}`, "/a", [], undefined, `request_headers_to_add: ${add("table")}\n${more}`).request.get(nameId("x"));
    expect(value("")).toBe("table");
    expect(value("most_specific_header_mutations_wins: true")).toBe("route");
  });
});

describe("a direct response", () => {
  test("has a Location for 201 and 3xx only, and its body and type", () => {
    const direct = (text: string) => outcome(`direct_response: {${text}}`, "/a?q").answer;
    expect(direct("status: 200, body: {inline_string: hé}")).toEqual({ status: 200, location: undefined, body: "h\xc3\xa9", contentType: "text/plain" });
    expect(direct("status: 302")?.location).toBe("http://h/a?q");
    expect(direct("status: 201")?.location).toBe("http://h/a?q");
    expect(direct("status: 200, body: {inline_string: x}, body_format: {text_format: '<%LOCAL_REPLY_BODY%>', content_type: text/html}")).toMatchObject({ body: "<x>", contentType: "text/html" });
    expect(direct("status: 200, body: {inline_bytes: aGk=}")?.body).toBe("hi");
  });
});
