import { expect, test } from "vitest";
import { nameId } from "../../src/http/names.ts";
import { ForwardStage } from "../support/forwarding.ts";

const on = (policy: string, more = ""): string => `route: { cluster: u, timeout: 10s, retry_policy: { ${policy} } ${more} }`;

test("a bad response is followed by another attempt after the back-off, and the client sees only the last", () => {
  const stage = new ForwardStage(on("retry_on: 5xx"));
  const { handle } = stage.get();
  stage.cluster.stream.respond(503, [], "bad");
  expect([handle.heard.length, stage.cluster.streams.length, stage.held]).toEqual([0, 1, 1]);
  stage.clock.advance(25);
  expect(stage.cluster.streams.length).toBe(2);
  stage.cluster.stream.respond(200, [], "good");
  expect(handle.heard).toEqual(["200", "good end"]);
  expect([handle.info.attempts, handle.info.flags, stage.held]).toEqual([2, [], 0]);
  expect(["upstream_rq_retry", "upstream_rq_retry_success", "upstream_rq_retry_backoff_exponential", "retry.upstream_rq_503", "upstream_rq_200"].map((name) => stage.count(name))).toEqual([1, 1, 1, 1, 1]);
  expect(stage.count("upstream_rq_503")).toBe(0);
});

test("a body that is still coming is broken off before the next attempt", () => {
  const stage = new ForwardStage(on("retry_on: 5xx"));
  stage.get();
  const { stream } = stage.cluster;
  stream.begin(500);
  expect(stream.wasReset).toBe(true);
});

test("the retries of a policy run out: the last response goes on with URX", () => {
  const stage = new ForwardStage(on("retry_on: 5xx, num_retries: 2"));
  const { handle } = stage.get();
  for (let i = 0; i < 3; i++) {
    stage.cluster.stream.respond(503);
    stage.clock.advance(250);
  }
  expect(handle.heard).toEqual(["503 end"]);
  expect([handle.info.flags, handle.info.attempts, stage.count("upstream_rq_retry_limit_exceeded"), stage.held]).toEqual([["URX"], 3, 1, 0]);
});

test("a reset is retried too, and the answer says so when none helps", () => {
  const stage = new ForwardStage(on("retry_on: reset"));
  const { handle } = stage.get();
  stage.cluster.stream.fail("connection termination");
  stage.clock.advance(25);
  stage.cluster.stream.fail("remote reset", "why");
  expect(handle.heard).toEqual(["503 upstream connect error or disconnect/reset before headers. retried and the latest reset reason: remote reset (upstream_reset_before_response_started{remote_reset|why})"]);
  expect(handle.info.flags).toEqual(["URX", "UR"]);
});

test("nothing is retried once the response has begun, interim ones included", () => {
  const stage = new ForwardStage(on("retry_on: 5xx"));
  const first = stage.get();
  stage.cluster.stream.begin(200);
  stage.cluster.stream.fail("remote reset");
  expect(first.handle.heard).toEqual(["200", "reset upstream_reset_after_response_started{remote_reset}"]);
  const second = stage.get();
  stage.cluster.stream.informational(100);
  stage.cluster.stream.respond(503);
  expect(second.handle.heard).toEqual(["100", "503 end"]);
});

test("the circuit breaker's max_retries holds for all requests together", () => {
  const stage = new ForwardStage(on("retry_on: 5xx"));
  stage.cluster.mostRetries = 1;
  const first = stage.get();
  stage.cluster.stream.respond(503);
  const second = stage.get();
  stage.cluster.stream.respond(503);
  expect([second.handle.heard, second.handle.info.flags, stage.count("upstream_rq_retry_overflow")]).toEqual([["503 end"], ["UO"], 1]);
  first.filter.onDestroy?.();
  expect([stage.held, stage.clock.pending]).toEqual([0, 0]);
});

test("a body is sent again with each attempt, whole", () => {
  const stage = new ForwardStage(on("retry_on: 5xx"));
  const { data, handle, filter } = stage.post();
  data("ab", false);
  stage.cluster.stream.fail("remote reset");
  data("cd", false);
  stage.clock.advance(25);
  expect(stage.cluster.stream.sent).toEqual(["POST a.test/", "ab", "cd"]);
  data("ef", false);
  filter.decodeTrailers?.(handle.requestHeaders);
  expect(stage.cluster.stream.sent).toEqual(["POST a.test/", "ab", "cd", "ef", "trailers end"]);
  stage.cluster.stream.respond(200);
  expect(handle.heard).toEqual(["200 end"]);
});

test("a body above the limit is forwarded but not kept: no retry", () => {
  const stage = new ForwardStage(`request_body_buffer_limit: 3\n${on("retry_on: 5xx")}`);
  const { data, handle } = stage.post();
  data("ab", false);
  data("cd", true);
  expect([stage.cluster.stream.sent.at(-1), stage.count("retry_or_shadow_abandoned")]).toEqual(["cd end", 1]);
  stage.cluster.stream.respond(503);
  expect([handle.heard, handle.info.flags]).toEqual([["503 end"], []]);
});

test("a body above the limit while a retry waits is the end of the request", () => {
  const stage = new ForwardStage(`request_body_buffer_limit: 3\n${on("retry_on: 5xx")}`);
  const { data, handle } = stage.post();
  data("ab", false);
  stage.cluster.stream.fail("remote reset");
  data("cd", true);
  expect(handle.heard).toEqual(["507 exceeded request buffer limit while retrying upstream (request_payload_exceeded_retry_buffer_limit)"]);
  stage.clock.advance(1000);
  expect([stage.cluster.streams.length, stage.held]).toEqual([1, 0]);
});

test("per_try_timeout ends an attempt; the route's timeout goes on over all of them", () => {
  const stage = new ForwardStage("route: { cluster: u, timeout: 1s, retry_policy: { retry_on: 5xx, num_retries: 9, per_try_timeout: 0.4s, retry_back_off: { base_interval: 0.001s } } }");
  const { handle } = stage.get();
  stage.clock.advance(400);
  expect([stage.cluster.streams[0]?.wasReset, stage.count("upstream_rq_per_try_timeout"), stage.host("rq_timeout")]).toEqual([true, 1, 1]);
  stage.clock.advance(1);
  expect(stage.cluster.streams.length).toBe(2);
  stage.clock.advance(600);
  expect(handle.heard).toEqual(["504 upstream request timeout (response_timeout)"]);
});

test("per-try timeouts run from the end of the request, and from the connection where that is later", () => {
  const stage = new ForwardStage(on("per_try_timeout: 0.4s"));
  stage.cluster.connections = "wait";
  const { handle } = stage.get();
  stage.clock.advance(1000);
  expect(handle.heard).toEqual([]);
  stage.cluster.connect();
  stage.clock.advance(400);
  expect(handle.heard).toEqual(["504 upstream request timeout (upstream_per_try_timeout)"]);
  expect(handle.info.flags).toEqual(["UT"]);
});

test("per_try_idle_timeout begins anew with each sign of life", () => {
  const stage = new ForwardStage(on("per_try_idle_timeout: 0.1s"));
  const { handle } = stage.get();
  stage.clock.advance(90);
  stage.cluster.stream.begin(200);
  stage.clock.advance(90);
  stage.cluster.stream.data("a", false);
  stage.clock.advance(100);
  expect(handle.heard).toEqual(["200", "a", "reset upstream_per_try_idle_timeout"]);
  expect(stage.count("upstream_rq_per_try_idle_timeout")).toBe(1);
});

test("each attempt is told its number, whether the last one timed out, and the time that is left", () => {
  const stage = new ForwardStage(on("retry_on: 5xx, per_try_timeout: 8s, retry_back_off: { base_interval: 0.001s }"), {
    host: "include_request_attempt_count: true\ninclude_attempt_count_in_response: true\ninclude_is_timeout_retry_header: true",
  });
  const { handle } = stage.get();
  const told = (): (string | null | undefined)[] => ["x-envoy-attempt-count", "x-envoy-is-timeout-retry", "x-envoy-expected-rq-timeout-ms"].map((name) => stage.cluster.stream.headers?.get(nameId(name)));
  expect(told()).toEqual(["1", null, "8000"]);
  stage.clock.advance(8001);
  expect(told()).toEqual(["2", "true", "2000"]);
  stage.cluster.stream.respond(200);
  expect(handle.response?.get(nameId("x-envoy-attempt-count"))).toBe("2");
});

test("hedging makes a second attempt beside a slow one; the first good response counts, and the other is dropped", () => {
  const stage = new ForwardStage(on("retry_on: 5xx, num_retries: 1, per_try_timeout: 0.1s, retry_back_off: { base_interval: 0.001s }", ", hedge_policy: { hedge_on_per_try_timeout: true }"));
  const { handle } = stage.get();
  stage.clock.advance(101);
  const [slow, second] = stage.cluster.streams;
  expect([slow?.wasReset, stage.cluster.streams.length]).toEqual([false, 2]);
  second?.respond(503); // the first may still answer
  expect(handle.heard).toEqual([]);
  slow?.respond(200);
  expect(handle.heard).toEqual(["200 end"]);
  expect(handle.info.upstreamHost).toEqual(slow?.host.address);
});

test("hedging: all attempts bad, the last one goes to the client", () => {
  const stage = new ForwardStage(on("retry_on: 5xx, num_retries: 1, per_try_timeout: 0.1s, retry_back_off: { base_interval: 0.001s }", ", hedge_policy: { hedge_on_per_try_timeout: true }"));
  const { handle } = stage.get();
  stage.clock.advance(101);
  stage.cluster.streams[0]?.respond(503);
  expect(handle.heard).toEqual([]);
  stage.cluster.streams[1]?.respond(500);
  expect([handle.heard, handle.info.flags]).toEqual([["500 end"], ["URX"]]);
});

test("previous_hosts keeps retries away from hosts that were tried, for as many choices as are allowed", () => {
  const predicate = "retry_host_predicate: [{ name: p, typed_config: { \"@type\": type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate } }]";
  const stage = new ForwardStage(on(`retry_on: 5xx, num_retries: 2, host_selection_retry_max_attempts: 5, ${predicate}`), { hosts: 3 });
  stage.get();
  for (let i = 0; i < 2; i++) {
    stage.cluster.chooseHost({ hash: null }); // somebody else's turn
    stage.cluster.chooseHost({ hash: null });
    stage.cluster.stream.respond(503);
    stage.clock.advance(250);
  }
  expect(new Set(stage.cluster.streams.map(({ host }) => host)).size).toBe(3);
});

test("a host that could not be reached was tried too", () => {
  const predicate = "retry_host_predicate: [{ name: p, typed_config: { \"@type\": type.googleapis.com/envoy.extensions.retry.host.previous_hosts.v3.PreviousHostsPredicate } }]";
  const stage = new ForwardStage(on(`retry_on: connect-failure, host_selection_retry_max_attempts: 5, ${predicate}`), { hosts: 2 });
  stage.cluster.connections = "remote connection failure";
  stage.get();
  stage.cluster.chooseHost({ hash: null }); // somebody else's turn
  stage.cluster.connections = "ready";
  const [first] = stage.cluster.hosts;
  stage.clock.advance(250);
  expect(stage.cluster.stream.host).not.toBe(first);
});

test("a retry that finds no host is answered as any request", () => {
  const stage = new ForwardStage(on("retry_on: 5xx"));
  const { handle } = stage.get();
  stage.cluster.stream.respond(503);
  stage.cluster.hosts.length = 0;
  stage.clock.advance(25);
  expect([handle.heard, handle.info.flags, stage.held]).toEqual([["503 no healthy upstream (no_healthy_upstream)"], ["UH"], 0]);
});

test("the route's timeout while a retry waits ends the request", () => {
  const stage = new ForwardStage("route: { cluster: u, timeout: 0.05s, retry_policy: { retry_on: 5xx, rate_limited_retry_back_off: { reset_headers: [{ name: retry-after }] } } }");
  const { handle } = stage.get();
  stage.cluster.stream.respond(503, [["retry-after", "2"]]);
  stage.clock.advance(50);
  expect(handle.heard).toEqual(["504 upstream request timeout (response_timeout)"]);
  expect([stage.held, stage.count("upstream_rq_timeout"), stage.clock.pending]).toEqual([0, 0, 0]);
});
