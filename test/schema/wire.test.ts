import { expect, test } from "vitest";
import { Findings } from "../../src/diagnostics/findings.ts";
import { Origins } from "../../src/diagnostics/origins.ts";
import { decodeBinary } from "../../src/schema/binary-decode.ts";
import { encodeBinary } from "../../src/schema/binary-encode.ts";
import { WIRE } from "../../src/schema/wire.ts";

test("gRPC health checks are written and read", () => {
  expect([...encodeBinary("grpc.health.v1.HealthCheckRequest", { service: "a" }, WIRE)]).toEqual([10, 1, 97]);
  const origins = new Origins();
  const options = { origins, diagnostics: new Findings(origins), label: "answer", table: WIRE };
  expect(decodeBinary("grpc.health.v1.HealthCheckResponse", Uint8Array.from([8, 1]), options)).toEqual({ status: "SERVING" });
});

test("the collectors of OTLP are known", () => {
  expect(WIRE.message("opentelemetry.proto.collector.trace.v1.ExportTraceServiceRequest")?.fields.map((f) => f.name)).toEqual(["resource_spans"]);
});
