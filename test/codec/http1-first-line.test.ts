import { describe, expect, test } from "vitest";
import { FirstLine, readRequestLine, readStatusLine } from "../../src/codec/http1-first-line.ts";
import { bytes } from "../support/http1-log.ts";

function request(text: string, custom = false): unknown {
  const line = new FirstLine();
  const end = readRequestLine(bytes(text), 0, text.length, line, custom);
  if (end < 0) return "incomplete";
  return line.error?.details ?? [line.method, line.target, line.http11, text.slice(end)];
}

function status(text: string): unknown {
  const line = new FirstLine();
  const end = readStatusLine(bytes(text), 0, text.length, line);
  if (end < 0) return "incomplete";
  return line.error?.details ?? [line.status, line.http11];
}

describe("a request line", () => {
  test("in its common form and in every other that Envoy takes", () => {
    expect(request("GET /a?b HTTP/1.1\r\nX")).toEqual(["GET", "/a?b", true, "X"]);
    expect(request("OPTIONS * HTTP/1.1\n")).toEqual(["OPTIONS", "*", true, ""]);
    expect(request("GET\t/a  HTTP/1.1 \t\r\n")).toEqual(["GET", "/a", true, ""]);
    expect(request("GET http://h/ HTTP/1.0\r\n")).toEqual(["GET", "http://h/", false, ""]);
    expect(request("GET /\r\n")).toEqual(["GET", "/", false, ""]);
    expect(request("CONNECT h:1 HTTP/2.0\r\n")).toEqual(["CONNECT", "h:1", false, ""]);
  });

  test("that is not whole yet", () => {
    for (const text of ["G", "GET /", "GET / HTTP/1.1", "GET / HTTP/1.1\r"]) expect(request(text), text).toBe("incomplete");
  });

  test("that is wrong", () => {
    for (const text of ["get / HTTP/1.1\r\n", "GET\r\n", "GET / http/1.1\r\n", "GET / HTTP/1.1x\r\n", "GET /\x80 HTTP/1.1\r\n", "GET a HTTP/1.1\r\n", "GET /a b HTTP/1.1\r\n"]) {
      expect(request(text), text).toBe("http1.codec_error");
    }
    expect(request("GET /\x01 HTTP/1.1\r\n")).toBe("http1.invalid_characters");
  });

  test("may have any token for a method where custom methods are allowed", () => {
    expect(request("BREW /pot HTTP/1.1\r\n", true)).toEqual(["BREW", "/pot", true, ""]);
    expect(request("B(W /pot HTTP/1.1\r\n", true)).toBe("http1.codec_error");
  });
});

describe("a status line", () => {
  test("with three digits, or with what else Envoy takes for a number", () => {
    expect([status("HTTP/1.1 200 OK\r\n"), status("HTTP/1.1 204\r\n"), status("HTTP/1.0 999 X\n")]).toEqual([[200, true], [204, true], [999, false]]);
    expect([status("HTTP/1.1\t+200\r\n"), status("HTTP/1.1 1000 X\r\n"), status("HTTP/1.1 4294967496 X\r\n")]).toEqual([[200, true], [1000, true], [200, true]]);
  });

  test("that is not whole yet, or wrong", () => {
    expect([status("HTTP/1.1 20"), status("HTTP/1.1 200 OK\r")]).toEqual(["incomplete", "incomplete"]);
    for (const text of ["HTTP/1.1\r\n", "HTTP/1.1 99 X\r\n", "HTTP/1.1 2x0 X\r\n", "HTTP/x 200 OK\r\n", "HTTP/1.1 -1 X\r\n", "HTTP/1.1 65536 X\r\n"]) {
      expect(status(text), text).toBe("http1.codec_error");
    }
  });
});
