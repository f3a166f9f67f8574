import { describe, expect, test } from "vitest";
import { grpcStats } from "../../../src/extensions/http/grpc-stats.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { GrpcCall } from "../../support/grpc-call.ts";

httpFilterSuite("grpc_stats", () => ({ entry: filterEntry(grpcStats, { stats_for_all_methods: true }) }));

const MESSAGE = "\0\0\0\0\x02hi";
const GRPC = [[":status", "200"], ["content-type", "application/grpc"]] as const;
const NAMES = ["0", "success", "failure", "total", "request_message_count", "response_message_count"];

function call(config: object, path = "/pkg.Svc/One", headers: readonly (readonly [string, string])[] = [["content-type", "application/grpc+proto"]]): GrpcCall {
  const stage = new GrpcCall(grpcStats, config, path, headers, "HTTP/2");
  stage.send([MESSAGE.slice(0, 4), MESSAGE.slice(4) + MESSAGE]);
  return stage;
}

const counts = (stage: GrpcCall, prefix: string): number[] => NAMES.map((name) => stage.count(prefix + name));

describe("grpc_stats", () => {
  test.each([
    ["together", {}, "grpc."],
    ["each method", { stats_for_all_methods: true }, "grpc.pkg.Svc.One."],
    ["each method without dots", { stats_for_all_methods: true, replace_dots_in_grpc_service_name: true }, "grpc.pkg_Svc.One."],
    ["a listed method", { individual_method_stats_allowlist: { services: [{ name: "pkg.Svc", method_names: ["One"] }] } }, "grpc.pkg.Svc.One."],
    ["a method that is not listed", { individual_method_stats_allowlist: { services: [{ name: "pkg.Svc", method_names: ["Two"] }] } }, "grpc."],
  ])("counts calls and messages: %s", (_what, config, prefix) => {
    const stage = call(config);
    stage.reply(GRPC, [MESSAGE, MESSAGE, MESSAGE], [["grpc-status", "0"]]);
    expect(counts(stage, prefix)).toEqual([1, 1, 0, 1, 2, 3]);
  });

  test("counts an answer of trailers alone, and statuses nobody knows", () => {
    const stage = call({});
    stage.reply([...GRPC, ["grpc-status", "77"]], []);
    expect([counts(stage, "grpc."), stage.count("grpc.77")]).toEqual([[0, 0, 1, 1, 2, 0], 1]);
  });

  test.each(["/", "/One", "/a/b/c"])("counts nothing where the path is %s", (path) => {
    const stage = call({}, path);
    stage.reply(GRPC, [MESSAGE], [["grpc-status", "0"]]);
    expect(counts(stage, "grpc.")).toEqual([0, 0, 0, 0, 0, 0]);
  });

  test("Connect's streams end with a frame that says how they went", () => {
    for (const [end, success] of [["{}", 1], [`{"error":{}}`, 0], ["[", 0]] as const) {
      const stage = call({}, "/pkg.Svc/One", [["content-type", "application/connect+json"]]);
      stage.reply([[":status", "200"], ["content-type", "application/connect+json"]], [MESSAGE, `\x02\0\0\0${String.fromCharCode(end.length)}${end}`]);
      expect(counts(stage, "grpc.")).toEqual([0, success, 1 - success, 1, 2, 1]);
    }
  });

  test("Connect's unary calls are one message each way", () => {
    const stage = call({}, "/pkg.Svc/One", [["content-type", "application/json"], ["connect-protocol-version", "1"]]);
    stage.reply([[":status", "200"]], ["a", "b"]);
    expect(counts(stage, "grpc.")).toEqual([0, 1, 0, 1, 1, 1]);
  });
});
