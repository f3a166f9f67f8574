import { expect, test } from "vitest";
import { diffLines, normalise, render, renderSet, shown } from "./comparison.ts";
import type { Observation } from "./comparison.ts";

const PORTS = new Map([[4711, "upstream:u"]]);

function seen(received: string, stats: readonly [string, number][] = []): Observation {
  const connection = { sent: "GET / HTTP/1.1\r\n\r\n", received, state: "open", closedAfter: undefined, closedLate: false };
  return { connections: [connection], upstreams: {}, log: [], wide: [], stats: new Map(stats) };
}

test("normalise replaces dates, ids, service times and ports, and nothing else", () => {
  const text = ["date: Tue, 24 Nov 2026 23:14:27 GMT", "date: mine", "x-request-id: 0c8f8a3b-9b6c-4f0b-8d7b-0123456789ab", "x-request-id: mine", "x-envoy-upstream-service-time: 12", "host: a:4711", "x: 4712"].join("\r\n");
  expect(normalise(text, PORTS).split("\r\n")).toEqual(["date: <date>", "date: mine", "x-request-id: <uuid>", "x-request-id: mine", "x-envoy-upstream-service-time: <ms>", "host: a:<upstream:u>", "x: 4712"]);
});

test("normalise hides the durations of the default access log and keeps an absent one", () => {
  const line = (service: string): string => `[2026-11-24T23:14:27.123Z] "GET / HTTP/1.1" 200 - 3 2 17 ${service} "-" "-" "-" "a" "127.0.0.1:4711"`;
  expect(normalise(line("9"), PORTS)).toBe('[<time>] "GET / HTTP/1.1" 200 - 3 2 <ms> <ms> "-" "-" "-" "a" "127.0.0.1:<upstream:u>"');
  expect(normalise(line("-"), PORTS)).toContain(" 3 2 <ms> - ");
});

test("normalise shows what a retry's timeout was before time went by", () => {
  expect(normalise("x-envoy-expected-rq-timeout-ms: 14948\r\nx-envoy-expected-rq-timeout-ms: 120", PORTS)).toBe("x-envoy-expected-rq-timeout-ms: 15000\r\nx-envoy-expected-rq-timeout-ms: 120");
});

test("chunk boundaries do not show, framing and trailers do", () => {
  const head = "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n";
  const [one, two] = [`${head}4\r\nabcd\r\n0\r\n\r\n`, `${head}2\r\nab\r\n2\r\ncd\r\n0\r\n\r\n`];
  expect(render("answer", seen(one), PORTS, () => false)).toBe(render("answer", seen(two), PORTS, () => false));
  expect(render("answer", seen(one), PORTS, () => false)).not.toBe(render("answer", seen(`${head}4\r\nabcd\r\n0\r\nx: 1\r\n\r\n`), PORTS, () => false));
  expect(render("answer", seen("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nab"), PORTS, () => false)).toContain("ab<unfinished>");
});

test("only the counters asked for are rendered, with their sign", () => {
  expect(render("counters", seen("", [["b.x", 1], ["a.x", -2], ["c.y", 3]]), PORTS, (name) => name.endsWith("x"))).toBe("a.x: -2\nb.x: +1");
});

test("as a set, equal answers count once and order does not matter", () => {
  const [a, b] = ["HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\na", "HTTP/1.1 200 OK\r\ncontent-length: 1\r\n\r\nb"];
  expect(renderSet(seen(a + b + a), PORTS)).toBe(renderSet(seen(b + b + a), PORTS));
});

test("diffLines marks what only one side has", () => {
  expect(diffLines("a\nb\nc", "a\nx\nc\nd").split("\n")).toEqual(["  a", "- b", "+ x", "  c", "+ d"]);
});

test("shown makes control characters visible", () => {
  expect(shown("a\r\x00\xe9")).toBe("a\\r\\x00\\xe9");
});
