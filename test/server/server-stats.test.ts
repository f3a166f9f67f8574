import { describe, expect, it } from "vitest";
import type { CompiledResource, ResourceType } from "../../src/resources/resource.ts";
import { ServerStats } from "../../src/server/server-stats.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";

function resource(type: ResourceType, name: string, text = ""): CompiledResource {
  return { type, name, text, source: "f", fixed: true, place: "f" };
}

describe("the numbers of listeners and clusters as a whole", () => {
  it("follow the live resources", () => {
    const stats = new LocalStats();
    const numbers = new ServerStats(stats);
    const first = [resource("listener", "a"), resource("listener", "b"), resource("cluster", "a"), resource("route", "a")];
    numbers.changed([], first, 2, 0);
    const of = (prefix: string, names: readonly string[]): number[] => names.map((name) => stats.value(`${prefix}.${name}`));
    const listeners = ["listener_added", "listener_modified", "listener_removed", "listener_create_success", "listener_create_failure", "total_listeners_active"];
    const clusters = ["cluster_added", "cluster_modified", "cluster_removed", "active_clusters"];
    expect(of("listener_manager", listeners)).toEqual([2, 0, 0, 4, 0, 2]);
    expect(of("cluster_manager", clusters)).toEqual([1, 0, 0, 1]);
    numbers.changed(first, [resource("listener", "a", "other"), resource("cluster", "a"), resource("cluster", "b"), resource("cluster", "c")], 2, 1);
    expect(of("listener_manager", listeners)).toEqual([2, 1, 1, 5, 1, 1]);
    expect(of("cluster_manager", clusters)).toEqual([3, 0, 0, 3]);
  });
});
