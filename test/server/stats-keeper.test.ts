import { describe, expect, it } from "vitest";
import { FakeClock } from "../../src/platform/fake-clock.ts";
import { StatsKeeper } from "../../src/server/stats-keeper.ts";
import { HISTOGRAM, statShape } from "../../src/stats/shape.ts";
import { StubState } from "../support/admin-state.ts";

const BOOTSTRAP = "layered_runtime: { layers: [{ name: a, static_layer: { x: 1, y: { z: 2 } } }] }\nstats_flush_interval: 2s\n";

describe("the keeper of the server's numbers", () => {
  it("ends the intervals of histograms every stats_flush_interval, until it is closed", () => {
    const [state, clock] = [new StubState(BOOTSTRAP), new FakeClock()];
    const keeper = new StatsKeeper(state, clock);
    keeper.begin(state.bootstrap());
    const block = state.local.block("time", HISTOGRAM);
    const counts = (): number[] => state.stats.histograms().filter((one) => one.name === "time").map((one) => one.cumulative.length);
    block.record(0, 5);
    clock.advance(1_999);
    expect(counts()).toEqual([0]);
    clock.advance(1);
    expect(counts()).toEqual([1]);
    keeper.close();
    expect(clock.pending).toBe(0);
  });

  it("measures the process, and says which version runs", () => {
    const state = new StubState(BOOTSTRAP);
    const keeper = new StatsKeeper(state, new FakeClock());
    keeper.begin(state.bootstrap());
    keeper.measure();
    const value = (name: string): number | undefined => state.stats.value(name);
    expect(["uptime", "live", "state", "concurrency", "memory_allocated", "memory_heap_size", "memory_physical_size", "version"].map((name) => value(`server.${name}`)))
      .toEqual([61, 1, 0, 1, 1_000, 2_000, 3_000, 1_000]);
    expect(value("server.days_until_first_cert_expiring")).toBe(4_294_967_295);
    state.serverState = "DRAINING";
    keeper.measure();
    expect([value("server.live"), value("server.state")]).toEqual([0, 1]);
    keeper.close();
  });

  it("takes the version from stats_server_version_override", () => {
    const state = new StubState("stats_server_version_override: 77");
    const keeper = new StatsKeeper(state, new FakeClock());
    keeper.begin(state.bootstrap());
    expect(state.stats.value("server.version")).toBe(77);
    keeper.close();
  });

  it("adds up the connections of all listeners, by stat prefix or by address", () => {
    const listener = (name: string, port: number, prefix: string): string => `  - { name: ${name}, ${prefix} address: { socket_address: { address: 127.0.0.1, port_value: ${port} } }, filter_chains: [{ filters: [{ name: hcm, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager, stat_prefix: x, route_config: {}, http_filters: [{ name: router, typed_config: { "@type": type.googleapis.com/envoy.extensions.filters.http.router.v3.Router } }] } }] }] }\n`;
    const state = new StubState(`static_resources:\n  listeners:\n${listener("a", 0, "")}${listener("b", 2, "stat_prefix: bee, ")}`);
    state.addresses = { a: "127.0.0.1:41", b: "127.0.0.1:2" };
    const active = statShape([{ name: "downstream_cx_active", kind: "gauge" }]);
    for (const [prefix, count] of [["127.0.0.1_41", 2], ["bee", 3], ["admin", 9]] as const) state.local.block(`listener.${prefix}.`, active).set(0, count);
    const keeper = new StatsKeeper(state, new FakeClock());
    keeper.measure();
    expect(state.stats.value("server.total_connections")).toBe(5);
  });
});
