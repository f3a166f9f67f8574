import { describe, expect, test } from "vitest";
import * as H from "../../../src/contract/host-health.ts";
import { NO_RUNTIME } from "../../../src/contract/request-view.ts";
import { placeIn } from "../../../src/contract/stat-layout.ts";
import { ipAddress } from "../../../src/platform/address.ts";
import { FakeClock } from "../../../src/platform/fake-clock.ts";
import { SeededRandom } from "../../../src/platform/seeded-random.ts";
import { CheckEvents } from "../../../src/server/checks/check-events.ts";
import { NETWORK_FAILURE } from "../../../src/server/checks/check-probe.ts";
import { checkRules } from "../../../src/server/checks/check-rules.ts";
import { HostSession } from "../../../src/server/checks/host-session.ts";
import type { HealthCheck } from "../../../src/schema/generated/envoy/config/core/v3.ts";
import { LocalStats } from "../../../src/stats/local-stats.ts";
import { CHECK_SHAPE } from "../../../src/upstream/cluster-stats.ts";

const seconds = (count: number): { seconds: number; nanos: number } => ({ seconds: count, nanos: 0 });
const FAIL = { kind: "ACTIVE" as const, retriable: false, status: 503, immediate: false };

function open(more: HealthCheck = {}, traffic = true) {
  const clock = new FakeClock();
  const check: HealthCheck = { timeout: seconds(1), interval: seconds(10), healthy_threshold: 2, unhealthy_threshold: 3, http_health_check: { path: "/" }, ...more };
  const stats = new LocalStats().block("c.health_check.", CHECK_SHAPE);
  const seen = { begun: 0, abandoned: 0, changed: 0, lines: [] as string[] };
  const events = new CheckEvents({ ...check, event_log_path: "x" }, "c", clock, { open: () => ({ write: (line) => void seen.lines.push(line) }) });
  const host = { address: ipAddress("10.0.0.1", 80), hostname: "", weight: 1, priority: 0, locality: { region: "", zone: "", sub_zone: "" }, localityWeight: 0, flags: 0 };
  const session = new HostSession(host, H.FAILED_ACTIVE_HC, {
    clock, random: new SeededRandom(1), runtime: NO_RUNTIME, rules: checkRules(check), stats, events, logFailures: check.always_log_health_check_failures ?? false,
    logSuccesses: check.always_log_health_check_success ?? false, hasTraffic: () => traffic, changed: () => void seen.changed++, passed: () => undefined,
  }, () => ({ begin: () => void seen.begun++, abandon: () => void seen.abandoned++, close: () => undefined }));
  session.start();
  return { clock, session, seen, count: (name: string) => stats.own(placeIn(CHECK_SHAPE, name)), kinds: () => seen.lines.map((line) => Object.keys(JSON.parse(line) as object).find((key) => /event$|host$/.test(key) && key !== "host") ?? "") };
}

describe("the checks of a host", () => {
  test("decide alone the first time, afterwards by thresholds", () => {
    const { session, kinds } = open();
    session.onPassed(false);
    expect(session.flags).toBe(0);
    session.onFailed(NETWORK_FAILURE);
    session.onFailed(NETWORK_FAILURE);
    expect(session.flags).toBe(0);
    session.onFailed(NETWORK_FAILURE);
    expect(session.flags).toBe(H.FAILED_ACTIVE_HC);
    session.onPassed(false);
    expect(session.flags).toBe(H.FAILED_ACTIVE_HC);
    session.onPassed(false);
    expect(session.flags).toBe(0);
    expect(kinds()).toEqual(["add_healthy_event", "eject_unhealthy_event", "add_healthy_event"]);
  });

  test("fail at once by a status, unless it is retriable", () => {
    const { session } = open();
    session.onPassed(false);
    session.onFailed({ ...FAIL, retriable: true });
    expect(session.flags).toBe(0);
    session.onFailed(FAIL);
    expect(session.flags).toBe(H.FAILED_ACTIVE_HC);
  });

  test("time out, which is a network failure, and says so in the flags", () => {
    const { session, clock, seen, count } = open({ unhealthy_threshold: 1 });
    clock.advance(1000);
    expect([seen.abandoned, session.flags]).toEqual([1, H.FAILED_ACTIVE_HC | H.ACTIVE_HC_TIMEOUT]);
    session.onFailed(FAIL);
    expect(session.flags).toBe(H.FAILED_ACTIVE_HC);
    expect([count("failure"), count("network_failure"), count("attempt")]).toEqual([2, 1, 1]);
  });

  test("mark a degraded host, and unmark it", () => {
    const { session, count, kinds } = open();
    session.onPassed(true);
    expect([session.flags, count("degraded"), count("healthy")]).toEqual([H.DEGRADED_ACTIVE_HC, 1, 1]);
    session.onPassed(false);
    expect(session.flags).toBe(0);
    expect(kinds()).toEqual(["add_healthy_event", "degraded_healthy_host", "no_longer_degraded_host"]);
  });

  test("leave a host out that fails by its own word, until it passes again", () => {
    const { session, count } = open();
    session.onPassed(false);
    session.failImmediately();
    expect([session.flags, count("passive_failure")]).toEqual([H.FAILED_ACTIVE_HC | H.EXCLUDED_VIA_IMMEDIATE_HC_FAIL, 1]);
    session.onPassed(false);
    session.onPassed(false);
    expect(session.flags).toBe(0);
  });

  test.each([
    ["interval", {}, true, [true], 10_000], ["unhealthy_interval", { unhealthy_interval: seconds(3), unhealthy_threshold: 1 }, true, [false], 3000],
    ["unhealthy_edge_interval", { unhealthy_edge_interval: seconds(2) }, true, [true, false], 2000], ["healthy_edge_interval", { healthy_edge_interval: seconds(4), unhealthy_threshold: 1 }, true, [true, false, true], 4000],
    ["no_traffic_interval", {}, false, [true], 60_000], ["no_traffic_healthy_interval", { no_traffic_healthy_interval: seconds(7) }, false, [true], 7000],
  ] as const)("come again after %s", (_, more, traffic, results, wait) => {
    const { session, clock, seen } = open(more, traffic);
    for (const passed of results) {
      if (passed) session.onPassed(false);
      else session.onFailed(NETWORK_FAILURE);
    }
    const { begun } = seen;
    clock.advance(wait - 1);
    expect(seen.begun).toBe(begun);
    clock.advance(1);
    expect(seen.begun).toBe(begun + 1);
  });

  test("log failures and successes always where that is asked for", () => {
    const { session, kinds } = open({ always_log_health_check_failures: true, always_log_health_check_success: true });
    session.onPassed(false);
    session.onPassed(false);
    session.onFailed(NETWORK_FAILURE);
    expect(kinds()).toEqual(["add_healthy_event", "successful_health_check_event", "health_check_failure_event"]);
  });
});
