import { describe, expect, test } from "vitest";
import { dropH2cUpgrade, hasToken, isUpgrade, sanitizeConnection, wantsClose } from "../../src/codec/http1-connection.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { CONNECTION, TE } from "../../src/http/names.ts";
import { headerLines } from "../support/http1-log.ts";

const of = (...entries: [string, string][]): HeaderBlock => HeaderBlock.of(entries);

test("a token is found in a list, whatever its case and spacing, and only as a whole", () => {
  expect([hasToken("keep-alive, Upgrade", "upgrade"), hasToken("CLOSE", "close"), hasToken("a,\tclose ", "close")]).toEqual([true, true, true]);
  expect([hasToken("closed", "close"), hasToken("", "close"), hasToken(null, "close"), hasToken("x-close", "close")]).toEqual([false, false, false, false]);
});

test("who wants the connection closed", () => {
  expect(wantsClose(of(["connection", "close"]), false)).toBe(true);
  expect(wantsClose(of(["proxy-connection", "Close"]), false)).toBe(true);
  expect(wantsClose(of(["connection", "keep-alive"]), false)).toBe(false);
  expect(wantsClose(of(), true)).toBe(true);
  expect(wantsClose(of(["connection", "Keep-Alive"]), true)).toBe(false);
});

test("h2c is not taken up, and its headers go", () => {
  const head = of(["connection", "Upgrade, HTTP2-Settings, x"], ["upgrade", "h2c"], ["http2-settings", "AAM"]);
  expect(isUpgrade(head)).toBe(true);
  dropH2cUpgrade(head);
  expect([headerLines(head), isUpgrade(head)]).toEqual([["connection: x"], false]);
});

describe("nominated headers", () => {
  const left = (connection: string, ...more: [string, string][]): string[] | false => {
    const head = of(["connection", connection], ...more);
    return sanitizeConnection(head) && headerLines(head);
  };

  test("go, with their tokens; what is no nomination stays", () => {
    expect(left("x-a, close", ["x-a", "1"], ["x-b", "2"])).toEqual(["connection: close", "x-b: 2"]);
    expect(left("X-A", ["x-a", "1"])).toEqual([]);
    expect(left("keep-alive,http2-settings,upgrade", ["keep-alive", "5"])).toEqual(["connection: keep-alive,http2-settings,upgrade", "keep-alive: 5"]);
    expect(left("connection, close")).toEqual(["connection: close"]);
    expect(left("host", ["host", "h"])).toEqual([]);
  });

  test("keep te only for trailers", () => {
    expect(left("te", ["te", "gzip, trailers;q=1, Trailers"])).toEqual(["connection: te", "te: trailers"]);
    expect(left("te, close", ["te", "gzip"])).toEqual(["connection: close"]);
    expect(left("te", ["te", "x".repeat(256)])).toBe(false);
  });

  test("are refused where they would hide where a request comes from, or are too many", () => {
    for (const name of ["x-forwarded-for", "X-Forwarded-Host", "x-forwarded-proto", ":path"]) expect(left(name)).toBe(false);
    expect(left("a,b,c,d,e,f,g,h,i")).toEqual([]);
    expect(left("a,b,c,d,e,f,g,h,i,j")).toBe(false);
  });

  test("a request without the header is left alone", () => {
    const head = of(["te", "gzip"]);
    expect([sanitizeConnection(head), head.get(TE), head.has(CONNECTION)]).toEqual([true, "gzip", false]);
  });
});
