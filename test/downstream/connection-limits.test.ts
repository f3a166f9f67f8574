import { expect, test } from "vitest";
import { ConnectionLimits, GLOBAL_KEY } from "../../src/downstream/connection-limits.ts";
import { LISTENER_SHAPE } from "../../src/downstream/manager-stats.ts";
import { NetworkStage } from "../support/network-stage.ts";

function world(values: Readonly<Record<string, number>>): { readonly stage: NetworkStage; limits(name: string, ignores?: boolean): ConnectionLimits } {
  const stage = new NetworkStage();
  const env = { ...stage.env, runtime: { get: (key: string) => values[key] } };
  return { stage, limits: (name, ignores = false) => new ConnectionLimits(name, ignores, stage.stats.block(`listener.${name}.`, LISTENER_SHAPE), env) };
}

test("without a limit everybody comes in", () => {
  const limits = world({}).limits("a");
  for (let i = 0; i < 10_000; i++) expect(limits.admit()).toBe(true);
});

test("a listener's own limit counts its own connections, and frees what is given back", () => {
  const { stage, limits } = world({ "envoy.resource_limits.listener.a.connection_limit": 2 });
  const [a, b] = [limits("a"), limits("b")];
  expect([a.admit(), a.admit(), a.admit(), b.admit()]).toEqual([true, true, false, true]);
  a.release();
  expect([a.admit(), a.admit()]).toEqual([true, false]);
  expect([stage.stats.value("listener.a.downstream_cx_overflow"), stage.stats.value("listener.a.downstream_global_cx_overflow")]).toEqual([2, 0]);
});

test("the limit of all listeners counts all connections but those of listeners that ignore it", () => {
  const { stage, limits } = world({ [GLOBAL_KEY]: 2 });
  const [a, b, free] = [limits("a"), limits("b"), limits("free", true)];
  expect([a.admit(), b.admit(), a.admit(), free.admit()]).toEqual([true, true, false, true]);
  b.release();
  expect([a.admit(), b.admit()]).toEqual([true, false]);
  expect([stage.stats.value("listener.a.downstream_global_cx_overflow"), stage.stats.value("listener.b.downstream_global_cx_overflow")]).toEqual([1, 1]);
});
