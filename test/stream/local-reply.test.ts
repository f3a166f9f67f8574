import { expect, test } from "vitest";
import type { LocalReply } from "../../src/contract/http-filter.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { CONTENT_LENGTH } from "../../src/http/names.ts";
import { grpcStatusOf, percentEncode, shapeLocalReply } from "../../src/stream/local-reply.ts";

function shape(reply: Partial<LocalReply>, request: readonly (readonly [string, string])[] = []): { body: string; lines: string[] } {
  const headers = HeaderBlock.of([[":status", String(reply.status ?? 503)]]);
  const body = shapeLocalReply({ status: 503, body: "", details: "", ...reply }, headers, HeaderBlock.of([[":method", "GET"], ...request]));
  const lines: string[] = [];
  headers.forEach((name, value) => lines.push(`${name}: ${value}`));
  return { body, lines };
}

test("a body is plain text of its length; without one there is neither length nor type", () => {
  expect(shape({ body: "no\xe9" })).toEqual({ body: "no\xe9", lines: [":status: 503", "content-length: 3", "content-type: text/plain"] });
  expect(shape({})).toEqual({ body: "", lines: [":status: 503"] });
});

test("a gRPC request is answered in headers alone, the text in grpc-message", () => {
  const grpc = [["content-type", "application/grpc+proto"]] as const;
  expect(shape({ body: "no way: 100%\n" }, grpc)).toEqual({ body: "", lines: [":status: 200", "content-type: application/grpc", "grpc-status: 14", "grpc-message: no way: 100%25%0A"] });
  expect(shape({ status: 403, grpcStatus: 9 }, grpc).lines).toContain("grpc-status: 9");
});

test("a type that only begins like gRPC's is none", () => {
  expect(shape({ body: "x" }, [["content-type", "application/grpc-web"]]).body).toBe("x");
});

test("HTTP statuses stand for gRPC's", () => {
  expect([400, 401, 403, 404, 429, 502, 503, 504, 200, 500].map(grpcStatusOf)).toEqual([13, 16, 7, 12, 14, 14, 14, 14, 2, 2]);
  expect(percentEncode("a~ \x7f\xff")).toBe("a%7E %7F%FF");
});

test("what filters made a gRPC request of is answered as what it came as", () => {
  const headers = HeaderBlock.of([[":status", "403"]]);
  const body = shapeLocalReply({ status: 403, body: "no", details: "" }, headers, HeaderBlock.of([[":method", "POST"], ["content-type", "application/grpc"]]), undefined, false);
  expect([body, headers.status, headers.has(CONTENT_LENGTH)]).toEqual(["no", 403, true]);
});
