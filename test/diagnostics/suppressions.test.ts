import { describe, expect, it } from "vitest";
import { Source } from "../../src/diagnostics/source.ts";
import { suppressionsOf } from "../../src/diagnostics/suppressions.ts";

const of = (text: string): [number, string[]][] => [...suppressionsOf(new Source("x.yaml", text, "yaml"))].map(([line, codes]) => [line, [...codes]]);

describe("suppressions", () => {
  it("silence codes on the next line that is neither blank nor comment", () => {
    expect(of("# legate-disable-next-line LGT0101\n\n# why\na: 1\n")).toEqual([[4, ["LGT0101"]]]);
  });

  it("add up, several codes in a comment and several comments", () => {
    expect(of("  # legate-disable-next-line LGT0101, LGT0102 reason\n# legate-disable-next-line LGT0103\na: 1\n")).toEqual([[3, ["LGT0101", "LGT0102", "LGT0103"]]]);
  });

  it("need a code, and a line of their own", () => {
    expect(of("# legate-disable-next-line\na: 1 # legate-disable-next-line LGT0101\nb: 1\n")).toEqual([]);
  });
});
