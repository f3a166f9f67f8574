import { describe, expect, it } from "vitest";
import { LocalStats } from "../../src/stats/local-stats.ts";
import { renderJson } from "../../src/stats/render-json.ts";
import { renderPrometheus } from "../../src/stats/render-prometheus.ts";
import { renderText } from "../../src/stats/render-text.ts";
import { COUNTER, statShape } from "../../src/stats/shape.ts";
import { DEFAULT_TAGS } from "../../src/stats/tag-patterns.ts";
import { TagProducer } from "../../src/stats/tags.ts";

const CLUSTER = statShape([
  { name: "upstream_rq_total", kind: "counter" },
  { name: "upstream_rq_active", kind: "gauge" },
  { name: "upstream_rq_time", kind: "histogram", unit: "ms" },
  { name: "timeout_budget_percent_used", kind: "histogram", unit: "percent" },
  { name: "pending", kind: "limit" },
]);

function filled(): LocalStats {
  const stats = new LocalStats();
  const [b, a] = [stats.block("cluster.b.", CLUSTER), stats.block("cluster.a.", CLUSTER)];
  a.add(0, 20);
  a.child("upstream_rq_503", COUNTER).inc(0);
  b.set(1, 3);
  b.acquire(4);
  for (const value of [0, 0, 0, 0, 1, 1, 5, 10, 99, 100, 109, 110, 123, 123, 1234, 250, 251, 500, 9999, 10_000]) a.record(2, value);
  a.record(3, 500_000);
  stats.store.flush();
  stats.store.flush();
  return stats;
}

describe("the text of /stats", () => {
  it("is counters and gauges by name, then histograms by name", () => {
    expect(renderText(filled().store)).toBe(`cluster.a.upstream_rq_503: 1
cluster.a.upstream_rq_active: 0
cluster.a.upstream_rq_total: 20
cluster.b.upstream_rq_active: 3
cluster.b.upstream_rq_total: 0
cluster.a.timeout_budget_percent_used: P0(nan,0.505) P25(nan,0.505) P50(nan,0.505) P75(nan,0.505) P90(nan,0.505) P95(nan,0.505) P99(nan,0.505) P99.5(nan,0.505) P99.9(nan,0.505) P100(nan,0.505)
cluster.a.upstream_rq_time: P0(nan,0) P25(nan,1.0333333333333334) P50(nan,103.33333333333333) P75(nan,253.33333333333334) P90(nan,1250) P95(nan,9950) P99(nan,10500) P99.5(nan,10500) P99.9(nan,10500) P100(nan,10500)
cluster.b.timeout_budget_percent_used: No recorded values
cluster.b.upstream_rq_time: No recorded values
`);
  });

  it("leaves out what was never used, and what the filter does not want", () => {
    const text = renderText(filled().store, { usedOnly: true, filter: (name) => !name.includes("_time") });
    expect(text.split("\n").map((line) => line.split(":")[0])).toEqual(["cluster.a.upstream_rq_503", "cluster.a.upstream_rq_total", "cluster.b.upstream_rq_active", "cluster.a.timeout_budget_percent_used", ""]);
  });

  it("shows buckets, cumulative, disjoint or in detail", () => {
    const { store } = filled();
    const filter = (name: string): boolean => name === "cluster.a.upstream_rq_time";
    expect(renderText(store, { filter }, "cumulative")).toBe(
      "cluster.a.upstream_rq_time: B0.5(0,4) B1(0,6) B5(0,7) B10(0,8) B25(0,8) B50(0,8) B100(0,11) B250(0,16) B500(0,17) B1000(0,17) B2500(0,18) B5000(0,18) B10000(0,20) B30000(0,20) B60000(0,20) B300000(0,20) B600000(0,20) B1.8e+06(0,20) B3.6e+06(0,20)\n",
    );
    expect(renderText(store, { filter, bounds: () => [1, 100] }, "disjoint")).toBe("cluster.a.upstream_rq_time: B1(0,6) B100(0,5)\n");
    expect(renderText(store, { filter }, "detailed")).toContain("\n  totals=0,0:4, 1,0.1:2, 5,0.1:1, 10,1:1, 99,1:1, 100,10:2,");
  });

  it("tells a histogram's interval apart from all time", () => {
    const stats = filled();
    stats.block("cluster.b.", CLUSTER).record(2, 7);
    stats.store.flush();
    expect(renderText(stats.store, { filter: (name) => name === "cluster.b.upstream_rq_time" })).toContain("P0(7.05,7.05)");
  });
});

describe("the JSON of /stats", () => {
  it("is numbers, then all histograms' quantiles in one object", () => {
    const stats = new LocalStats();
    const block = stats.block("cluster.a.", CLUSTER);
    block.add(0, 3);
    block.record(2, 1);
    stats.store.flush();
    block.record(2, 2);
    block.record(2, 3);
    stats.store.flush();
    const json = JSON.parse(renderJson(stats.store, { filter: (name) => name.includes("upstream_rq_t") })) as { stats: unknown[] };
    const known = [[1.05, 2.05], [1.05, 2.05], [2.05, 2.05], ...Array.from({ length: 7 }, () => [3.05, 3.05])];
    expect(json.stats).toEqual([
      { name: "cluster.a.upstream_rq_total", value: 3 },
      {
        histograms: {
          supported_quantiles: [0, 25, 50, 75, 90, 95, 99, 99.5, 99.9, 100],
          computed_quantiles: [{ name: "cluster.a.upstream_rq_time", values: known.map(([cumulative, interval]) => ({ cumulative, interval })) }],
        },
      },
    ]);
  });

  it("has null where nothing was recorded, and no histograms where none are wanted", () => {
    const stats = new LocalStats();
    stats.block("cluster.a.", CLUSTER);
    expect(renderJson(stats.store, { filter: (name) => name.endsWith("rq_time") })).toContain('{"cumulative":null,"interval":null}');
    expect(renderJson(stats.store, { filter: (name) => name.endsWith("total") })).toBe('{"stats":[{"name":"cluster.a.upstream_rq_total","value":0}]}');
    expect(renderJson(stats.store, { usedOnly: true })).toBe('{"stats":[]}');
  });
});

describe("the text for Prometheus", () => {
  it("is by type, then by name without tags", () => {
    const text = renderPrometheus(filled().store, new TagProducer(DEFAULT_TAGS), { bounds: () => [1, 250] });
    expect(text).toBe(`# TYPE envoy_cluster_upstream_rq counter
envoy_cluster_upstream_rq{envoy_response_code="503",envoy_cluster_name="a"} 1
# TYPE envoy_cluster_upstream_rq_total counter
envoy_cluster_upstream_rq_total{envoy_cluster_name="a"} 20
envoy_cluster_upstream_rq_total{envoy_cluster_name="b"} 0
# TYPE envoy_cluster_upstream_rq_active gauge
envoy_cluster_upstream_rq_active{envoy_cluster_name="a"} 0
envoy_cluster_upstream_rq_active{envoy_cluster_name="b"} 3
# TYPE envoy_cluster_timeout_budget_percent_used histogram
envoy_cluster_timeout_budget_percent_used_bucket{envoy_cluster_name="a",le="1"} 1
envoy_cluster_timeout_budget_percent_used_bucket{envoy_cluster_name="a",le="250"} 1
envoy_cluster_timeout_budget_percent_used_bucket{envoy_cluster_name="a",le="+Inf"} 1
envoy_cluster_timeout_budget_percent_used_sum{envoy_cluster_name="a"} 0.5049504950495049548919723747531
envoy_cluster_timeout_budget_percent_used_count{envoy_cluster_name="a"} 1
envoy_cluster_timeout_budget_percent_used_bucket{envoy_cluster_name="b",le="1"} 0
envoy_cluster_timeout_budget_percent_used_bucket{envoy_cluster_name="b",le="250"} 0
envoy_cluster_timeout_budget_percent_used_bucket{envoy_cluster_name="b",le="+Inf"} 0
envoy_cluster_timeout_budget_percent_used_sum{envoy_cluster_name="b"} 0
envoy_cluster_timeout_budget_percent_used_count{envoy_cluster_name="b"} 0
# TYPE envoy_cluster_upstream_rq_time histogram
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="a",le="1"} 6
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="a",le="250"} 16
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="a",le="+Inf"} 20
envoy_cluster_upstream_rq_time_sum{envoy_cluster_name="a"} 23379.718475705776654649525880814
envoy_cluster_upstream_rq_time_count{envoy_cluster_name="a"} 20
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="b",le="1"} 0
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="b",le="250"} 0
envoy_cluster_upstream_rq_time_bucket{envoy_cluster_name="b",le="+Inf"} 0
envoy_cluster_upstream_rq_time_sum{envoy_cluster_name="b"} 0
envoy_cluster_upstream_rq_time_count{envoy_cluster_name="b"} 0
`);
  });

  it("sorts a group by tokens: svc before svc!x", () => {
    const stats = new LocalStats();
    for (const name of ["svc-a", "svc!x", "svc"]) stats.block(`cluster.${name}.x`, COUNTER);
    expect([...renderPrometheus(stats.store, new TagProducer(DEFAULT_TAGS)).matchAll(/name="([^"]*)"/g)].map((m) => m[1])).toEqual(["svc", "svc!x", "svc-a"]);
    expect(stats.store.numbers().map((stat) => stat.name)).toEqual(["cluster.svc!x.x", "cluster.svc-a.x", "cluster.svc.x"]);
  });

  it("escapes values and cleans names", () => {
    const stats = new LocalStats();
    stats.block('cluster.a"\\\n.x-y', COUNTER);
    expect(renderPrometheus(stats.store, new TagProducer(DEFAULT_TAGS))).toBe('# TYPE envoy_cluster_x_y counter\nenvoy_cluster_x_y{envoy_cluster_name="a\\"\\\\\\n"} 0\n');
  });
});
