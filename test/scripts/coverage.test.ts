import { readFileSync } from "node:fs";
import { resolve } from "node:path";
import { expect, it } from "vitest";
import { withSection } from "../../scripts/coverage.ts";

it("README's coverage is what the registry says (else: bun scripts/coverage.ts)", () => {
  const readme = readFileSync(resolve(import.meta.dirname, "../../README.md"), "utf8");
  expect(withSection(readme)).toBe(readme);
});
