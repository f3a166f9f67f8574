import { describe, expect, test } from "vitest";
import { countResponses, methodsIn, parseMessages } from "./wire.ts";

const head = (...lines: string[]): string => [...lines, "", ""].join("\r\n");

describe("parseMessages", () => {
  test("cuts pipelined responses by their framing and keeps what is behind them", () => {
    const bytes = head("HTTP/1.1 200 OK", "content-length: 2") + "ab" + head("HTTP/1.1 200 OK", "Transfer-Encoding: chunked") + "3;x\r\nabc\r\n2\r\nde\r\n0\r\nx-t: 1\r\n\r\n" + head("HTTP/1.1 204 No Content") + "HTTP/1.1 2";
    const { messages, rest } = parseMessages(bytes, "response");
    expect(messages.map((m) => [m.framing, m.body, m.trailers, m.complete])).toEqual([["length", "ab", "", true], ["chunked", "abcde", "x-t: 1", true], ["none", "", "", true]]);
    expect(rest).toBe("HTTP/1.1 2");
  });

  test("an answer to HEAD has no body, whatever its content-length", () => {
    const bytes = head("HTTP/1.1 200 OK", "content-length: 9") + head("HTTP/1.1 200 OK", "content-length: 1") + "x";
    expect(parseMessages(bytes, "response", ["HEAD", "GET"]).messages.map((m) => m.body)).toEqual(["", "x"]);
  });

  test("an interim response does not use up a method", () => {
    const bytes = head("HTTP/1.1 103 Early Hints") + head("HTTP/1.1 200 OK", "content-length: 9");
    expect(parseMessages(bytes, "response", ["HEAD"]).messages.map((m) => m.complete)).toEqual([true, true]);
  });

  test("a body that is cut short is not complete", () => {
    expect(parseMessages(head("HTTP/1.1 200 OK", "content-length: 9") + "half", "response").messages[0]).toMatchObject({ body: "half", complete: false });
    expect(parseMessages(head("HTTP/1.1 200 OK", "transfer-encoding: chunked") + "9\r\nhalf", "response").messages[0]).toMatchObject({ complete: false });
    expect(parseMessages(head("HTTP/1.1 200 OK") + "all", "response").messages[0]).toMatchObject({ framing: "until-close", body: "all", complete: false });
  });

  test("behind a 101 everything is tunnel", () => {
    expect(parseMessages(head("HTTP/1.1 101 Switching Protocols") + "bytes", "response").messages[0]).toMatchObject({ framing: "tunnel", body: "bytes", complete: true });
  });

  test("a request without framing has no body", () => {
    const { messages } = parseMessages(head("GET / HTTP/1.1", "host: a") + head("POST / HTTP/1.1", "content-length: 1") + "x", "request");
    expect(messages.map((m) => m.body)).toEqual(["", "x"]);
  });
});

test("countResponses leaves interim and unfinished answers out", () => {
  expect(countResponses(head("HTTP/1.1 100 Continue") + head("HTTP/1.1 200 OK", "content-length: 0") + head("HTTP/1.1 200 OK", "content-length: 1"), [])).toBe(1);
});

test("methodsIn finds the request lines of pipelined requests", () => {
  expect(methodsIn(head("HEAD / HTTP/1.1", "x: GET / HTTP/1.1") + head("POST /a HTTP/1.1", "content-length: 3"))).toEqual(["HEAD", "POST"]);
});
