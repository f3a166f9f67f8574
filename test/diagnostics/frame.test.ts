import { describe, expect, it } from "vitest";
import { frameOf } from "../../src/diagnostics/frame.ts";
import { Source } from "../../src/diagnostics/source.ts";

describe("frameOf", () => {
  it("shows two lines before and one after", () => {
    const source = new Source("x", "a\nb\nc\nd\ne\n", "yaml");
    expect(frameOf({ source, start: 6, end: 7 })).toEqual({ first: 2, lines: ["b", "c", "d", "e"] });
    expect(frameOf({ source, start: 0, end: 1 })).toEqual({ first: 1, lines: ["a", "b"] });
  });

  it("keeps only a part of very long lines, by whole characters", () => {
    const source = new Source("x", `${"😀".repeat(500)}HERE${"y".repeat(5000)}\nshort`, "yaml");
    const frame = frameOf({ source, start: 1000, end: 1004 });
    expect(frame.cut).toBe(450);
    expect(frame.lines[0]).toMatch(/^(😀){50}HEREy+$/u);
    expect(frame.lines[0]).toHaveLength(300);
  });
});
