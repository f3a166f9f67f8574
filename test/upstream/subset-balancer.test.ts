import { describe, expect, test } from "vitest";
import type { LoadBalancer, MetadataCriteria } from "../../src/contract/load-balancer.ts";
import type { Cluster_LbSubsetConfig } from "../../src/schema/generated/envoy/config/cluster/v3.ts";
import { compileBalancing } from "../../src/upstream/balancing.ts";
import { LB_SUBSETS_ACTIVE, LB_SUBSETS_CREATED, LB_SUBSETS_FALLBACK, LB_SUBSETS_FALLBACK_PANIC, LB_SUBSETS_REMOVED, LB_SUBSETS_SELECTED } from "../../src/upstream/cluster-stats.ts";
import { hostSetsOf } from "../../src/upstream/host-sets.ts";
import { givenWith, hostsOf } from "../contract/load-balancer.suite.ts";

const lb = (fields: Record<string, unknown>): { metadata: Record<string, Record<string, unknown>> } => ({ metadata: { "envoy.lb": fields } });
const HOSTS = hostsOf(lb({ stage: "prod", version: "1" }), lb({ stage: "prod", version: "2" }), lb({ stage: "dev", version: "2" }), lb({ version: ["2", "3"] }), {});

function open(config: Cluster_LbSubsetConfig): { balancer: LoadBalancer; given: ReturnType<typeof givenWith>; chosen: (criteria: Record<string, unknown> | null) => string } {
  const given = givenWith(1);
  const balancer = compileBalancing({ lb_subset_config: config }, { report: () => undefined })(given);
  balancer.update(hostSetsOf(HOSTS));
  const chosen = (criteria: Record<string, unknown> | null): string => {
    const metadataMatch: MetadataCriteria | null = criteria && Object.entries(criteria).sort(([a], [b]) => (a < b ? -1 : 1));
    return [...new Set(Array.from({ length: 20 }, () => balancer.choose({ hash: null, metadataMatch })?.hostname ?? "none"))].sort().join();
  };
  return { balancer, given, chosen };
}

describe("subsets", () => {
  test("are chosen by all the keys of a selector, no more and no less", () => {
    const { chosen, given, balancer } = open({ subset_selectors: [{ keys: ["version", "stage"] }, { keys: ["version"] }] });
    expect(chosen({ stage: "prod", version: "2" })).toBe("h2");
    expect(chosen({ version: "2" })).toBe("h2,h3");
    expect(chosen({ stage: "prod" })).toBe("none");
    expect(chosen({ version: "9" })).toBe("none");
    expect(chosen(null)).toBe("none");
    expect([LB_SUBSETS_ACTIVE, LB_SUBSETS_CREATED, LB_SUBSETS_SELECTED].map((place) => given.stats.own(place))).toEqual([6, 6, 40]);
    balancer.update(hostSetsOf(HOSTS.slice(0, 1)));
    expect([LB_SUBSETS_ACTIVE, LB_SUBSETS_REMOVED].map((place) => given.stats.own(place))).toEqual([2, 4]);
  });

  test("fall back to any host, or to the default subset", () => {
    const any = open({ fallback_policy: "ANY_ENDPOINT", subset_selectors: [{ keys: ["stage"] }] });
    expect(any.chosen({ stage: "no" })).toBe("h1,h2,h3,h4,h5");
    expect(any.given.stats.own(LB_SUBSETS_FALLBACK)).toBe(20);
    expect(open({ fallback_policy: "DEFAULT_SUBSET", default_subset: { stage: "dev" }, subset_selectors: [{ keys: ["stage"] }] }).chosen(null)).toBe("h3");
    const panic = open({ fallback_policy: "DEFAULT_SUBSET", default_subset: { stage: "no" }, panic_mode_any: true, subset_selectors: [{ keys: ["stage"] }] });
    expect(panic.chosen(null)).toBe("h1,h2,h3,h4,h5");
    expect(panic.given.stats.own(LB_SUBSETS_FALLBACK_PANIC)).toBe(20);
  });

  test("fall back as their selector says", () => {
    const { chosen } = open({
      fallback_policy: "ANY_ENDPOINT", default_subset: { stage: "dev" },
      subset_selectors: [
        { keys: ["stage"], fallback_policy: "NO_FALLBACK" }, { keys: ["version"], fallback_policy: "DEFAULT_SUBSET" },
        { keys: ["x", "version"], fallback_policy: "KEYS_SUBSET", fallback_keys_subset: ["version"] },
      ],
    });
    expect(chosen({ stage: "no" })).toBe("none");
    expect(chosen({ version: "9" })).toBe("h3");
    expect(chosen({ version: "1", x: "y" })).toBe("h1");
    expect(chosen({ x: "y" })).toBe("h1,h2,h3,h4,h5");
  });

  test("take lists as several values where that is asked for", () => {
    expect(open({ subset_selectors: [{ keys: ["version"] }] }).chosen({ version: "3" })).toBe("none");
    expect(open({ list_as_any: true, subset_selectors: [{ keys: ["version"] }] }).chosen({ version: "2" })).toBe("h2,h3,h4");
    expect(open({ subset_selectors: [{ keys: ["version"] }] }).chosen({ version: ["2", "3"] })).toBe("h4");
  });

  test("hold one host each where that is asked for, the first", () => {
    expect(open({ subset_selectors: [{ keys: ["stage"], single_host_per_subset: true }] }).chosen({ stage: "prod" })).toBe("h1");
  });

  test("are tried one after the other from a fallback list", () => {
    const { chosen } = open({ metadata_fallback_policy: "FALLBACK_LIST", subset_selectors: [{ keys: ["stage"] }, { keys: ["stage", "version"] }] });
    expect(chosen({ stage: "prod", fallback_list: [{ version: "9" }, { version: "2" }] })).toBe("h2");
    expect(chosen({ stage: "dev", fallback_list: [] })).toBe("h3");
  });
});
