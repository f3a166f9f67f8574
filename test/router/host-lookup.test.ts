import { describe, expect, test } from "vitest";
import { HostLookup, portStart } from "../../src/router/host-lookup.ts";
import { get, request } from "../support/route-tables.ts";

const lookup = (domains: readonly (readonly string[])[], more: object = {}): HostLookup =>
  new HostLookup(more, domains, { report: ({ message }) => { throw new Error(message); } });

describe("the virtual host", () => {
  test("is chosen by exact domain, then longest suffix, then longest prefix, then *", () => {
    const hosts = lookup([["*"], ["a.b.c"], ["*.c"], ["*.b.c"], ["a.*"], ["a.b.*"], ["*-x.c"]]);
    const find = (host: string): number => hosts.find(get(host, "/").headers);
    expect(["A.B.C", "x.b.c", "x.c", "y-x.c", "a.b.z", "a.z", ".c", "z"].map(find)).toEqual([1, 3, 2, 6, 5, 4, 0, 0]);
  });

  test("is nobody where nothing fits", () => {
    expect(lookup([["a"]]).find(get("b", "/").headers)).toBe(-1);
    expect(lookup([["a"]]).find(request([]).headers)).toBe(-1);
    expect(lookup([["*"]]).find(request([]).headers)).toBe(0);
  });

  test("may be looked up without port, or by another header", () => {
    expect(lookup([["a"], ["*.z"]], { ignore_port_in_host_matching: true }).find(get("a:80", "/").headers)).toBe(0);
    expect(lookup([["a"]]).find(get("a:80", "/").headers)).toBe(-1);
    const byHeader = lookup([["a"], ["*"]], { vhost_header: "x-host" });
    expect(byHeader.find(get("a", "/").headers)).toBe(-1);
    expect(byHeader.find(get("z", "/", [["x-host", "a"]]).headers)).toBe(0);
  });

  test("knows where a port begins", () => {
    expect([portStart("a:80"), portStart("[::1]"), portStart("[::1]:80"), portStart("a"), portStart("::1")]).toEqual([1, -1, 5, -1, 1]);
  });

  test("may have a domain only once", () => {
    const found: string[] = [];
    const config = { name: "rc", virtual_hosts: [{ domains: ["*", "Foo.com"] }, { domains: ["foo.com", "*"] }] };
    const hosts = new HostLookup(config, config.virtual_hosts.map(({ domains }) => domains), { report: ({ code, message, related }) => found.push(`${code} ${message} (${related?.length})`) });
    expect(found).toEqual([
      "LGT0501 only unique values for domains are permitted. Duplicate entry of domain foo.com in route rc (1)",
      "LGT0510 only a single wildcard domain is permitted in route rc (1)",
    ]);
    expect(hosts.find(get("foo.com", "/").headers)).toBe(0);
  });
});
