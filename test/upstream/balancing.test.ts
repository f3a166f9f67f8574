import { expect, test } from "vitest";
import { NO_RUNTIME } from "../../src/contract/request-view.ts";
import { SeededRandom } from "../../src/platform/seeded-random.ts";
import type { Cluster } from "../../src/schema/generated/envoy/config/cluster/v3.ts";
import { compileBalancing } from "../../src/upstream/balancing.ts";

const PACKAGE = "type.googleapis.com/envoy.extensions.load_balancing_policies";

function policyOf(cluster: Cluster): { readonly kind: string; readonly codes: readonly string[] } {
  const codes: string[] = [];
  const make = compileBalancing(cluster, { report: ({ code }) => codes.push(code) });
  return { kind: make(new SeededRandom(1), NO_RUNTIME).constructor.name, codes };
}

const listed = (...types: readonly string[]): Cluster => ({ load_balancing_policy: { policies: types.map((type) => ({ typed_extension_config: { name: "p", typed_config: { "@type": type } } })) } });

test("lb_policy names the policy; without one, hosts take turns", () => {
  expect([{}, { lb_policy: "RANDOM" }, { lb_policy: "LEAST_REQUEST" }].map((cluster) => policyOf(cluster as Cluster).kind)).toEqual(["RoundRobin", "RandomChoice", "LeastRequest"]);
});

test("of load_balancing_policy the first that is known counts", () => {
  expect(policyOf(listed("type.googleapis.com/x.Unknown", `${PACKAGE}.random.v3.Random`, `${PACKAGE}.round_robin.v3.RoundRobin`))).toEqual({ kind: "RandomChoice", codes: [] });
  expect(policyOf(listed(`${PACKAGE}.least_request.v3.LeastRequest`)).kind).toBe("LeastRequest");
  expect(policyOf(listed(`${PACKAGE}.maglev.v3.Maglev`))).toEqual({ kind: "RoundRobin", codes: ["LGT0901"] });
});
