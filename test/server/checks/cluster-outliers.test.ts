import { describe, expect, test } from "vitest";
import { DEGRADED_OUTLIER_DETECTION, FAILED_OUTLIER_CHECK } from "../../../src/contract/host-health.ts";
import type { Host } from "../../../src/contract/host.ts";
import { NO_RUNTIME } from "../../../src/contract/request-view.ts";
import { placeIn } from "../../../src/contract/stat-layout.ts";
import { FakeClock } from "../../../src/platform/fake-clock.ts";
import { SeededRandom } from "../../../src/platform/seeded-random.ts";
import { ClusterOutliers } from "../../../src/server/checks/cluster-outliers.ts";
import { mayEject, rateThreshold } from "../../../src/server/checks/ejection-math.ts";
import type { OutlierDetection } from "../../../src/schema/generated/envoy/config/cluster/v3.ts";
import { LocalStats } from "../../../src/stats/local-stats.ts";
import { CLUSTER_SHAPE } from "../../../src/upstream/cluster-stats.ts";
import { HostWatch, type WatchedHost } from "../../../src/upstream/host-watch.ts";
import { compileOutliers, type OutlierPlan } from "../../../src/upstream/outlier-plan.ts";
import { OUTLIER_SHAPE, WINDOW_SHAPE, windowPrefix } from "../../../src/upstream/outlier-stats.ts";
import { hostsOf } from "../../contract/load-balancer.suite.ts";

const seconds = (count: number): { seconds: number; nanos: number } => ({ seconds: count, nanos: 0 });

function open(config: OutlierDetection, count = 10) {
  const clock = new FakeClock();
  const blocks = new LocalStats();
  const stats = blocks.block("cluster.c.", CLUSTER_SHAPE);
  const lines: Record<string, unknown>[] = [];
  const plan = compileOutliers(config) as OutlierPlan;
  const hosts = hostsOf(...Array.from({ length: count }, () => ({}))).map((host, i): WatchedHost => ({ ...host, window: blocks.block(windowPrefix("c", `10.0.0.${i + 1}:80`), WINDOW_SHAPE) }));
  const keys = new Map(hosts.map((_, i) => [`h${i}`, `10.0.0.${i + 1}:80`]));
  const totals = (name: string): number => {
    const host = hosts.find(({ window }) => window !== null && name.startsWith(window.prefix));
    return host?.window?.own(placeIn(WINDOW_SHAPE, name.slice(host.window.prefix.length))) ?? 0;
  };
  const outliers = new ClusterOutliers("c", plan, { clock, random: new SeededRandom(1), runtime: NO_RUNTIME, stats, blocks, totals, log: { write: (line) => void lines.push(JSON.parse(line) as Record<string, unknown>) }, onFlags: () => undefined });
  outliers.setHosts(keys);
  const watch = new HostWatch(plan, false, NO_RUNTIME, (address, event) => outliers.event([...keys].find(([, other]) => other === address)?.[0] ?? "", event));
  const numbers = stats.child("outlier_detection.", OUTLIER_SHAPE);
  return {
    clock, outliers, lines, watch, host: (i: number) => hosts[i] as Host, flags: (i: number) => outliers.flags(`h${i}`), counted: (name: string) => numbers.own(placeIn(OUTLIER_SHAPE, name)),
    answers: (i: number, status: number, times: number) => { for (let n = 0; n < times; n++) watch.answered(hosts[i] as Host, status, false, false); },
  };
}

describe("outlier detection", () => {
  test("ejects after so many 5xx in a row, and lets back in after the base time, longer each time", () => {
    const { answers, flags, clock, counted, lines } = open({});
    answers(0, 500, 4);
    answers(0, 200, 1);
    answers(0, 500, 4);
    expect(flags(0)).toBe(0);
    answers(0, 500, 1);
    expect([flags(0), counted("ejections_active"), counted("ejections_enforced_consecutive_5xx"), counted("ejections_total")]).toEqual([FAILED_OUTLIER_CHECK, 1, 1, 1]);
    clock.advance(29_999);
    expect(flags(0)).toBe(FAILED_OUTLIER_CHECK);
    clock.advance(1);
    expect([flags(0), counted("ejections_active")]).toEqual([0, 0]);
    answers(0, 500, 5);
    clock.advance(50_000);
    expect(flags(0)).toBe(FAILED_OUTLIER_CHECK);
    clock.advance(10_000);
    expect(flags(0)).toBe(0);
    expect(lines.map(({ action, num_ejections: n }) => [action, n])).toEqual([["EJECT", 1], ["UNEJECT", 1], ["EJECT", 2], ["UNEJECT", 2]]);
  });

  test("ejects no more than its share of the hosts, none of nine with the defaults, one where it must", () => {
    const nine = open({}, 9);
    nine.answers(0, 500, 5);
    expect([nine.flags(0), nine.counted("ejections_overflow"), nine.counted("ejections_detected_consecutive_5xx")]).toEqual([0, 1, 1]);
    const one = open({ always_eject_one_host: true }, 2);
    one.answers(0, 500, 5);
    one.answers(1, 500, 5);
    expect([one.flags(0), one.flags(1)]).toEqual([FAILED_OUTLIER_CHECK, 0]);
    expect([mayEject(0, 10, 10, false), mayEject(1, 10, 10, false), mayEject(4, 10, 50, false)]).toEqual([true, false, true]);
  });

  test("knows gateway failures, which it enforces only where that is asked for", () => {
    const lax = open({ consecutive_5xx: 100 });
    lax.answers(0, 502, 5);
    expect([lax.flags(0), lax.counted("ejections_detected_consecutive_gateway_failure"), lax.counted("ejections_enforced_total")]).toEqual([0, 1, 0]);
    expect(lax.lines[0]).toMatchObject({ type: "CONSECUTIVE_GATEWAY_FAILURE", enforced: false });
    const strict = open({ consecutive_5xx: 100, enforcing_consecutive_gateway_failure: 100 });
    strict.answers(0, 500, 5);
    expect(strict.flags(0)).toBe(0);
    strict.answers(0, 504, 5);
    expect(strict.flags(0)).toBe(FAILED_OUTLIER_CHECK);
  });

  test("tells errors of the connection from those of the host where that is asked for", () => {
    const { watch, host, flags, answers } = open({ split_external_local_origin_errors: true, consecutive_local_origin_failure: 3 });
    watch.broken(host(0));
    watch.timedOut(host(0), 504);
    watch.connected(host(0));
    watch.broken(host(0));
    watch.broken(host(0));
    answers(0, 500, 1);
    expect(flags(0)).toBe(0);
    watch.broken(host(0));
    expect(flags(0)).toBe(FAILED_OUTLIER_CHECK);
  });

  test("takes broken exchanges for 503 otherwise", () => {
    const { watch, host, flags } = open({ consecutive_5xx: 2 });
    watch.broken(host(0));
    watch.timedOut(host(0), 504);
    expect(flags(0)).toBe(FAILED_OUTLIER_CHECK);
  });

  test("ejects whose success rate is below the mean by so many deviations", () => {
    // the example of Envoy's documentation
    expect(rateThreshold([50, 100, 100, 100, 100], 1.9)).toEqual({ average: 90, threshold: 52 });
    const { answers, flags, clock, outliers, lines } = open({ consecutive_5xx: 1000, success_rate_request_volume: 10, success_rate_minimum_hosts: 5 });
    for (let i = 0; i < 10; i++) answers(i, 200, i === 3 ? 2 : 10);
    answers(3, 500, 8);
    clock.advance(10_000);
    expect([flags(3), flags(2), Math.round(outliers.averages.external.average)]).toEqual([FAILED_OUTLIER_CHECK, 0, 92]);
    expect(lines[0]).toMatchObject({ type: "SUCCESS_RATE", eject_success_rate_event: { host_success_rate: 20, cluster_average_success_rate: 92 } });
    clock.advance(10_000);
    expect(outliers.averages.external.average).toBe(-1);
  });

  test("ejects by failure percentage where that is enforced", () => {
    const { answers, flags, clock, counted } = open({ consecutive_5xx: 1000, enforcing_success_rate: 0, enforcing_failure_percentage: 100, failure_percentage_threshold: 40, failure_percentage_request_volume: 5 });
    for (let i = 0; i < 10; i++) answers(i, 200, 6);
    answers(0, 500, 4);
    answers(1, 500, 3);
    clock.advance(10_000);
    expect([flags(0), flags(1), counted("ejections_enforced_failure_percentage")]).toEqual([FAILED_OUTLIER_CHECK, 0, 1]);
  });

  test("degrades hosts that say so", () => {
    const { watch, host, flags, clock, counted } = open({ detect_degraded_hosts: true, base_ejection_time: seconds(10) });
    watch.answered(host(0), 200, true, false);
    expect([flags(0), counted("ejections_detected_degradation")]).toEqual([DEGRADED_OUTLIER_DETECTION, 1]);
    clock.advance(10_000);
    expect(flags(0)).toBe(0);
  });

  test("lets a host back in that passes a health check", () => {
    const { answers, flags, outliers } = open({});
    answers(0, 500, 5);
    outliers.passedCheck("h0");
    expect(flags(0)).toBe(0);
  });
});
