import { expect, test } from "vitest";
import type { ResolvedFinding } from "../../src/diagnostics/finding.ts";
import { withoutFollowUps } from "../../src/diagnostics/follow-ups.ts";

const finding = (code: string, path: string, file = "a.yaml"): ResolvedFinding => ({ code, severity: "error", message: "", why: "", fix: "", file, path }) as ResolvedFinding;

test("a v2 config that is unknown explains why its extension has no configuration, and no other extension", () => {
  const all = [finding("LGT0403", "l.filters[0].name"), finding("LGT0201", "l.filters[0].config"), finding("LGT0403", "l.filters[1].name"), finding("LGT0403", "l.filters[0].name", "b.yaml")];
  expect(withoutFollowUps(all)).toEqual(all.slice(1));
});

test("where nothing is unknown, all stay", () => {
  const all = [finding("LGT0403", "l.filters[0].name"), finding("LGT0201", "l.filters[0].other")];
  expect(withoutFollowUps(all)).toEqual(all);
});
