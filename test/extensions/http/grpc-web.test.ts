import { describe, expect, test } from "vitest";
import { grpcWeb } from "../../../src/extensions/http/grpc-web.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { ProxyWorld } from "../../support/proxy-world.ts";
import { GrpcCall } from "../../support/grpc-call.ts";

httpFilterSuite("grpc_web", () => ({ entry: filterEntry(grpcWeb, {}) }));

const MESSAGE = "\0\0\0\0\x02hi";
const GRPC = [[":status", "200"], ["content-type", "application/grpc"]] as const;
const base64 = (text: string): string => Buffer.from(text, "latin1").toString("base64");
const call = (type = "application/grpc-web", accept = "*/*"): GrpcCall => new GrpcCall(grpcWeb, {}, "/pkg.Svc/One", [["content-type", type], ["accept", accept], ["content-length", "7"]]);

describe("grpc_web", () => {
  test("makes a gRPC request of it", () => {
    const stage = call();
    stage.send([MESSAGE]);
    expect(stage.request.head).toEqual(expect.arrayContaining(["content-type: application/grpc", "te: trailers", "grpc-accept-encoding: identity"]));
    expect(stage.request.head.join()).not.toContain("content-length");
    expect(stage.request.body).toBe(MESSAGE);
  });

  test("puts the trailers into the body, and counts the call", () => {
    const stage = call();
    stage.send([MESSAGE]);
    stage.reply(GRPC, [MESSAGE], [["grpc-status", "0"], ["x-a", "b"]]);
    expect(stage.response.head).toContain("content-type: application/grpc-web+proto");
    expect(stage.response.body).toBe(`${MESSAGE}\x80\0\0\0\x16grpc-status:0\r\nx-a:b\r\n`);
    expect(["0", "success", "total", "failure"].map((name) => stage.count(`grpc-web.pkg.Svc.One.${name}`))).toEqual([1, 1, 1, 0]);
  });

  test("reads and writes base64, frame by frame", () => {
    const stage = call("application/grpc-web-text", "application/grpc-web-text");
    const text = base64(MESSAGE);
    stage.send([text.slice(0, 3), text.slice(3, 9), text.slice(9)]);
    expect(stage.request.body).toBe(MESSAGE);
    stage.reply(GRPC, [MESSAGE.slice(0, 3), MESSAGE.slice(3) + MESSAGE], [["grpc-status", "3"]]);
    expect(stage.response.body).toBe(base64(MESSAGE) + base64(MESSAGE) + base64("\x80\0\0\0\x0fgrpc-status:3\r\n"));
    expect(stage.count("grpc-web.pkg.Svc.One.failure")).toBe(1);
  });

  test.each([["AAAAA", "grpc_base_64_decode_failed_bad_size"], ["A$AAAAAA", "grpc_base_64_decode_failed"], ["AA==AAAA", "grpc_base_64_decode_failed"]])("refuses the body %s", (body, details) => {
    const stage = call("application/grpc-web-text");
    stage.send([body]);
    expect([stage.info.details, stage.request.body, stage.response.ends]).toEqual([details, "", 1]);
  });

  test("says in the head what an answer that is not gRPC's says in its body", () => {
    const stage = call();
    stage.send([MESSAGE]);
    stage.reply([[":status", "503"], ["content-type", "text/plain"], ["content-length", "9"]], ["no ", "one %"]);
    expect(stage.response.head).toEqual(expect.arrayContaining(["grpc-status: 14", "grpc-message: no one %25", "content-length: 0"]));
    expect(stage.response).toMatchObject({ body: "", ends: 1 });
  });

  test("of a long body in pieces it says the beginning", () => {
    const stage = call();
    stage.send([MESSAGE]);
    stage.reply([[":status", "500"]], ["a".repeat(10_000), "b".repeat(10_000), "c".repeat(10_000)]);
    const message = stage.response.head.find((line) => line.startsWith("grpc-message"))?.slice(14) ?? "";
    expect([message.length, message.endsWith("b")]).toEqual([16_384, true]);
  });
});

test("an answer of the proxy's own to a gRPC-Web call keeps its status, and says in the head what it says", async () => {
  const type = "type.googleapis.com/envoy.extensions.filters.http";
  const http_filters = [{ name: "web", typed_config: { "@type": `${type}.grpc_web.v3.GrpcWeb` } }, { name: "r", typed_config: { "@type": `${type}.router.v3.Router` } }];
  const world = await ProxyWorld.open({ manager: { http_filters, route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ match: { prefix: "/" }, direct_response: { status: 403, body: { inline_string: "no" } } }] }] } } });
  const client = await world.asking("/pkg.Svc/One", "content-type: application/grpc-web\r\n");
  expect(client.received).toMatch(/^HTTP\/1\.1 403 Forbidden\r\n[^]*content-type: application\/grpc-web\+proto\r\n[^]*grpc-message: no\r\n[^]*grpc-status: 7\r\n/);
});
