import { expect, test } from "vitest";
import type { Env } from "../../../src/contract/env.ts";
import type { CompileContext } from "../../../src/contract/extension.ts";
import { FAILED_EDS_HEALTH } from "../../../src/contract/host-health.ts";
import type { Host } from "../../../src/contract/host.ts";
import { omitCanaryHosts } from "../../../src/extensions/retry/omit-canary-hosts.ts";
import { omitHostMetadata } from "../../../src/extensions/retry/omit-host-metadata.ts";
import { previousPriorities } from "../../../src/extensions/retry/previous-priorities.ts";
import { hostSetsOf } from "../../../src/upstream/host-sets.ts";
import { hostsOf } from "../../contract/load-balancer.suite.ts";

const CONTEXT = {} as CompileContext;
const hosts = hostsOf({}, { priority: 1 }, { priority: 2 });
const ORIGINAL = { healthy: [100, 0, 0], degraded: [0, 0, 0] };

test("priorities that were tried get nothing, until all were", () => {
  const retry = previousPriorities.compile({ update_frequency: 1 } as never, CONTEXT).open({} as Env)();
  const sets = hostSetsOf(hosts);
  const loads = (): readonly number[] => retry.loads(ORIGINAL, sets).healthy;
  expect(loads()).toEqual([100, 0, 0]);
  retry.attempted(hosts[0] as Host);
  expect(loads()).toEqual([0, 100, 0]);
  retry.attempted(hosts[1] as Host);
  expect(loads()).toEqual([0, 0, 100]);
  retry.attempted(hosts[2] as Host);
  expect(loads()).toEqual([100, 0, 0]);
});

test("the loads are worked out anew after so many attempts only; without any host that is up they stay", () => {
  const retry = previousPriorities.compile({ update_frequency: 2 } as never, CONTEXT).open({} as Env)();
  retry.attempted(hosts[0] as Host);
  expect(retry.loads(ORIGINAL, hostSetsOf(hosts))).toBe(ORIGINAL);
  retry.attempted(hosts[0] as Host);
  expect(retry.loads(ORIGINAL, hostSetsOf(hostsOf({ flags: FAILED_EDS_HEALTH })))).toBe(ORIGINAL);
});

test("canaries and hosts of certain values are avoided", () => {
  const lb = (fields: Record<string, unknown>): Host => hostsOf({ metadata: { "envoy.lb": fields } })[0] as Host;
  const canaries = omitCanaryHosts.compile({} as never, CONTEXT).open({} as Env)();
  expect([lb({ canary: true }), lb({ canary: "true" }), lb({})].map((host) => canaries.rejects(host))).toEqual([true, false, false]);
  const labels = (match: object | undefined) => omitHostMetadata.compile({ metadata_match: match && { filter_metadata: { "envoy.lb": match } } } as never, CONTEXT).open({} as Env)();
  expect([lb({ a: "1", b: "2" }), lb({ a: "1" }), lb({ a: ["1", "3"], b: "2" })].map((host) => labels({ a: "1", b: "2" }).rejects(host))).toEqual([true, false, true]);
  expect(labels(undefined).rejects(lb({}))).toBe(false);
});
