import { Buffer } from "node:buffer";
import { BinaryWriter, WireType } from "@bufbuild/protobuf/wire";
import { describe, expect, test } from "vitest";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { loadReportIn } from "../../src/upstream/orca-report.ts";

const report = (value: string, name = "endpoint-load-metrics"): Record<string, number> | null => {
  const found = loadReportIn(HeaderBlock.of([[":status", "200"], [name, value]]));
  return found === null ? null : Object.fromEntries(found);
};

const bytes = new BinaryWriter().tag(1, WireType.Bit64).double(0.5).tag(3, WireType.Varint).uint64(7).tag(6, WireType.Bit64).double(100)
  .tag(8, WireType.LengthDelimited).fork().tag(1, WireType.LengthDelimited).string("foo").tag(2, WireType.Bit64).double(0.9).join().finish();
const base64 = Buffer.from(bytes).toString("base64");
const SAID = { cpu_utilization: 0.5, rps_fractional: 100, "named_metrics.foo": 0.9 };

describe("what a host says of its load:", () => {
  test.each<[string, string, Record<string, number> | null]>([
    ["text", "TEXT cpu_utilization=0.5, rps_fractional:100,named_metrics.foo=0.9", SAID],
    ["JSON", 'JSON {"cpu_utilization": 0.5, "rpsFractional": "100", "namedMetrics": {"foo": 0.9}, "rps": 7}', SAID],
    ["bytes", `BIN ${base64}`, SAID],
    ["a metric that comes twice", "TEXT eps=1,eps=2", null],
    ["a metric nobody knows", "TEXT cost=1", null],
    ["a map without a key", "TEXT utilization.=1", null],
    ["no value", "TEXT eps", null],
    ["a negative value", "TEXT eps=-1", null],
    ["no number", "TEXT eps=NaN", null],
    ["no form", "eps=1", null],
    ["broken JSON", "JSON {", null],
    ["JSON with a field that the message lacks", 'JSON {"x": 1}', null],
    ["bytes that are no message", "BIN //8=", null],
    ["no bytes", "BIN ", null],
  ])("%s", (_title, value, said) => {
    expect(report(value)).toEqual(said);
  });

  test("gRPC's header of bytes comes first", () => {
    expect(report(base64, "endpoint-load-metrics-bin")).toEqual(SAID);
    expect(loadReportIn(HeaderBlock.of([[":status", "200"], ["endpoint-load-metrics", "TEXT eps=1"], ["endpoint-load-metrics-bin", "!"]]))).toBeNull();
  });

  test("nothing", () => {
    expect(loadReportIn(HeaderBlock.of([[":status", "200"]]))).toBeNull();
  });
});
