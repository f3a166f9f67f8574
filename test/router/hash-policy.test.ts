import { expect, test } from "vitest";
import { rotateLeft64, xxHash64 } from "../../src/base/xxhash64.ts";
import { compileHashPolicy, hashOf, type NewCookie } from "../../src/router/hash-policy.ts";
import type { RouteAction_HashPolicy } from "../../src/schema/generated/envoy/config/route/v3.ts";
import { get } from "../support/route-tables.ts";

const policy = (...configs: RouteAction_HashPolicy[]) => compileHashPolicy(configs, { report: () => undefined }) ?? [];

test("header lines are sorted, then hashed in sequence, each with the hash of the one before as its seed", () => {
  const hash = policy({ header: { header_name: "x" } });
  expect(hashOf(hash, get("h", "/", [["x", "b"], ["x", "a"]]))).toBe(xxHash64("b", xxHash64("a")));
  expect(hashOf(hash, get("h", "/"))).toBeUndefined();
  expect(hashOf(policy({ header: { header_name: "x", regex_rewrite: { pattern: { regex: "^u(.)$" }, substitution: "\\1" } } }), get("h", "/", [["x", "u1"]]))).toBe(xxHash64("1"));
});

test("methods are combined until a terminal one has a hash", () => {
  const request = { ...get("h", "/?q=v", [["x", "a"]]), remoteIp: "1.2.3.4" };
  expect(hashOf(policy({ header: { header_name: "x" } }, { query_parameter: { name: "q" } }), request)).toBe(rotateLeft64(xxHash64("a"), 1n) ^ xxHash64("v"));
  expect(hashOf(policy({ header: { header_name: "x" }, terminal: true }, { query_parameter: { name: "q" } }), request)).toBe(xxHash64("a"));
  expect(hashOf(policy({ header: { header_name: "y" }, terminal: true }, { connection_properties: { source_ip: true } }), request)).toBe(xxHash64("1.2.3.4"));
});

test("a missing cookie with a ttl is made", () => {
  const made: NewCookie[] = [];
  const hash = policy({ cookie: { name: "c", path: "/p", ttl: { seconds: 60, nanos: 0 } } });
  expect(hashOf(hash, get("h", "/", [["cookie", "c=1"]]))).toBe(xxHash64("1"));
  expect(hashOf(hash, get("h", "/"))).toBeUndefined();
  expect(hashOf(hash, get("h", "/"), (cookie) => (made.push(cookie), "new"))).toBe(xxHash64("new"));
  expect(made).toEqual([{ name: "c", path: "/p", ttl: 60, attributes: [] }]);
});
