import { expect, test } from "vitest";
import { setCookieText } from "../../src/forward/hash-cookies.ts";
import { nameId } from "../../src/http/names.ts";
import { ForwardStage } from "../support/forwarding.ts";

test("the hash of a route's policy is there for a balancer that asks", () => {
  const stage = new ForwardStage("route: { cluster: u, hash_policy: [{ header: { header_name: x-h } }] }");
  stage.get(["x-h", "a"]);
  stage.get(["x-h", "a"]);
  stage.get();
  const [a, b, none] = stage.cluster.contexts.map(({ hash }) => hash);
  expect([typeof a, a === b, none]).toEqual(["bigint", true, null]);
});

test("a client without the cookie gets one, if a balancer asked; the same connection the same value", () => {
  const stage = new ForwardStage("route: { cluster: u, hash_policy: [{ cookie: { name: c, ttl: 9s, path: /p } }] }");
  const cookieOf = (asks: boolean): string | null | undefined => {
    const { handle } = stage.get();
    if (asks) void stage.cluster.contexts.at(-1)?.hash;
    stage.cluster.stream.respond(200);
    return handle.response?.get(nameId("set-cookie"));
  };
  expect(cookieOf(false)).toBeNull();
  const first = cookieOf(true);
  expect(first).toMatch(/^c="[0-9a-f]{16}"; Max-Age=9; Path=\/p; HttpOnly$/);
  expect(cookieOf(true)).toBe(first);
});

test("a session cookie has no age; attributes come as they are", () => {
  expect(setCookieText({ name: "c", path: "", ttl: 0, attributes: [["SameSite", "Strict"], ["Secure", ""]] }, "v")).toBe('c="v"; SameSite=Strict; Secure; HttpOnly');
});
