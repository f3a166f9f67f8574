import { describe, expect, test } from "vitest";
import { pipeAddress } from "../../../src/platform/address.ts";
import type { Cluster } from "../../../src/schema/generated/envoy/config/cluster/v3.ts";
import type { HealthCheck_HttpHealthCheck, HealthCheck_TcpHealthCheck } from "../../../src/schema/generated/envoy/config/core/v3.ts";
import type { LbEndpoint } from "../../../src/schema/generated/envoy/config/endpoint/v3.ts";
import { grpcTimeoutText } from "../../../src/server/health/grpc-probe.ts";
import { probeOnce, type ProbeOptions } from "../../../src/server/health/probe.ts";
import type { Result } from "../../../src/server/health/result.ts";
import { targetsOf } from "../../../src/server/health/targets.ts";
import * as F from "../../../src/codec/http2-frames.ts";
import * as wire from "../../support/http2-wire.ts";
import { MemoryNetwork } from "../../support/memory-network.ts";

const TIMEOUT = { seconds: 2, nanos: 0 };
const host = (address = "127.0.0.1", port = 80): LbEndpoint => ({ endpoint: { address: { socket_address: { address, port_value: port } } } });

async function probe(network: MemoryNetwork, cluster: Cluster, endpoints: readonly LbEndpoint[] = [host()], options: Partial<ProbeOptions> = {}): Promise<Result[]> {
  const targets = targetsOf({ name: "c", load_assignment: { endpoints: [{ lb_endpoints: endpoints }] }, ...cluster }, new Map(), { report: () => undefined });
  const results = await network.after(probeOnce(targets, network, { timeoutMs: undefined, overallMs: 60_000, ...options }));
  expect(network.faults).toEqual([]);
  return results;
}

const http = (check: HealthCheck_HttpHealthCheck = {}): Cluster => ({ health_checks: [{ timeout: TIMEOUT, http_health_check: { path: "/ok", ...check } }] });
const tcp = (check: HealthCheck_TcpHealthCheck): Cluster => ({ health_checks: [{ timeout: TIMEOUT, tcp_health_check: check }] });
const answer = (status: string, body = "", ...headers: string[]): string => `HTTP/1.1 ${status}\r\ncontent-length: ${body.length}\r\n${headers.map((line) => `${line}\r\n`).join("")}\r\n${body}`;

describe("an HTTP check", () => {
  test("asks as Envoy does", async () => {
    const network = new MemoryNetwork();
    const sent = await network.serve(80, () => answer("200 OK"));
    const [result] = await probe(network, http({ request_headers_to_add: [{ header: { key: "X-A", value: "%HOSTNAME% %REQ(:path)%" } }], request_headers_to_remove: ["user-agent"] }));
    expect(result).toMatchObject({ status: "healthy", address: "127.0.0.1:80", check: "http /ok", reason: "", lasting: false });
    expect(sent).toEqual(["GET /ok HTTP/1.1\r\nhost: c\r\nx-a: here \r\n\r\n"]);
  });

  test("sends a payload with its length", async () => {
    const network = new MemoryNetwork();
    const sent = await network.serve(80, (received) => (received.endsWith("hi") ? answer("200 OK") : undefined));
    expect(await probe(network, http({ method: "POST", host: "h", send: { text: "6869" } }))).toMatchObject([{ status: "healthy" }]);
    expect(sent).toEqual(["POST /ok HTTP/1.1\r\nhost: h\r\nuser-agent: Envoy/HC\r\ncontent-length: 2\r\n\r\nhi"]);
  });

  test.each([
    [answer("200 OK", "", "x-envoy-degraded: true"), {}, "degraded", "degraded"],
    [answer("503 Service Unavailable"), {}, "unhealthy", "status 503, expected 200"],
    [answer("204 No Content").replace("content-length: 0\r\n", ""), { expected_statuses: [{ start: 200, end: 205 }, { start: 404, end: 405 }] }, "healthy", ""],
    [answer("500 Oh"), { expected_statuses: [{ start: 200, end: 205 }, { start: 404, end: 405 }] }, "unhealthy", "status 500, expected 200-204 or 404"],
    [answer("200 OK", "all is well"), { receive: [{ binary: "d2VsbA==" }] }, "healthy", ""],
    [answer("200 OK", "all is well"), { receive: [{ binary: "YmFk" }] }, "unhealthy", "status 200, but the body does not hold what is expected"],
    [answer("200 OK", "all is well"), { receive: [{ binary: "d2VsbA==" }], response_buffer_size: 8 }, "unhealthy", "the body does not hold"],
    [answer("200 OK", "", "x-envoy-upstream-healthchecked-cluster: mine"), { service_name_matcher: { prefix: "mi" } }, "healthy", ""],
    [answer("200 OK"), { service_name_matcher: { prefix: "mi" } }, "unhealthy", 'x-envoy-upstream-healthchecked-cluster is ""'],
    ["HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n2\r\nhi\r\n0\r\n\r\n", {}, "healthy", ""],
    ["SSH-2.0-dropbear\r\n", {}, "unhealthy", "not proper HTTP/1.1"],
  ])("answered %j, with %j, is %s", async (text, check, status, reason) => {
    const network = new MemoryNetwork();
    await network.serve(80, () => text);
    const [result] = await probe(network, http(check));
    expect(result?.status).toBe(status);
    expect(result?.reason).toContain(reason);
    if (reason === "") expect(result?.reason).toBe("");
  });

  test("without an answer in time says how long it waited", async () => {
    const network = new MemoryNetwork();
    await network.serve(80, () => "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\nab");
    expect(await probe(network, http())).toMatchObject([{ status: "unhealthy", reason: "no answer within 2000 ms", latencyMs: 2000 }]);
    expect(await probe(network, http(), [host()], { timeoutMs: 300 })).toMatchObject([{ reason: "no answer within 300 ms" }]);
    expect(await probe(network, http(), [host("192.0.2.1")])).toMatchObject([{ reason: "no connection within 2000 ms" }]);
  });

  test("whose connection ends early says so", async () => {
    const network = new MemoryNetwork();
    await network.serve(80, (_, conn) => {
      conn.close();
      return undefined;
    });
    await network.serve(81, (_, conn) => {
      conn.reset();
      return undefined;
    });
    const results = await probe(network, http(), [host(), host("127.0.0.1", 81), host("127.0.0.1", 82)]);
    expect(results.map((result) => result.reason)).toEqual(["the connection was closed before the answer was whole", "the connection was reset", "connection refused"]);
  });
});

describe("a TCP check", () => {
  test("that expects nothing only connects", async () => {
    const network = new MemoryNetwork();
    const sent = await network.serve(80, () => undefined);
    expect(await probe(network, tcp({ send: { text: "6869" } }))).toMatchObject([{ status: "healthy", check: "tcp connect" }]);
    expect(await probe(network, {})).toMatchObject([{ status: "healthy", check: "tcp connect" }]);
    expect(sent).toEqual(["", ""]);
  });

  test("sends, and waits for all the pieces", async () => {
    const network = new MemoryNetwork();
    const sent = await network.serve(pipeAddress("/run/s"), (received, conn) => {
      conn.write(Buffer.from("-p"), 0, 2);
      return received === "ping" ? "ong-" : undefined;
    });
    const endpoint: LbEndpoint = { endpoint: { address: { pipe: { path: "/run/s" } } } };
    expect(await probe(network, tcp({ send: { text: "70696e67" }, receive: [{ text: "706f" }, { text: "67" }] }), [endpoint])).toMatchObject([{ status: "healthy", host: "/run/s" }]);
    expect(sent).toEqual(["ping"]);
  });

  test("that gets something else in time is unhealthy", async () => {
    const network = new MemoryNetwork();
    await network.serve(80, () => "no");
    const results = await probe(network, tcp({ send: { text: "70" }, receive: [{ text: "6f6b" }] }));
    expect(results).toMatchObject([{ status: "unhealthy", reason: "what came (2 bytes) did not hold what is expected within 2000 ms" }]);
  });
});

describe("names", () => {
  test("of a STRICT_DNS cluster stand for all their addresses, of a LOGICAL_DNS cluster for the first", async () => {
    const network = new MemoryNetwork();
    network.resolver.set("a.example", ["127.0.0.1", "127.0.0.2"]);
    await network.serve(80, () => undefined);
    expect(await probe(network, { type: "STRICT_DNS" }, [host("a.example")])).toMatchObject([
      { host: "a.example:80", address: "127.0.0.1:80", status: "healthy" }, { host: "a.example:80", address: "127.0.0.2:80", status: "unhealthy" },
    ]);
    expect(await probe(network, { type: "LOGICAL_DNS" }, [host("a.example")])).toMatchObject([{ address: "127.0.0.1:80" }]);
  });

  test("that do not resolve are unhealthy", async () => {
    const network = new MemoryNetwork();
    expect(await probe(network, { type: "STRICT_DNS" }, [host("b.example")])).toMatchObject([{ status: "unhealthy", address: "", latencyMs: null, reason: "the name does not resolve: b.example: ENOTFOUND" }]);
  });
});

describe("a gRPC check", () => {
  const HEAD = [[":status", "200"], ["content-type", "application/grpc"]] as const;
  const begin = wire.headers(1, HEAD, F.END_HEADERS);
  const message = (text: string): Buffer => wire.data(1, `\0\0\0\0${String.fromCharCode(text.length)}${text}`);
  const end = (status: string, ...more: (readonly [string, string])[]): Buffer => wire.headers(1, [["grpc-status", status], ...more]);
  const grpc: Cluster = { health_checks: [{ timeout: TIMEOUT, grpc_health_check: { service_name: "a.B" } }] };

  test.each<[string, Buffer[], string, string]>([
    ["SERVING", [begin, message("\x08\x01"), end("0")], "healthy", ""],
    ["SERVING, with a field nobody knows", [begin, message("\x12\x01x\x08\x01"), end("0")], "healthy", ""],
    ["NOT_SERVING", [begin, message("\x08\x02"), end("0")], "unhealthy", "the service is NOT_SERVING"],
    ["no message", [begin, end("0")], "unhealthy", "grpc-status 0, but no message"],
    ["a message that is none", [begin, message("\x08")], "unhealthy", "grpc-status 13: the message is not a HealthCheckResponse"],
    ["two messages", [begin, message("\x08\x01"), message("\x08\x01")], "unhealthy", "grpc-status 13: more than one message came"],
    ["trailers alone", [wire.headers(1, [...HEAD, ["grpc-status", "5"], ["grpc-message", "unknown service"]])], "unhealthy", "grpc-status 5: unknown service"],
    ["HTTP's word", [wire.headers(1, [[":status", "503"]])], "unhealthy", "grpc-status 14: HTTP status 503"],
    ["another protocol's answer", [wire.headers(1, [[":status", "200"], ["content-type", "text/html"]], F.END_HEADERS)], "unhealthy", "the answer is not gRPC's"],
    ["no trailers", [begin, wire.data(1, "", F.END_STREAM)], "unhealthy", "the answer ended without trailers"],
    ["a reset", [wire.reset(1, F.CANCEL)], "unhealthy", "the host broke the call off"],
    ["nothing", [], "unhealthy", "no answer within 2000 ms"],
  ])("answered with %s", async (_what, frames, status, reason) => {
    const network = new MemoryNetwork();
    let answered = false;
    const sent = await network.serve(80, (received) => {
      if (answered || !received.includes("a.B")) return undefined;
      answered = true;
      return Buffer.concat([wire.settings(), wire.SETTINGS_ACK, ...frames]).toString("latin1");
    });
    const [result] = await probe(network, grpc);
    expect(result).toMatchObject({ status, check: "grpc a.B" });
    expect(result?.reason).toContain(reason);
    expect(sent[0]).toContain("\0\0\0\0\x05\n\x03a.B");
  });

  test("finds a host that refuses", async () => {
    expect(await probe(new MemoryNetwork(), grpc)).toMatchObject([{ status: "unhealthy", reason: "connection refused" }]);
  });

  test("says the time it has in at most eight digits", () => {
    expect([300, 99_999_999, 100_000_000, 6_000_000_000_000, 4e17].map(grpcTimeoutText)).toEqual(["300m", "99999999m", "100000S", "1666666H", "99999999H"]);
  });
});

test("a host that passes is unhealthy all the same where its health_status says so", async () => {
  const network = new MemoryNetwork();
  await network.serve(80, () => undefined);
  expect(await probe(network, {}, [{ ...host(), health_status: "DRAINING" }])).toMatchObject([{ status: "unhealthy", reason: "passes its check, but its health_status is DRAINING" }]);
});

test("what is not done here yet is unknown for each host, and nothing is dialed", async () => {
  const network = new MemoryNetwork();
  const sent = await network.serve(80, () => undefined);
  const results = await probe(network, { health_checks: [{ http_health_check: { path: "/", codec_client_type: "HTTP2" } }] }, [host(), host()]);
  expect(results).toMatchObject([{ status: "unknown", lasting: true, check: "http2 /" }, { status: "unknown" }]);
  expect(sent).toEqual([]);
});

test("many hosts are checked side by side within one bound; order is kept", async () => {
  const network = new MemoryNetwork();
  const hosts = Array.from({ length: 300 }, (_, i) => host("192.0.2.7", i + 1));
  const started = network.clock.now();
  const results = await probe(network, tcp({}), hosts, { overallMs: 5000 });
  expect(network.clock.now() - started).toBeLessThanOrEqual(5100);
  expect(results.map((result) => result.host)).toEqual(hosts.map((_, i) => `192.0.2.7:${i + 1}`));
  expect(results[0]?.reason).toBe("no connection within 2000 ms");
  expect(results[299]?.reason).toBe("time was up before it could be checked");
});
