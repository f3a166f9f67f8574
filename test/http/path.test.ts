import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { normalizePath, type PathOptions } from "../../src/http/path.ts";

const KEEP: PathOptions = { normalizePath: false, mergeSlashes: false, escapedSlashes: "KEEP_UNCHANGED" };
const OPTIONS: Readonly<Record<string, PathOptions>> = {
  norm: { ...KEEP, normalizePath: true },
  both: { ...KEEP, normalizePath: true, mergeSlashes: true },
  merge: { ...KEEP, mergeSlashes: true },
  fwd: { ...KEEP, normalizePath: true, escapedSlashes: "UNESCAPE_AND_FORWARD" },
  rej: { ...KEEP, escapedSlashes: "REJECT_REQUEST" },
  red: { normalizePath: true, mergeSlashes: true, escapedSlashes: "UNESCAPE_AND_REDIRECT" },
};

/** Options, path, and what Envoy 1.40.0 did with it. */
const recorded = JSON.parse(readFileSync(new URL("../golden/paths.json", import.meta.url), "utf8")) as [string, string, string, string | null][];

test(`${recorded.length} paths come out as Envoy 1.40.0 makes them`, () => {
  for (const [options, path, action, result] of recorded) {
    const got = normalizePath(path, OPTIONS[options] as PathOptions);
    expect(got.action, `${options} ${path}`).toBe(action);
    if (result !== null) expect(got.path, `${options} ${path}`).toBe(result);
  }
});

test("a fragment is refused, or cut off", () => {
  expect(normalizePath("/a#b", KEEP)).toEqual({ action: "reject", path: "/a#b" });
  expect(normalizePath("/a?b#c", { ...KEEP, rejectFragment: false })).toEqual({ action: "continue", path: "/a?b" });
});

test("without options a path stays as it is", () => {
  expect(normalizePath("//a/../b%2f%2e\\", KEEP)).toEqual({ action: "continue", path: "//a/../b%2f%2e\\" });
});
