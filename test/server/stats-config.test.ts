import { describe, expect, it } from "vitest";
import { statsConfig } from "../../src/server/stats-config.ts";
import { DEFAULT_BOUNDS } from "../../src/stats/histogram.ts";

const NAME = "cluster.blue_v2.upstream_rq_200";

describe("the configuration of statistics", () => {
  it("has Envoy's defaults", () => {
    const config = statsConfig({}, new Map());
    expect([config.flushMs, config.flushOnAdmin, config.bounds("a")]).toEqual([5_000, false, DEFAULT_BOUNDS]);
    expect(config.tags.produce(NAME)).toEqual({ name: "cluster.upstream_rq", tags: [{ name: "envoy.response_code", value: "200" }, { name: "envoy.cluster_name", value: "blue_v2" }] });
  });

  it("takes tags from flags and from stats_tags", () => {
    const config = statsConfig({ stats_config: { stats_tags: [{ tag_name: "place", fixed_value: "here" }, { tag_name: "version", regex: "_(v(\\d+))" }] } }, new Map([["a", "b"]]));
    const { tags } = config.tags.produce(NAME);
    expect(tags).toContainEqual({ name: "a", value: "b" });
    expect(tags).toContainEqual({ name: "place", value: "here" });
    expect(tags).toContainEqual({ name: "version", value: "2" });
  });

  it("leaves out the default tags but for those that are named", () => {
    const config = statsConfig({ stats_config: { use_all_default_tags: false, stats_tags: [{ tag_name: "envoy.cluster_name" }, { tag_name: "bad", regex: "(" }] } }, new Map());
    expect(config.tags.produce(NAME)).toEqual({ name: "cluster.upstream_rq_200", tags: [{ name: "envoy.cluster_name", value: "blue_v2" }] });
  });

  it("takes expressions that look ahead, which RE2 does not know", () => {
    const config = statsConfig({ stats_config: { stats_tags: [{ tag_name: "version", regex: "_(v(\\d+)(?=\\.))" }] } }, new Map());
    expect(config.tags.produce(NAME).tags).toContainEqual({ name: "version", value: "2" });
  });

  it("gives histograms the buckets of the first rule that names them", () => {
    const config = statsConfig({
      stats_flush_interval: { seconds: 1, nanos: 0 }, stats_flush_on_admin: true,
      stats_config: { histogram_bucket_settings: [{ match: { prefix: "cluster.a." }, buckets: [10, 1] }, { match: { prefix: "cluster." }, buckets: [7] }] },
    }, new Map());
    expect([config.flushMs, config.flushOnAdmin]).toEqual([1_000, true]);
    expect([config.bounds("cluster.a.x"), config.bounds("cluster.b.x"), config.bounds("http.x")]).toEqual([[1, 10], [7], DEFAULT_BOUNDS]);
  });
});
