import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import {
  AUTHORITY, COOKIE, CONTENT_TYPE, delimiterOf, GRPC_STATUS, HOST, idOfBytes, isInline, knownId, LOCATION, METHOD, nameId, nameOf, newestId,
  PROTOCOL, REQUEST, REQUEST_TRAILERS, RESPONSE, RESPONSE_TRAILERS, SET_COOKIE, TOKEN, USER_AGENT,
} from "../../src/http/names.ts";

function lookup(name: string): number {
  const b = Buffer.from(`..${name}..`, "latin1");
  let h = 0;
  for (let i = 2; i < 2 + name.length; i++) h = (Math.imul(h, 31) + (b[i] ?? 0)) | 0;
  return idOfBytes(h, b, 2, 2 + name.length);
}

describe("names", () => {
  test("a name has one id, whatever its case", () => {
    const id = nameId("X-Names-Test-A");
    expect(id).toBeGreaterThan(0);
    expect(nameId("x-names-test-a")).toBe(id);
    expect(nameOf(id)).toBe("x-names-test-a");
    expect(nameId("Content-Type")).toBe(CONTENT_TYPE);
    expect(nameId(":method")).toBe(METHOD);
  });

  test("host is the authority by name, and itself in bytes", () => {
    expect(nameId("Host")).toBe(AUTHORITY);
    expect(knownId("host")).toBe(AUTHORITY);
    expect(lookup("host")).toBe(HOST);
    expect(nameOf(HOST)).toBe("host");
  });

  test("a name nobody mentioned is 0 and does not enter the table", () => {
    const before = newestId();
    expect(knownId("x-names-test-never")).toBe(0);
    expect(lookup("x-names-test-never")).toBe(0);
    expect(newestId()).toBe(before);
  });

  test("ten thousand names are all found again by their bytes", () => {
    const ids = Array.from({ length: 10_000 }, (_, i) => nameId(`x-names-test-${i}`));
    for (let i = 0; i < ids.length; i += 37) expect(lookup(`x-names-test-${i}`)).toBe(ids[i]);
    expect(lookup("user-agent")).toBe(USER_AGENT);
  });

  test("names with equal hashes are told apart", () => {
    // imul(h, 31) + c: "b!" + ... collides with "a@": 98 * 31 + 33 = 97 * 31 + 64
    const [a, b] = [nameId("x-collide-b!"), nameId("x-collide-a@")];
    expect(a).not.toBe(b);
    expect(lookup("x-collide-b!")).toBe(a);
    expect(lookup("x-collide-a@")).toBe(b);
  });

  test("inline headers differ between requests, responses and trailers", () => {
    expect(isInline(USER_AGENT)).toBe(true);
    expect(isInline(USER_AGENT, RESPONSE)).toBe(false);
    expect([LOCATION, CONTENT_TYPE].map((id) => [isInline(id, REQUEST), isInline(id, RESPONSE)])).toEqual([[false, true], [true, true]]);
    expect(([RESPONSE, RESPONSE_TRAILERS, REQUEST, REQUEST_TRAILERS] as const).map((k) => isInline(GRPC_STATUS, k))).toEqual([true, true, false, false]);
    expect([COOKIE, SET_COOKIE].some((id) => isInline(id, REQUEST) || isInline(id, RESPONSE))).toBe(false);
    expect(isInline(nameId("x-names-test-b"))).toBe(false);
  });

  test("cookies are joined with a semicolon, all else with a comma", () => {
    expect(delimiterOf(COOKIE)).toBe("; ");
    expect(delimiterOf(USER_AGENT)).toBe(",");
  });

  test("token bytes fold to lower case and nothing else passes", () => {
    const passing = Array.from({ length: 256 }, (_, i) => i).filter((i) => TOKEN[i] !== 0).map((i) => String.fromCharCode(i)).join("");
    expect(passing).toBe("!#$%&'*+-.0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ^_`abcdefghijklmnopqrstuvwxyz|~");
    expect(TOKEN[0x41]).toBe(0x61);
    expect(PROTOCOL).toBeLessThan(HOST);
  });
});
