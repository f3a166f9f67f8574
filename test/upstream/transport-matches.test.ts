import { expect, test } from "vitest";
import type { HostMetadata } from "../../src/contract/host.ts";
import { isPlain, matchOf, NO_MATCH, type TransportPlans } from "../../src/upstream/transport-matches.ts";

const plan = { open: () => { throw new Error("not here"); } } as never;
const plans: TransportPlans = { fallback: null, matches: [{ name: "two", labels: [["kind", "far"], ["tier", 2]], plan }, { name: "far", labels: [["kind", "far"]], plan }, { name: "any", labels: [], plan: null }] };
const labels = (fields: Readonly<Record<string, unknown>>): HostMetadata => ({ "envoy.transport_socket_match": fields });

test("a host has the first match whose labels it has, its own before its locality's; labels that are given come before its own", () => {
  const some: TransportPlans = { ...plans, matches: plans.matches.slice(0, 2) };
  expect(matchOf(some, { metadata: labels({ kind: "far", tier: 2, more: 1 }) })).toBe(0);
  expect(matchOf(some, { metadata: labels({ kind: "far", tier: "2" }) })).toBe(1);
  expect(matchOf(some, { metadata: labels({ kind: "near" }), localityMetadata: labels({ kind: "far" }) })).toBe(1);
  expect(matchOf(some, { metadata: labels({ kind: "near" }) })).toBe(NO_MATCH);
  expect(matchOf(some, { metadata: labels({ kind: "near" }) }, labels({ kind: "far" }))).toBe(1);
  expect(matchOf(plans, {})).toBe(2);
});

test("only a cluster without any transport socket is plain", () => {
  expect([isPlain({ fallback: null, matches: [] }), isPlain(plans), isPlain({ fallback: plan, matches: [] })]).toEqual([true, false, false]);
});
