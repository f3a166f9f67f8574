import { expect, test } from "vitest";
import { shadowHost } from "../../src/forward/mirrors.ts";
import { nameId } from "../../src/http/names.ts";
import { ForwardStage } from "../support/forwarding.ts";

const MIRRORED = "route: { cluster: u, timeout: 1s, prefix_rewrite: /new, request_mirror_policies: [{ cluster: b }] }";

test("a mirror gets the rewritten request, under a host that says so, and says that it is internal", () => {
  const stage = new ForwardStage(MIRRORED);
  const b = stage.add("b");
  const { handle } = stage.get(["x-forwarded-for", "1.2.3.4"]);
  expect([stage.cluster.stream.sent, b.stream.sent]).toEqual([["GET a.test/new end"], ["GET a.test-shadow/new end"]]);
  expect(["x-envoy-internal", "x-forwarded-for"].map((name) => b.stream.headers?.get(nameId(name)))).toEqual(["true", "1.2.3.4,192.0.2.1"]);
  stage.cluster.stream.respond(200);
  b.stream.respond(500, [], "ignored");
  expect([handle.heard, stage.stats.value("cluster.b.upstream_rq_500"), stage.stats.value("http.async-client.rq_total"), stage.stats.value("http.test.rq_total")]).toEqual([["200 end"], 1, 1, 1]);
});

test("a body goes to the mirrors as it comes, and trailers too", () => {
  const stage = new ForwardStage(MIRRORED);
  const b = stage.add("b");
  const { data, filter, handle } = stage.post();
  data("ab", false);
  filter.decodeTrailers?.(handle.requestHeaders);
  expect(b.stream.sent).toEqual(["POST a.test-shadow/new", "ab", "trailers end"]);
});

test("a whole mirror outlives the request, an unfinished one does not", () => {
  const stage = new ForwardStage(MIRRORED);
  const b = stage.add("b");
  stage.get().filter.onDestroy?.();
  expect(b.stream.wasReset).toBe(false);
  const { data, filter } = stage.post();
  data("ab", false);
  filter.onDestroy?.();
  expect(b.stream.wasReset).toBe(true);
});

test("a mirror ends with the request's timeout", () => {
  const stage = new ForwardStage(MIRRORED);
  const b = stage.add("b");
  stage.get();
  stage.cluster.stream.respond(200);
  stage.clock.advance(1000);
  expect([b.stream.wasReset, stage.stats.value("cluster.b.upstream_rq_timeout"), stage.clock.pending]).toEqual([true, 1, 0]);
});

test("a mirror that takes no more makes the client wait", () => {
  const stage = new ForwardStage(MIRRORED);
  const b = stage.add("b");
  const { handle, data } = stage.post();
  data("ab", false);
  b.stream.block(true);
  expect(handle.pauses).toBe(1);
  b.stream.block(false);
  expect(handle.pauses).toBe(0);
});

test("fractions, headers and host rewrites of policies; unknown clusters get nothing", () => {
  const policies = "[{ cluster: b, host_rewrite_literal: lit }, { cluster: b, runtime_fraction: { default_value: { numerator: 0 } } }, { cluster_header: x-to, disable_shadow_host_suffix_append: true }, { cluster: nowhere }]";
  const stage = new ForwardStage(`route: { cluster: u, request_mirror_policies: ${policies} }`);
  const b = stage.add("b");
  stage.get(["x-to", "b"]);
  expect(b.streams.map(({ sent }) => sent[0])).toEqual(["GET lit/ end", "GET a.test/ end"]);
});

test("a policy's own header mutations see the copy and change nothing else", () => {
  const edits = '[{ append: { header: { key: x-m, value: "%REQ(x-a)%" } } }, { remove: x-a }]';
  const stage = new ForwardStage(`route: { cluster: u, request_mirror_policies: [{ cluster: b, request_headers_mutations: ${edits} }] }`);
  const b = stage.add("b");
  const { handle } = stage.get(["x-a", "1"]);
  const both = [b.stream.headers, handle.requestHeaders].map((headers) => ["x-a", "x-m"].map((name) => headers?.get(nameId(name)) ?? null));
  expect(both).toEqual([[null, "1"], ["1", null]]);
});

test("the shadow suffix stands before the port", () => {
  expect(["a.test", "a.test:80", "[::1]:80", "[::1]"].map(shadowHost)).toEqual(["a.test-shadow", "a.test-shadow:80", "[::1]-shadow:80", "[::1]-shadow"]);
});
