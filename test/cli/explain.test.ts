import { expect, test } from "vitest";
import { CODES } from "../../src/diagnostics/codes.ts";
import { run } from "./run.ts";

test("a code is explained, whatever its case", async () => {
  const { code, out } = await run(["explain", "lgt0201"]);
  expect(code).toBe(0);
  expect(out).toContain(`LGT0201: ${CODES.LGT0201.title} (error)`);
  expect(out).toContain(`Why: ${CODES.LGT0201.why}`);
});

test("without a code, all are listed", async () => {
  expect((await run(["explain"])).out.trim().split("\n").length).toBe(Object.keys(CODES).length);
});

test("an unknown code is a usage error", async () => {
  for (const code of ["LGT9999", "constructor"]) expect((await run(["explain", code])).code).toBe(2);
});
