import { expect, test } from "vitest";
import { MemoryFiles } from "../../src/platform/memory-files.ts";
import { RuntimeKeeper } from "../../src/server/runtime-keeper.ts";
import { RuntimeStats } from "../../src/server/runtime-stats.ts";
import { runtimeValueOf, textOfRuntimeFile } from "../../src/resources/runtime-text.ts";
import { Versions } from "../../src/server/subscription-stats.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";
import type { Bootstrap } from "../../src/schema/generated/envoy/config/bootstrap/v3.ts";

const LAYERS: Bootstrap = {
  layered_runtime: {
    layers: [
      { name: "static", static_layer: { a: 1, b: { c: "text" } } },
      { name: "disk", disk_layer: { symlink_root: "/run/current", subdirectory: "envoy" } },
      { name: "rtds", rtds_layer: { name: "some", rtds_config: { path_config_source: { path: "/run/rtds.yaml" } } } },
      { name: "admin", admin_layer: {} },
    ],
  },
};
const RTDS = (name: string, layer: string): string => `resources:\n- "@type": type.googleapis.com/envoy.service.runtime.v3.Runtime\n  name: ${name}\n  layer: ${layer}\n`;

function open(files: MemoryFiles) {
  const stats = new LocalStats();
  const told: unknown[] = [];
  const warned: string[] = [];
  const keeper = new RuntimeKeeper(LAYERS, { files, serviceCluster: "s", stats: new RuntimeStats(stats, new Versions(stats.store.texts, () => 7)), warn: (text) => void warned.push(text), onChange: (values) => void told.push(values) });
  keeper.follow();
  return { keeper, told, warned, count: (name: string) => stats.store.value(`runtime.${name}`) };
}

test("later layers win; files and the admin change them for all threads", () => {
  const files = new MemoryFiles();
  files.set("/run/current/envoy/b/c", "# a comment\n17\n");
  files.set("/run/rtds.yaml", RTDS("some", "{ d: true }"));
  const { keeper, told, count } = open(files);
  expect(keeper.values).toEqual({ a: 1, "b.c": 17, d: true });
  expect([count("num_layers"), count("num_keys"), count("load_success"), count("update_success")]).toEqual([4, 3, 1, 1]);
  files.set("/run/rtds.yaml", RTDS("some", "{ a: 5 }"));
  expect(told.at(-1)).toEqual({ a: 5, "b.c": 17 });
  expect(keeper.modify(new Map([["a", "0.50"], ["e", "on"]]))).toBe(true);
  expect([told.at(-1), keeper.layers[3]?.texts?.get("a"), count("admin_overrides_active")]).toEqual([{ a: 0.5, "b.c": 17, e: "on" }, "0.50", 1]);
  keeper.modify(new Map([["a", ""]]));
  expect(told.at(-1)).toEqual({ a: 5, "b.c": 17, e: "on" });
  files.set("/run/current/envoy/b/x", "2");
  keeper.modify(new Map([["e", ""]]));
  expect(told.at(-1)).toEqual({ a: 5, "b.c": 17, "b.x": 2 });
});

test("an RTDS file that is wrong leaves what was good", () => {
  const files = new MemoryFiles();
  const { keeper, count, warned } = open(files);
  expect([keeper.values, count("update_failure")]).toEqual([{ a: 1, "b.c": "text" }, 1]);
  files.set("/run/rtds.yaml", RTDS("some", "{ a: 2 }"));
  files.set("/run/rtds.yaml", RTDS("other", "{ a: 3 }"));
  expect([keeper.values["a"], count("update_rejected"), warned.length]).toEqual([2, 1, 2]);
  files.set("/run/rtds.yaml", "resources: [");
  expect([keeper.values["a"], count("update_failure"), count("update_attempt"), count("update_time"), warned[2]?.startsWith("/run/rtds.yaml: rejected: /run/rtds.yaml:1:12: ")]).toEqual([2, 2, 4, 7, true]);
});

test("texts are read as YAML reads them", () => {
  expect(["1", "1.5", "true", "x", "{numerator: 5, denominator: MILLION}", "numerator: 3\ndenominator: HUNDRED", ""].map(runtimeValueOf)).toEqual([1, 1.5, true, "x", { numerator: 5, denominator: "MILLION" }, { numerator: 3, denominator: "HUNDRED" }, ""]);
  expect(textOfRuntimeFile("# no\nhello  \n")).toBe("hello");
});
