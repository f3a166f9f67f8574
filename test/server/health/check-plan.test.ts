import { describe, expect, test } from "vitest";
import type { Cluster } from "../../../src/schema/generated/envoy/config/cluster/v3.ts";
import type { HealthCheck } from "../../../src/schema/generated/envoy/config/core/v3.ts";
import { type CheckPlan, compileCheck } from "../../../src/server/health/check-plan.ts";

function compiled(cluster: Cluster): { readonly plan: CheckPlan; readonly messages: readonly string[] } {
  const messages: string[] = [];
  const plan = compileCheck({ name: "c", ...cluster }, { report: (finding) => void messages.push(finding.message) });
  return { plan, messages };
}

const checked = (check: HealthCheck, cluster: Cluster = {}): ReturnType<typeof compiled> => compiled({ ...cluster, health_checks: [{ timeout: { seconds: 2, nanos: 0 }, ...check }] });
const TLS = { name: "tls", typed_config: { "@type": "type.googleapis.com/envoy.extensions.transport_sockets.tls.v3.UpstreamTlsContext" } };
const RAW = { name: "raw", typed_config: { "@type": "type.googleapis.com/envoy.extensions.transport_sockets.raw_buffer.v3.RawBuffer" } };

describe("without a health check", () => {
  test("it is a TCP connect within connect_timeout, by default 5 s", () => {
    expect(compiled({}).plan).toMatchObject({ kind: "tcp", label: "tcp connect", timeoutMs: 5000, receive: [], note: "" });
    expect(compiled({ connect_timeout: { seconds: 0, nanos: 250_000_000 } }).plan).toMatchObject({ timeoutMs: 250 });
  });

  test("what was not spoken is said of a host that only connects", () => {
    expect(compiled({ transport_socket: TLS }).plan).toMatchObject({ kind: "tcp", note: "connected; TLS was not spoken" });
    expect(compiled({ transport_socket: RAW }).plan).toMatchObject({ note: "" });
  });
});

describe("an HTTP check", () => {
  test("is a GET for the cluster's name that expects 200", () => {
    expect(checked({ http_health_check: { path: "/ok" } }).plan).toMatchObject({ kind: "http", label: "http /ok", timeoutMs: 2000, method: "GET", path: "/ok", host: "c", expected: [[200, 201]], searchBytes: 1024 });
  });

  test("takes method, host, ranges and payloads", () => {
    const { plan, messages } = checked({
      http_health_check: {
        path: "/ok", host: "h", method: "POST", send: { text: "6869" }, receive: [{ binary: "b2s=" }, { binary: "" }], response_buffer_size: 0,
        expected_statuses: [{ start: 200, end: 300 }, { start: "404", end: "405" }],
      },
    });
    expect(plan).toMatchObject({ label: "http POST /ok", host: "h", expected: [[200, 300], [404, 405]], receive: [Buffer.from("ok")], searchBytes: 16 << 20, body: Buffer.from("hi") });
    expect(messages).toEqual([]);
  });

  test("leaves out what Envoy refuses", () => {
    const { plan, messages } = checked({ http_health_check: { path: "/", receive: [{ text: "xyz" }], request_headers_to_add: [{ header: { key: "host", value: "x" } }] } });
    expect(plan).toMatchObject({ receive: [] });
    expect(messages).toEqual([expect.stringContaining("may not be modified")]);
  });
});

describe("a TCP check", () => {
  test("sends text and looks for pieces; a binary payload is not sent, as in Envoy", () => {
    expect(checked({ tcp_health_check: { send: { text: "70" }, receive: [{ text: "71" }] } }).plan).toMatchObject({ label: "tcp send/receive", send: Buffer.from("p"), receive: [Buffer.from("q")] });
    expect(checked({ tcp_health_check: { send: { binary: "cA==" }, receive: [{ text: "71" }] } }).plan).toMatchObject({ send: Buffer.alloc(0), note: expect.stringContaining("send.binary is not sent") });
  });
});

test("a gRPC check asks for the server, or for a service, as the cluster or as an authority", () => {
  expect(checked({ grpc_health_check: {} }, { name: "c" }).plan).toMatchObject({ kind: "grpc", label: "grpc", service: "", authority: "c" });
  expect(checked({ grpc_health_check: { service_name: "a.B", authority: "who" } }).plan).toMatchObject({ label: "grpc a.B", service: "a.B", authority: "who" });
});

test("what is not done here yet says so", () => {
  const reason = (check: HealthCheck, cluster: Cluster = {}): unknown => checked(check, cluster).plan;
  expect(reason({ grpc_health_check: {} }, { transport_socket: TLS })).toEqual({ kind: "undone", label: "grpc", reason: "health checks over TLS are not done here yet" });
  expect(reason({ http_health_check: { path: "/", codec_client_type: "HTTP2" } })).toMatchObject({ kind: "undone", reason: "health checks over HTTP/2 are not done here yet" });
  expect(reason({ http_health_check: { path: "/" } }, { transport_socket: TLS })).toMatchObject({ kind: "undone", reason: "health checks over TLS are not done here yet" });
  expect(reason({ http_health_check: { path: "/" } }, { transport_socket_matches: [{ name: "m", transport_socket: TLS }] })).toMatchObject({ kind: "undone" });
  expect(reason({ custom_health_check: { name: "envoy.health_checkers.redis" } })).toMatchObject({ kind: "undone", label: "redis" });
  expect(reason({ tcp_health_check: { proxy_protocol_config: {} } })).toMatchObject({ kind: "undone", reason: expect.stringContaining("PROXY protocol") });
});
