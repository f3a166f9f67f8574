import { describe, expect, test } from "vitest";
import { reconcile } from "../../src/resources/reconcile.ts";
import type { CompiledResource } from "../../src/resources/resource.ts";

const made = (type: CompiledResource["type"], name: string, text = "{}"): CompiledResource => ({ type, name, text, source: "f", fixed: true, place: "f:1:1" });
const names = (resources: readonly CompiledResource[]): string => resources.map(({ type, name }) => `${type} ${name}`).join(", ");

describe("reconcile", () => {
  test("says nothing of what stayed the same, wherever it stands and whoever gave it", () => {
    const before = [made("cluster", "a"), made("listener", "l")];
    const after = [{ ...made("listener", "l"), place: "g:9:9", source: "g" }, made("cluster", "a")];
    expect(reconcile(before, after)).toEqual({ upserts: [], removals: [] });
  });

  test("opens what is new or of another content", () => {
    const { upserts, removals } = reconcile([made("cluster", "a", "1"), made("cluster", "b", "1")], [made("cluster", "a", "2"), made("cluster", "b", "1"), made("cluster", "c", "1")]);
    expect([names(upserts), names(removals)]).toEqual(["cluster a, cluster c", ""]);
  });

  test("opens whoever is referred to first, and closes it last", () => {
    const all = [made("listener", "l"), made("route", "r"), made("endpoints", "e"), made("cluster", "c")];
    expect(names(reconcile([], all).upserts)).toBe("cluster c, endpoints e, route r, listener l");
    expect(names(reconcile(all, []).removals)).toBe("listener l, route r, endpoints e, cluster c");
  });

  test("tells resources of one name and different types apart", () => {
    expect(names(reconcile([made("cluster", "x")], [made("route", "x")]).upserts)).toBe("route x");
  });
});
