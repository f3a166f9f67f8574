import { expect, test } from "vitest";
import type { BodySources } from "../../src/router/direct-response.ts";
import { ALREADY_CHECKED } from "../../src/router/route-context.ts";
import { PackedTable, packTable } from "../../src/router/packed-table.ts";
import { openRouteTable, RouteTable } from "../../src/router/route-table.ts";
import type { HostSource, TableSource } from "../../src/router/table-source.ts";
import type { RouteConfiguration } from "../../src/schema/generated/envoy/config/route/v3.ts";
import { get } from "../support/route-tables.ts";

const TABLE: RouteConfiguration = {
  name: "t", request_headers_to_add: [{ header: { key: "x", value: "é" } }],
  virtual_hosts: [
    { name: "one", domains: ["one.test", "*.one.test"], require_tls: "NONE", routes: [{ name: "a", match: { prefix: "/a" }, route: { cluster: "ä" } }, { name: "b", match: { safe_regex: { regex: ".*b" } }, route: { cluster: "b" } }] },
    { name: "none", domains: ["none.test"] },
    { name: "rest", domains: ["*"], routes: [{ name: "r", match: { prefix: "/" }, route: { cluster: "r" } }] },
  ],
};

test("a packed table holds what the message holds", () => {
  const packed = new PackedTable(packTable(TABLE));
  const hosts = Array.from({ length: packed.count }, (_, i) => packed.host(i));
  const back = hosts.map((host, i) => {
    const { routes: _, ...own } = TABLE.virtual_hosts?.[i] ?? {};
    expect(host.message).toEqual(own);
    return Array.from({ length: host.count }, (_route, id) => host.route(id));
  });
  expect(back).toEqual((TABLE.virtual_hosts ?? []).map((host) => host.routes ?? []));
  expect({ ...packed.message, virtual_hosts: undefined }).toEqual({ ...TABLE, virtual_hosts: undefined });
  expect(packed.domains()).toEqual([["one.test", "*.one.test"], ["none.test"], ["*"]]);
});

test("and routes as the message does", () => {
  const table = openRouteTable(new PackedTable(packTable(TABLE)));
  const chosen = (host: string, path: string): string | undefined => table.match(get(host, path))?.cluster;
  expect([chosen("one.test", "/a"), chosen("x.one.test", "/xb"), chosen("one.test", "/c"), chosen("none.test", "/"), chosen("other", "/")]).toEqual(["\xc3\xa4", "b", undefined, undefined, "r"]);
});

/** Notes what is read of another source. */
class Watched implements TableSource {
  readonly read: string[] = [];
  private readonly inner: TableSource;

  constructor(inner: TableSource) {
    this.inner = inner;
  }

  get message(): RouteConfiguration {
    return this.inner.message;
  }

  get count(): number {
    return this.inner.count;
  }

  get bodies(): BodySources {
    return this.inner.bodies;
  }

  domains(): readonly (readonly string[])[] {
    return this.inner.domains();
  }

  host(id: number): HostSource {
    this.read.push(`host ${id}`);
    const host = this.inner.host(id);
    return {
      message: host.message, count: host.count, index: () => host.index(),
      route: (route) => {
        this.read.push(`route ${id}/${route}`);
        return host.route(route);
      },
    };
  }
}

test("what no request hits is never read", () => {
  const source = new Watched(new PackedTable(packTable(TABLE)));
  const table = new RouteTable(source, ALREADY_CHECKED);
  expect(source.read).toEqual([]);
  table.match(get("one.test", "/a"));
  table.match(get("one.test", "/a/again"));
  expect(source.read).toEqual(["host 0", "route 0/0"]);
});

test("bodies that stand outside are read when the table is packed, those of matcher trees too", () => {
  const answer = (body: object) => ({ match: { prefix: "/" }, direct_response: { status: 200, body } });
  const tree = { on_no_match: { action: { name: "r", typed_config: { "@type": "type.googleapis.com/envoy.config.route.v3.Route", ...answer({ environment_variable: "GREETING" }) } } } };
  const config = {
    virtual_hosts: [{ name: "file", domains: ["file"], routes: [answer({ filename: "/etc/body" })] }, { name: "tree", domains: ["tree"], matcher: tree }, { name: "gone", domains: ["gone"], routes: [answer({ filename: "/gone" })] }],
  } as RouteConfiguration;
  const sources: BodySources = { file: (path) => (path === "/etc/body" ? "of a file" : null), environment: (name) => (name === "GREETING" ? "hello" : null) };
  const table = openRouteTable(new PackedTable(packTable(config, sources)));
  expect(["file", "tree", "gone"].map((host) => table.match(get(host, "/"))?.route?.direct?.body)).toEqual(["of a file", "hello", ""]);
});
