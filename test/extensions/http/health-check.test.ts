import { expect, test } from "vitest";
import { healthCheck } from "../../../src/extensions/http/health-check.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { ProxyWorld } from "../../support/proxy-world.ts";

const TYPE = "type.googleapis.com/envoy.extensions.filters.http";

httpFilterSuite("health-check", () => ({ entry: filterEntry(healthCheck, { pass_through_mode: true, headers: [{ name: "x-not-there", present_match: true }] }) }));

function open(config: object): Promise<ProxyWorld> {
  const filter = { name: "hc", typed_config: { "@type": `${TYPE}.health_check.v3.HealthCheck`, headers: [{ name: ":path", string_match: { exact: "/health" } }], ...config } };
  return ProxyWorld.open({ manager: { http_filters: [filter, { name: "r", typed_config: { "@type": `${TYPE}.router.v3.Router` } }] } });
}

test("checks are answered here, and are not counted as requests", async () => {
  const world = await open({ pass_through_mode: false });
  const client = await world.asking("/health");
  expect([client.statuses, world.upstreams.length]).toEqual([[200], 0]);
  expect([world.stat("http.front.downstream_rq_2xx"), world.stat("http.front.health_check.ok"), world.stat("http.front.tracing.health_check")]).toEqual([0, 1, 1]);
});

test("they fail once the proxy is told to", async () => {
  for (const pass_through_mode of [false, true]) {
    const world = await open({ pass_through_mode });
    world.healthCheckFailed = true;
    const client = await world.asking("/health");
    expect(client.received).toMatch(/^HTTP\/1\.1 503 [^]*x-envoy-immediate-health-check-fail: true\r\n/);
    expect([world.upstreams.length, world.log.length]).toEqual([0, 1]);
    expect(world.log[0]).toContain(" 503 LH ");
  }
});

test("they pass on to the upstream, whose answer may be remembered", async () => {
  const world = await open({ pass_through_mode: true, cache_time: "10s" });
  const first = await world.asking("/health");
  world.upstream().send("HTTP/1.1 503 X\r\nx-envoy-degraded: 1\r\ncontent-length: 0\r\n\r\n");
  await world.settle();
  const second = await world.asking("/health");
  expect([first.statuses, second.statuses, world.upstreams.length]).toEqual([[503], [503], 1]);
  expect([world.stat("http.front.health_check.cached_response"), world.stat("cluster.u.upstream_rq_503")]).toEqual([1, 0]);
  await world.pass(10_250);
  await world.asking("/health");
  expect(world.stat("cluster.u.upstream_rq_total")).toBe(2);
});

test("other requests are left alone", async () => {
  const world = await open({ pass_through_mode: false });
  await world.asking("/other");
  expect(world.upstreams.length).toBe(1);
});
