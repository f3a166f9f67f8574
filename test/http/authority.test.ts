import { expect, test } from "vitest";
import { authorityIsValid, normalizeHost, portOf, portStart, withoutPort, withoutTrailingDot } from "../../src/http/authority.ts";

test("an authority's characters are those Envoy takes", () => {
  const taken = Array.from({ length: 256 }, (_, i) => String.fromCharCode(i)).filter((c) => authorityIsValid(`a${c}b`)).join("");
  expect(taken).toBe("!$%&'()*+,-.0123456789:;=@ABCDEFGHIJKLMNOPQRSTUVWXYZ[]_abcdefghijklmnopqrstuvwxyz~");
  expect(authorityIsValid("")).toBe(true);
});

test("the port begins at the last colon unless a bracket follows", () => {
  expect([portStart("h"), portStart("h:80"), portStart("[::1]"), portStart("[::1]:80"), portStart("::1"), portStart("h:")]).toEqual([-1, 1, -1, 5, 1, 1]);
  expect([portOf("h:80"), portOf("h:"), portOf("h:x"), portOf("h"), portOf("h:4294967295"), portOf("h:4294967296")]).toEqual([80, undefined, undefined, undefined, 4294967295, undefined]);
});

test("ports and dots are stripped as the options say", () => {
  expect([withoutPort("h:80"), withoutPort("h:80", 81), withoutPort("[::1]:80"), withoutPort("h")]).toEqual(["h", undefined, "[::1]", undefined]);
  expect(["h.", "h.:80", "h.x", "h", "."].map(withoutTrailingDot)).toEqual(["h", "h:80", "h.x", "h", ""]);
  expect(normalizeHost("h.:80", "none", false, 80)).toBe("h.:80");
  expect(normalizeHost("h.:80", "matching", true, 80)).toBe("h");
  expect(normalizeHost("h:81", "matching", true, 80)).toBe("h:81");
  expect(normalizeHost("h:81", "any", false, 80)).toBe("h");
  expect(normalizeHost("h:x", "any", false, 80)).toBe("h:x");
});
