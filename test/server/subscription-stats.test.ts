import { expect, test } from "vitest";
import type { Configuration } from "../../src/resources/configuration.ts";
import type { FollowedSource } from "../../src/resources/followed-source.ts";
import { SubscriptionStats, Versions } from "../../src/server/subscription-stats.ts";
import { LocalStats } from "../../src/stats/local-stats.ts";

const EDS: FollowedSource = { type: "endpoints", name: "s", file: "e.yaml", prefix: "cluster.c.", owner: "c", from: "cds.yaml" };

function configuration(version: string, hosts: string, more: Partial<Configuration> = {}): Configuration {
  return {
    bootstrap: "{}", adminPlace: "", findings: [], files: [], refused: [], unreadable: [], sources: [EDS], sourceFiles: [{ file: "e.yaml", version, resources: 1 }],
    resources: [
      { type: "cluster", name: "c", text: "{}", source: "cds.yaml", fixed: false, place: "" },
      ...(hosts === "" ? [] : [{ type: "endpoints" as const, name: "s", text: hosts, source: "e.yaml", fixed: false, place: "" }]),
    ],
    ...more,
  };
}

function open() {
  const stats = new LocalStats();
  const { texts } = stats.store;
  const updates = new SubscriptionStats(stats, new Versions(texts, () => 5));
  const shown = () => ["update_attempt", "update_success", "update_rejected", "update_failure", "update_empty", "update_no_rebuild"].map((name) => stats.store.value(`cluster.c.${name}`)).join(" ");
  return { updates, texts, shown };
}

test("a subscription counts looks at its own file, and shows the version that it took last", () => {
  const { updates, texts, shown } = open();
  updates.read(configuration("1", "a"), null);
  updates.read(configuration("2", "b"), "another.yaml");
  expect([shown(), texts.all()]).toEqual(["1 1 0 0 0 0", [{ name: "cluster.c.version_text", text: "1" }]]);
  updates.read(configuration("2", "b"), "e.yaml");
  updates.read(configuration("3", "b"), "e.yaml");
  expect([shown(), texts.exactOf("cluster.c.version"), texts.all()[0]?.text]).toEqual(["3 3 0 0 0 1", "2744517546871237796", "3"]);
});

test("what is refused, unreadable, empty or of another name is told apart, and leaves the version as it was", () => {
  const { updates, texts, shown } = open();
  updates.read(configuration("1", "a"), null);
  updates.read(configuration("2", "a", { refused: ["e.yaml"] }), "e.yaml");
  updates.read(configuration("3", "a", { refused: ["e.yaml"], unreadable: ["e.yaml"] }), "e.yaml");
  updates.read(configuration("4", ""), "e.yaml");
  expect([shown(), texts.all()[0]?.text]).toEqual(["4 1 2 1 0 0", "1"]);
  updates.read(configuration("5", "", { sourceFiles: [{ file: "e.yaml", version: "5", resources: 0 }] }), "e.yaml");
  expect([shown(), texts.all()[0]?.text]).toEqual(["5 2 2 1 1 0", "5"]);
});

test("a cluster that is replaced subscribes anew; one that goes takes its numbers along", () => {
  const { updates, texts, shown } = open();
  const replaced = configuration("1", "a");
  updates.read(replaced, null);
  updates.read({ ...replaced, resources: replaced.resources.map((one) => (one.type === "cluster" ? { ...one, text: "{ }" } : one)) }, "cds.yaml");
  expect(shown()).toBe("2 2 0 0 0 0");
  updates.read({ ...replaced, resources: [], sources: [] }, "cds.yaml");
  expect([texts.all(), texts.exactOf("cluster.c.version")]).toEqual([[], undefined]);
});
