import { describe, expect, it } from "vitest";
import { CODES, isCode } from "../../src/diagnostics/codes.ts";

describe("the table of codes", () => {
  it.each(Object.entries(CODES))("%s is complete", (code, entry) => {
    expect(code).toMatch(/^LGT(0\d|1[01])\d\d$/);
    expect(entry.title).toMatch(/^\S.*[^.]$/);
    for (const text of [entry.why, entry.fix]) expect(text).toMatch(/[.?!]$/);
  });

  it("knows its codes", () => {
    expect(isCode("LGT0101")).toBe(true);
    expect(isCode("LGT9999")).toBe(false);
    expect(isCode("toString")).toBe(false);
  });
});
