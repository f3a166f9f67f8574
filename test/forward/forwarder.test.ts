import { expect, test } from "vitest";
import { nameId } from "../../src/http/names.ts";
import { ForwardStage } from "../support/forwarding.ts";

const PLAIN = "route: { cluster: u, timeout: 1s }";

test("a request goes to the upstream and its response comes back", () => {
  const stage = new ForwardStage(PLAIN);
  const { handle } = stage.get();
  expect(stage.cluster.stream.sent).toEqual(["GET a.test/ end"]);
  stage.clock.advance(7);
  stage.cluster.stream.respond(200, [["x-a", "1"]], "hello");
  expect(handle.heard).toEqual(["200", "hello end"]);
  expect(handle.response?.get(nameId("x-envoy-upstream-service-time"))).toBe("7");
  expect([stage.count("upstream_rq_200"), stage.host("rq_success"), stage.clock.pending]).toEqual([1, 1, 0]);
});

test("body that comes before there is a connection is sent once there is one, and the client waits meanwhile", () => {
  const stage = new ForwardStage(PLAIN);
  stage.cluster.connections = "wait";
  const { handle, data } = stage.post();
  handle.bufferLimit = 4;
  data("abc", false);
  expect(handle.pauses).toBe(0);
  data("def", true);
  expect(handle.pauses).toBe(1);
  stage.cluster.connect();
  expect(stage.cluster.stream.sent).toEqual(["POST a.test/", "abc", "def end"]);
  expect(handle.pauses).toBe(0);
});

test("trailers follow what came early", () => {
  const stage = new ForwardStage(PLAIN);
  stage.cluster.connections = "wait";
  const { filter, handle, data } = stage.post();
  data("abc", false);
  filter.decodeTrailers?.(handle.requestHeaders);
  stage.cluster.connect();
  expect(stage.cluster.stream.sent).toEqual(["POST a.test/", "abc", "trailers end"]);
});

test("an upstream that takes no more stops the client, a client that takes no more stops the upstream", () => {
  const stage = new ForwardStage(PLAIN);
  const { handle, data } = stage.post();
  data("a", false);
  const { stream } = stage.cluster;
  stream.block(true);
  expect(handle.pauses).toBe(1);
  stream.block(false);
  expect(handle.pauses).toBe(0);
  handle.blocked(true);
  expect(stream.paused).toBe(0); // nothing to stop before the response
  stream.begin(200);
  expect(stream.paused).toBe(1);
  handle.blocked(false);
  expect(stream.paused).toBe(0);
  expect([stage.count("upstream_flow_control_backed_up_total"), stage.count("upstream_flow_control_drained_total")]).toEqual([1, 1]);
});

test("the route's timeout runs from the end of the request", () => {
  const stage = new ForwardStage(PLAIN);
  const { handle, data } = stage.post();
  stage.clock.advance(5000);
  data("a", true);
  stage.clock.advance(999);
  expect(handle.heard).toEqual([]);
  stage.clock.advance(1);
  expect(handle.heard).toEqual(["504 upstream request timeout (response_timeout)"]);
  expect([handle.info.flags, stage.cluster.stream.wasReset]).toEqual([["UT"], true]);
  expect([stage.count("upstream_rq_timeout"), stage.host("rq_timeout"), stage.host("rq_error")]).toEqual([1, 1, 1]);
});

test("a timeout after the response has begun breaks the stream off", () => {
  const stage = new ForwardStage(PLAIN);
  const { handle } = stage.get();
  stage.cluster.stream.begin(200);
  stage.clock.advance(1000);
  expect(handle.heard).toEqual(["200", "reset response_timeout"]);
});

test("x-envoy-upstream-rq-timeout-alt-response turns a timeout into 204", () => {
  const stage = new ForwardStage(PLAIN);
  const { handle } = stage.get(["x-envoy-upstream-rq-timeout-alt-response", "1"]);
  stage.clock.advance(1000);
  expect(handle.heard).toEqual(["204  (response_timeout)"]);
  expect([stage.count("upstream_rq_204"), stage.host("rq_error")]).toEqual([1, 1]);
});

test("headers that steer the router do not reach the upstream, whether or not there is a retry policy", () => {
  const stage = new ForwardStage(PLAIN);
  stage.get(
    ["x-envoy-max-retries", "2"], ["x-envoy-retriable-status-codes", "418"], ["x-envoy-retriable-header-names", "x-b"], ["x-envoy-upstream-stream-duration-ms", "100"],
    ["x-envoy-hedge-on-per-try-timeout", "true"], ["x-envoy-upstream-rq-per-try-timeout-ms", "x"], ["x-envoy-upstream-alt-stat-name", "alt"], ["x-keep", "1"],
  );
  const seen: string[] = [];
  stage.cluster.stream.headers?.forEach((name) => seen.push(name));
  expect(seen.filter((name) => name.startsWith("x-") && name !== "x-forwarded-proto")).toEqual(["x-keep", "x-envoy-expected-rq-timeout-ms"]);
});

test("an exchange lasts no longer than the cluster's max_stream_duration, or the request's own", () => {
  const stage = new ForwardStage(PLAIN);
  stage.cluster.maxStreamDurationMs = 300;
  const { handle } = stage.get();
  stage.clock.advance(300);
  expect(handle.heard).toEqual(["504 upstream max stream duration reached (upstream_max_stream_duration_reached)"]);
  expect([handle.info.flags, stage.count("upstream_rq_max_duration_reached")]).toEqual([["UMSDR"], 1]);
  const slow = stage.post(["x-envoy-upstream-stream-duration-ms", "100"]);
  stage.clock.advance(100);
  expect(slow.handle.heard).toEqual(["408 upstream max stream duration reached (upstream_max_stream_duration_reached)"]);
});

test("strict_check_headers refuses what makes no sense", () => {
  const stage = new ForwardStage(PLAIN, { router: { strict_check_headers: ["x-envoy-max-retries", "x-envoy-retry-on"] } });
  const { handle } = stage.get(["x-envoy-max-retries", "many"]);
  expect(handle.heard).toEqual(["400 invalid header 'x-envoy-max-retries' with value 'many' (request_headers_failed_strict_check{x-envoy-max-retries})"]);
  expect(handle.info.flags).toEqual(["IH"]);
  expect(stage.get(["x-envoy-retry-on", "unavailable"]).handle.info.flags).toEqual(["IH"]);
  expect(stage.get(["x-envoy-retry-on", "5xx, reset"]).handle.info.flags).toEqual([]);
});

test("of a gRPC exchange the status decides what counts as the host's success", () => {
  const outcome = (play: (stage: ForwardStage) => void): string => {
    const stage = new ForwardStage(PLAIN);
    stage.get(["content-type", "application/grpc"]);
    play(stage);
    return `${stage.host("rq_success")} ${stage.host("rq_error")}`;
  };
  expect(outcome(({ cluster }) => cluster.stream.respond(200, [["grpc-status", "5"]]))).toBe("1 0");
  expect(outcome(({ cluster }) => cluster.stream.respond(200, [["grpc-status", "14"]]))).toBe("0 1");
  expect(outcome(({ cluster }) => { cluster.stream.begin(200); cluster.stream.trailers([["grpc-status", "0"]]); })).toBe("1 0");
  expect(outcome(({ cluster }) => { cluster.stream.begin(200); cluster.stream.trailers([["grpc-status", "13"]]); })).toBe("0 1");
  expect(outcome(({ cluster }) => { cluster.stream.begin(200); cluster.stream.data("x", true); })).toBe("0 1");
  expect(outcome(({ cluster }) => { cluster.stream.begin(200); cluster.stream.fail("remote reset"); })).toBe("0 1");
});

test("a gRPC request's timeout is told in grpc-timeout where the route has max_grpc_timeout", () => {
  const stage = new ForwardStage("route: { cluster: u, max_grpc_timeout: 2s }");
  stage.get(["content-type", "application/grpc"], ["grpc-timeout", "5S"]);
  expect(stage.cluster.stream.headers?.get(nameId("grpc-timeout"))).toBe("2000m");
});

test("virtual clusters and routes with a stat_prefix count what their requests come to; the catch-all has no name in the log", () => {
  const stage = new ForwardStage("stat_prefix: r\nroute: { cluster: u }", { host: "virtual_clusters: [{ name: v, headers: [{ name: x-v, present_match: true }] }]" });
  const { handle } = stage.get(["x-v", "1"]);
  stage.cluster.stream.respond(503);
  expect(handle.info.virtualCluster).toBe("v");
  expect(["vcluster.v", "route.r"].map((scope) => stage.stats.value(`vhost.all.${scope}.upstream_rq_503`))).toEqual([1, 1]);
  expect(["vcluster.v", "route.r"].map((scope) => stage.stats.value(`vhost.all.${scope}.upstream_rq_total`))).toEqual([1, 1]);
  const other = stage.get();
  stage.cluster.stream.respond(200);
  expect(other.handle.info.virtualCluster).toBe("");
  expect(stage.stats.value("vhost.all.vcluster.other.upstream_rq_2xx")).toBe(1);
});

test("x-envoy-upstream-alt-stat-name counts under that name too", () => {
  const stage = new ForwardStage(PLAIN);
  stage.get(["x-envoy-upstream-alt-stat-name", "alt"]);
  stage.cluster.stream.respond(200);
  expect([stage.count("alt.upstream_rq_200"), stage.count("upstream_rq_200"), stage.count("alt.external.upstream_rq_2xx")]).toEqual([1, 1, 1]);
});

test("nothing is left of a stream that is destroyed", () => {
  const stage = new ForwardStage(PLAIN);
  stage.cluster.connections = "wait";
  stage.get().filter.onDestroy?.();
  expect([stage.cluster.cancelled, stage.clock.pending]).toEqual([1, 0]);
});
