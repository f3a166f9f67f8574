import { expect, test } from "vitest";
import type { Env } from "../../../src/contract/env.ts";
import type { CompileContext, Extension } from "../../../src/contract/extension.ts";
import type { InternalRedirect, RedirectPredicate } from "../../../src/contract/redirect-predicate.ts";
import { allowListedRoutes } from "../../../src/extensions/redirect/allow-listed-routes.ts";
import { previousRoutes } from "../../../src/extensions/redirect/previous-routes.ts";
import { safeCrossScheme } from "../../../src/extensions/redirect/safe-cross-scheme.ts";

const open = (extension: Extension<"envoy.internal_redirect_predicates">, config: object = {}): RedirectPredicate => extension.compile(config as never, {} as CompileContext).open({} as Env);
const redirect = (facts: Partial<InternalRedirect>): InternalRedirect => ({ from: "a", to: "b", downstreamIsHttps: false, targetIsHttps: false, memory: new Map(), ...facts });

test("allow_listed_routes accepts the routes of its list", () => {
  const predicate = open(allowListedRoutes, { allowed_route_names: ["b"] });
  expect([predicate.accepts(redirect({ to: "b" })), predicate.accepts(redirect({ to: "c" }))]).toEqual([true, false]);
});

test("safe_cross_scheme never goes from http to https", () => {
  const predicate = open(safeCrossScheme);
  const says = ([downstreamIsHttps, targetIsHttps]: readonly [boolean, boolean]): boolean => predicate.accepts(redirect({ downstreamIsHttps, targetIsHttps }));
  expect(([[false, false], [false, true], [true, false], [true, true]] as const).map(says)).toEqual([true, false, true, true]);
});

test("previous_routes accepts each target once a request and route", () => {
  const predicate = open(previousRoutes);
  const memory = new Map<string, unknown>();
  const says = (from: string, to: string): boolean => predicate.accepts(redirect({ from, to, memory }));
  expect([says("a", "b"), says("a", "b"), says("a", "c"), says("b", "b")]).toEqual([true, false, true, true]);
  expect(predicate.accepts(redirect({ from: "a", to: "b" }))).toBe(true);
});
