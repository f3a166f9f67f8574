import { Buffer } from "node:buffer";
import { describe, expect, test } from "vitest";
import { HeaderBlock, LOOSE, RAW } from "../../src/http/header-block.ts";
import {
  ACCEPT, AUTHORITY, CONTENT_TYPE, COOKIE, HOST, METHOD, nameId, PATH, REQUEST, RESPONSE, SCHEME, SET_COOKIE, STATUS, USER_AGENT, VIA,
  X_FORWARDED_FOR, type BlockKind,
} from "../../src/http/names.ts";

const X = nameId("x-block-test");

function lines(block: HeaderBlock): string[] {
  const out: string[] = [];
  block.forEach((name, value) => out.push(`${name}=${value}`));
  return out;
}

/** A block whose lines lie in bytes, as a codec leaves it. */
function received(text: string, kind: BlockKind = REQUEST): HeaderBlock {
  const block = new HeaderBlock();
  block.reset(kind);
  block.bytes = Buffer.from(text, "latin1");
  let at = 0;
  for (const line of text.split("\r\n")) {
    const colon = line.indexOf(":");
    if (colon > 0) {
      const name = line.slice(0, colon);
      const value = line.slice(colon + 1).trim();
      const start = at + line.indexOf(value, colon + 1);
      const id = name === "host" ? HOST : name.startsWith("u-") ? 0 : nameId(name);
      block.addReceived(id, at, at + colon, start, start + value.length, line === `${name}: ${value}` ? RAW : LOOSE);
    }
    at += line.length + 2;
  }
  return block;
}

describe("header block", () => {
  test("reads received lines by id and by name", () => {
    const b = received("accept: a/b\r\nu-one:  1 \r\nuser-agent: x\r\n");
    expect(b.get(ACCEPT)).toBe("a/b");
    expect(b.get(USER_AGENT)).toBe("x");
    expect(b.getNamed("u-one")).toBe("1");
    expect([b.get(COOKIE), b.getNamed("u-two"), b.get(0), b.has(0), b.count(0)]).toEqual([null, null, null, false, 0]);
    expect(lines(b)).toEqual(["accept=a/b", "u-one=1", "user-agent=x"]);
    expect([b.size, b.byteSize()]).toEqual([3, 9 + 6 + 11]);
  });

  test("finds a header whose name was learnt after it was read", () => {
    const b = received("u-late-name: 1\r\nu-late-name: 2\r\n");
    const id = nameId("u-late-name");
    expect(b.getAll(id)).toEqual(["1", "2"]);
    expect(b.remove(id)).toBe(2);
    expect(b.size).toBe(0);
  });

  test("set keeps the place of the first line and drops the others", () => {
    const b = received("x-block-test: 1\r\naccept: a\r\nx-block-test: 2\r\n");
    expect([b.count(X), b.getAll(X), b.joined(X)]).toEqual([2, ["1", "2"], "1,2"]);
    b.set(X, "3");
    expect(lines(b)).toEqual(["x-block-test=3", "accept=a"]);
    b.setIfAbsent(X, "4");
    b.setIfAbsent(VIA, "v");
    expect(lines(b)).toEqual(["x-block-test=3", "accept=a", "via=v"]);
  });

  test("replace puts the new line at the end", () => {
    const b = received("x-block-test: 1\r\naccept: a\r\n");
    b.replace(X, "2");
    expect(lines(b)).toEqual(["accept=a", "x-block-test=2"]);
  });

  test("append joins only onto inline headers, appendAny onto all", () => {
    const b = received("accept: a\r\nx-block-test: 1\r\ncookie: c=1\r\n");
    b.append(ACCEPT, "b");
    b.append(X, "2");
    b.appendAny(X, "3");
    b.appendAny(COOKIE, "d=2");
    b.appendAny(ACCEPT, "");
    expect(lines(b)).toEqual(["accept=a,b", "x-block-test=1,3", "cookie=c=1; d=2", "x-block-test=2"]);
    b.set(ACCEPT, "");
    b.append(ACCEPT, "z");
    expect(b.get(ACCEPT)).toBe("z");
  });

  test("what is inline depends on the kind of message", () => {
    const request = HeaderBlock.of([["user-agent", "a"], ["user-agent", "b"], ["set-cookie", "c"], ["set-cookie", "d"]]);
    const response = HeaderBlock.of([[":status", "200"], ["user-agent", "a"], ["user-agent", "b"], ["vary", "c"], ["vary", "d"]]);
    expect(request.getAll(USER_AGENT)).toEqual(["a,b"]);
    expect(request.getAll(SET_COOKIE)).toEqual(["c", "d"]);
    expect(response.getAll(USER_AGENT)).toEqual(["a", "b"]);
    expect(response.getAll(nameId("vary"))).toEqual(["c,d"]);
  });

  test("pseudo headers are fields, and come first", () => {
    const b = HeaderBlock.of([["accept", "a"], [":method", "GET"], [":path", "/p"], ["Host", "h"], [":scheme", "http"]]);
    expect([b.method, b.path, b.authority, b.scheme, b.protocol, b.status, b.kind]).toEqual(["GET", "/p", "h", "http", null, 0, REQUEST]);
    expect(lines(b)).toEqual([":authority=h", ":path=/p", ":method=GET", ":scheme=http", "accept=a"]);
    expect([b.get(METHOD), b.get(AUTHORITY), b.has(STATUS), b.count(PATH), b.size]).toEqual(["GET", "h", false, 1, 5]);
    b.set(PATH, "/q");
    expect([b.remove(SCHEME), b.remove(SCHEME), b.path, b.scheme]).toEqual([1, 0, "/q", null]);
    b.append(AUTHORITY, "i");
    expect(b.authority).toBe("h,i");
    const r = HeaderBlock.of([[":status", "404"]]);
    expect([r.kind, r.status, r.get(STATUS), r.getAll(STATUS), r.byteSize()]).toEqual([RESPONSE, 404, "404", ["404"], 10]);
  });

  test("host is an ordinary line in a response", () => {
    const b = received("host: h\r\n", RESPONSE);
    expect([b.authority, b.get(AUTHORITY), b.getNamed("host")]).toEqual([null, "h", "h"]);
    b.addNamed("host", "i");
    expect(lines(b)).toEqual(["host=h", "host=i"]);
    expect(b.remove(AUTHORITY)).toBe(2);
  });

  test("removes by prefix and by test", () => {
    const b = received("u-a: 1\r\naccept: a\r\nx-forwarded-for: 1\r\nu-b: 2\r\n");
    expect(b.removePrefix("u-")).toBe(2);
    expect(b.removeIf((_, id, line) => id === ACCEPT && b.valueAt(line) === "a")).toBe(1);
    expect(b.removeNamed("x-forwarded-for")).toBe(1);
    expect([lines(b), b.get(X_FORWARDED_FOR), b.size, b.byteSize()]).toEqual([[], null, 0, 0]);
  });

  test("names of run time stay out of the table", () => {
    const b = new HeaderBlock();
    b.addNamed("u-run-time", "1");
    b.addNamed("u-run-time", "2");
    expect([b.getNamed("u-run-time"), b.removeNamed("u-run-time"), b.size]).toEqual(["1", 2, 0]);
  });

  test("grows beyond its first arrays and is empty again after reset", () => {
    const b = new HeaderBlock();
    for (let i = 0; i < 300; i++) b.add(X, String(i));
    expect([b.count(X), b.getAll(X)[299]]).toEqual([300, "299"]);
    b.set(AUTHORITY, "h");
    b.reset(RESPONSE);
    expect([b.size, b.lines, b.authority, b.kind, b.get(X), lines(b)]).toEqual([0, 0, null, RESPONSE, null, []]);
  });

  test("a copy lives apart from its original", () => {
    const a = received("accept: a\r\nu-x: 1\r\n");
    a.method = "GET";
    a.addNamed("u-y", "2");
    const b = new HeaderBlock();
    b.copyFrom(a);
    a.set(ACCEPT, "changed");
    a.reset();
    expect(lines(b)).toEqual([":method=GET", "accept=a", "u-x=1", "u-y=2"]);
  });

  test("detach keeps every line and drops the rest of the read buffer", () => {
    const b = received(`${"u-gone: 0\r\n".repeat(100)}accept: a\r\nu-x:  1 \r\ncontent-type: t\r\n`);
    b.removeNamed("u-gone");
    b.setValueAt(101, "9");
    b.addNamed("u-y", "2");
    b.detach();
    expect(b.bytes.length).toBeLessThan(60);
    expect([lines(b), b.get(CONTENT_TYPE)]).toEqual([["accept=a", "u-x=9", "content-type=t", "u-y=2"], "t"]);
    b.removeIf(() => true);
    b.detach();
    expect(b.bytes.length).toBe(0);
  });

  test("what a line says is compared without a string, changed lines too", () => {
    const b = received("content-type: t\r\naccept: keep-alive\r\naccept: x\r\n");
    expect([b.says(ACCEPT, "keep-alive"), b.says(ACCEPT, "keep-alivE"), b.says(ACCEPT, "keep"), b.says(VIA, "")]).toEqual([true, false, false, false]);
    b.set(ACCEPT, "y");
    expect([b.says(ACCEPT, "y"), b.says(ACCEPT, "keep-alive")]).toEqual([true, false]);
  });
});
