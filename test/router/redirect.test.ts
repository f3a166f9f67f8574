import { describe, expect, test } from "vitest";
import { simulate } from "../../src/router/simulate.ts";
import { request, routeTable } from "../support/route-tables.ts";

/** The Location that a redirect gives a request, and its status. */
function location(redirect: string, url: string, proto?: string, match = "prefix: /a"): string {
  const { protocol, host } = new URL(url);
  const scheme = protocol.slice(0, -1);
  const authority = url.slice(scheme.length + 3).split("/")[0] ?? host;
  const path = url.slice(scheme.length + 3 + authority.length);
  const { table } = routeTable(`virtual_hosts: [{name: v, domains: ["*"], routes: [{match: {${match}}, redirect: {${redirect}}}]}]`);
  const view = request([[":authority", authority], [":path", path], [":method", "GET"], [":scheme", scheme], ["x-forwarded-proto", proto ?? scheme]]);
  const { answer } = simulate(table, view, { stream: {}, machine: undefined, keepOriginals: true, routerFilter: false });
  return `${answer?.status} ${answer?.location}`;
}

describe("a redirect", () => {
  test.each([
    ["https_redirect: true", "http://h/a?q", "301 https://h/a?q"],
    ["https_redirect: true", "http://h:80/a", "301 https://h/a"],
    ["https_redirect: true", "http://h:8080/a", "301 https://h:8080/a"],
    ["https_redirect: true, port_redirect: 8443", "http://[::1]:80/a", "301 https://[::1]:8443/a"],
    ["https_redirect: true", "http://[::1]/a", "301 https://[::1]/a"],
    ["scheme_redirect: http", "https://h:443/a", "301 http://h/a"],
    ["host_redirect: 'n:1', port_redirect: 2", "http://h/a", "301 http://n:1:2/a"],
    ["path_redirect: /n", "http://h/a?q=1", "301 http://h/n?q=1"],
    ["path_redirect: '/n?x'", "http://h/a?q=1", "301 http://h/n?x"],
    ["path_redirect: nu", "http://h/a", "301 http://h/nu"],
    ["prefix_rewrite: /b", "http://h/a/c?q", "301 http://h/b/c?q"],
    ["strip_query: true, host_redirect: nu", "http://h/a?q#f", "301 http://nu/a"],
    ["strip_query: true, path_redirect: '/n?x'", "http://h/a?q", "301 http://h/n?x"],
    ["regex_rewrite: {pattern: {regex: '^/(.)(.*)$'}, substitution: '/\\2\\1'}, response_code: FOUND", "http://h/abc?q", "302 http://h/bca?q"],
    ["path_rewrite: '/p%PATH(NQ)%', response_code: PERMANENT_REDIRECT", "http://h/a?q", "308 http://h/p/a?q"],
    ["response_code: SEE_OTHER, host_redirect: nu", "http://h/a", "303 http://nu/a"],
    ["response_code: TEMPORARY_REDIRECT, host_redirect: nu", "http://h/a", "307 http://nu/a"],
  ])("with %s sends %s to %s", (redirect, url, expected) => {
    expect(location(redirect, url)).toBe(expected);
  });

  test("strips the port by the forwarded protocol, not by the scheme", () => {
    expect(location("scheme_redirect: http", "http://h:443/a", "https")).toBe("301 http://h/a");
  });

  test("replaces the whole path of a regex match by prefix_rewrite", () => {
    expect(location("prefix_rewrite: /b", "http://h/a/c?q", undefined, "safe_regex: {regex: '/a.*'}")).toBe("301 http://h/b?q");
  });
});
