import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, expect, test } from "vitest";
import { diff } from "../../src/tools/diff.ts";
import { renderChanges, renderChangesJson } from "../../src/tools/render-changes.ts";

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const changes = (from: string, to: string): ReturnType<typeof diff> => diff({ name: "old.yaml", bytes: bytes(from) }, { name: "new.yaml", bytes: bytes(to) });
const rendered = (from: string, to: string): string => {
  const result = changes(from, to);
  expect(result.findings.filter((f) => f.severity === "error")).toEqual([]);
  return renderChanges(result.changes, false);
};

const routes = (...lines: string[]): string => `name: r\nvirtual_hosts:\n  - name: v\n    domains: ["*"]\n    routes:\n${lines.map((line) => `      - ${line}\n`).join("")}`;
const A = "{ match: { prefix: /a }, route: { cluster: a } }";
const B = "{ match: { prefix: /b }, route: { cluster: b } }";
const C = "{ match: { prefix: /c }, route: { cluster: c } }";

describe("the same meaning in other words is no difference:", () => {
  test.each([
    ["order of keys, comments and style", "name: c\ntype: STATIC\n", "# x\n{ \"type\": STATIC, \"name\": 'c' }\n"],
    ["camel case", "name: c\nconnect_timeout: 1s\n", "name: c\nconnectTimeout: 1s\n"],
    ["writings of a duration", "name: c\nconnect_timeout: 0.25s\n", "name: c\nconnect_timeout: 0.250s\n"],
    ["an enum by number", "name: c\nlb_policy: RANDOM\n", "name: c\nlb_policy: 3\n"],
    ["a proto default", "name: c\ntype: STRICT_DNS\n", "name: c\ntype: STRICT_DNS\nlb_policy: ROUND_ROBIN\n"],
    ["a documented default", "name: c\ntype: STATIC\n", "name: c\ntype: STATIC\nconnect_timeout: 5s\nper_connection_buffer_limit_bytes: 1048576\n"],
    ["order of virtual hosts and domains", "name: r\nvirtual_hosts: [{ name: a, domains: [a, b] }, { name: c, domains: [c] }]\n", "name: r\nvirtual_hosts: [{ name: c, domains: [c] }, { name: a, domains: [b, a] }]\n"],
    ["anchors", "name: r\nvirtual_hosts: [{ name: a, domains: [one], metadata: &m {} }, { name: b, domains: [two], metadata: *m }]\n", "name: r\nvirtual_hosts: [{ name: a, domains: [one], metadata: {} }, { name: b, domains: [two], metadata: {} }]\n"],
  ])("%s", (_title, from, to) => {
    expect(rendered(from, to)).toBe("");
  });
});

describe("a difference is shown where it is, with both places:", () => {
  test("a value of a route", () => {
    expect(rendered(routes(A, B), routes(A, B.replace("cluster: b", "cluster: x")))).toBe(
      'RouteConfiguration r\n  ~ virtual_hosts[v].routes[1].route.cluster: "b" -> "x"  old.yaml:7:52 -> new.yaml:7:52\n',
    );
  });

  test("a route that went to the front moved; the others did not", () => {
    expect(rendered(routes(A, B, C), routes(C, A, B))).toBe("RouteConfiguration r\n  > virtual_hosts[v].routes[0] moved  old.yaml:8:9 -> new.yaml:6:9\n");
  });

  test("routes added and removed", () => {
    expect(rendered(routes(A, B), routes(B, C))).toBe(
      'RouteConfiguration r\n  virtual_hosts[v]\n    - routes[0]: { match: { prefix: "/a" }, route: { cluster: "a" } }  old.yaml:6:9\n    + routes[1]: { match: { prefix: "/c" }, route: { cluster: "c" } }  new.yaml:7:9\n',
    );
  });

  test("a default given up for another value shows both where both are written", () => {
    expect(rendered("name: c\ntype: STATIC\nconnect_timeout: 5s\n", "name: c\ntype: STATIC\nconnect_timeout: 0.5s\n")).toContain("~ connect_timeout: 5s -> 0.5s");
    expect(rendered("name: c\ntype: STATIC\n", "name: c\ntype: STATIC\nconnect_timeout: 0.5s\n")).toContain("+ connect_timeout: 0.5s");
  });

  test("another @type is one change; the same @type is compared inside", () => {
    const cluster = (type: string, field: string): string => `name: c\ntype: STATIC\ntransport_socket: { name: t, typed_config: { "@type": type.googleapis.com/envoy.extensions.transport_sockets.${type}, ${field} } }\n`;
    expect(rendered(cluster("tls.v3.UpstreamTlsContext", "sni: a"), cluster("tls.v3.UpstreamTlsContext", "sni: b"))).toContain('~ transport_socket.typed_config.sni: "a" -> "b"');
    expect(rendered(cluster("tls.v3.UpstreamTlsContext", "sni: a"), cluster("raw_buffer.v3.RawBuffer", ""))).toContain("~ transport_socket.typed_config: {");
  });

  test("resources are known by type and name, whether static or in a DiscoveryResponse", () => {
    const bootstrap = "static_resources: { clusters: [{ name: a, type: STATIC }, { name: b, type: STATIC }] }\n";
    const response = 'resources: [{ "@type": type.googleapis.com/envoy.config.cluster.v3.Cluster, name: b, type: STRICT_DNS }]\n';
    const ops = changes(bootstrap, response).changes.map(({ op, type, name, path }) => [op, type.split(".").pop(), name, path.join(".")]);
    expect(ops).toEqual([["removed", "Bootstrap", undefined, ""], ["removed", "Cluster", "a", ""], ["changed", "Cluster", "b", "type"]]);
  });
});

test("what the API marks as sensitive is never shown", () => {
  const secret = (key: string): string => `name: s\ntls_certificate: { certificate_chain: { inline_string: chain }, private_key: { inline_string: ${key} } }\n`;
  const result = changes(secret("old-key"), secret("new-key"));
  expect(result.changes.length).toBe(1);
  for (const text of [renderChanges(result.changes, false), renderChangesJson(result.changes), renderChangesJson(changes(secret("old-key"), "name: t\nvalidation_context: {}\n").changes)]) {
    expect(text).toContain("[redacted]");
    expect(text).not.toMatch(/old-key|new-key/);
  }
});

test("an unreadable side is reported and nothing is compared", () => {
  const result = diff({ name: "old.yaml", problem: "does not exist" }, { name: "new.yaml", bytes: bytes("name: c\n") });
  expect([result.compared, result.changes.length, result.findings[0]?.code]).toEqual([false, 0, "LGT0001"]);
});

test("every example is the same as itself, and its JSON has a version", () => {
  const file = readFileSync(join(import.meta.dirname, "..", "..", "configs", "canary.yaml"));
  const { changes: none } = diff({ name: "a.yaml", bytes: file }, { name: "b.yaml", bytes: file });
  expect(JSON.parse(renderChangesJson(none))).toEqual({ format_version: 1, same: true, changes: [] });
});
