import { describe, expect, test } from "vitest";
import { grpcHttp1Bridge } from "../../../src/extensions/http/grpc-http1-bridge.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { GrpcCall } from "../../support/grpc-call.ts";

httpFilterSuite("grpc_http1_bridge", () => ({ entry: filterEntry(grpcHttp1Bridge, { upgrade_protobuf_to_grpc: true, ignore_query_parameters: true }) }));

const MESSAGE = "\0\0\0\0\x02hi";
const GRPC = [[":status", "200"], ["content-type", "application/grpc"]] as const;
const call = (config: object, type: string, protocol?: string): GrpcCall => new GrpcCall(grpcHttp1Bridge, config, "/pkg.Svc/One?q=1", [["content-type", type]], protocol);

describe("grpc_http1_bridge", () => {
  test("waits for the trailers, and says them in the head", () => {
    const stage = call({}, "application/grpc");
    stage.send([MESSAGE]);
    stage.reply(GRPC, [MESSAGE.slice(0, 2), MESSAGE.slice(2)], [["grpc-status", "0"], ["grpc-message", "fine"]]);
    expect(stage.response.head).toEqual([":status: 200", "content-type: application/grpc", "grpc-status: 0", "grpc-message: fine", "content-length: 7"]);
    expect([stage.request.head.includes(":path: /pkg.Svc/One?q=1"), stage.response.body]).toEqual([true, MESSAGE]);
  });

  test.each([["7", "503"], ["x", "503"], ["00", "200"]])("makes of grpc-status %s the status %s", (grpc, status) => {
    const stage = call({}, "application/grpc");
    stage.send([MESSAGE]);
    stage.reply(GRPC, [], [["grpc-status", grpc]]);
    expect(stage.response.head).toEqual(expect.arrayContaining([`:status: ${status}`, `grpc-status: ${grpc}`, "content-length: 0"]));
  });

  test("frames a message of protobuf, and takes the frame off the answer", () => {
    const stage = call({ upgrade_protobuf_to_grpc: true, ignore_query_parameters: true }, "application/x-protobuf");
    stage.send(["h", "i"]);
    expect([stage.request.body, stage.request.head.includes(":path: /pkg.Svc/One"), stage.request.head.includes("content-type: application/grpc")]).toEqual([MESSAGE, true, true]);
    stage.reply(GRPC, [MESSAGE], [["grpc-status", "0"]]);
    expect([stage.response.body, stage.response.head.at(-1)]).toEqual(["hi", "content-length: 2"]);
  });

  test("does not frame a message with trailers behind it", () => {
    const stage = call({ upgrade_protobuf_to_grpc: true }, "application/x-protobuf");
    stage.send(["h", "i"], [["x", "y"]]);
    expect(stage.request.body).toBe("hi");
  });

  test("leaves HTTP/2 and other requests alone", () => {
    for (const [type, protocol] of [["application/grpc", "HTTP/2"], ["application/json", "HTTP/1.1"]] as const) {
      const stage = call({}, type, protocol);
      stage.send([MESSAGE]);
      stage.reply(GRPC, [MESSAGE], [["grpc-status", "5"]]);
      expect([stage.response.head[0], stage.response.events.join("")]).toEqual([":status: 200", "HDT."]);
    }
  });
});
