import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { afterEach, beforeEach, describe, expect, it } from "vitest";
import { checkFloors, codeOnly } from "../../scripts/floors.ts";

let root: string;
beforeEach(() => {
  root = mkdtempSync(join(tmpdir(), "floors-"));
});
afterEach(() => rmSync(root, { recursive: true, force: true }));

function put(path: string, text: string): void {
  mkdirSync(dirname(join(root, path)), { recursive: true });
  writeFileSync(join(root, path), text);
}

describe("the floor check", () => {
  it("accepts imports that go down and within a folder", () => {
    put("base/hash.ts", "export const a = 1;\n");
    put("router/index.ts", 'import { a } from "../base/hash.ts";\nimport type { B } from "./b.ts";\nexport const c: B = a;\n');
    put("router/b.ts", "export type B = number;\n");
    expect(checkFloors(root)).toEqual([]);
  });

  it("reports an import that goes up", () => {
    put("base/hash.ts", 'import { x } from "../router/x.ts";\nexport const a = x;\n');
    put("router/x.ts", "export const x = 1;\n");
    expect(checkFloors(root)).toEqual(["base/hash.ts:1: base/ (floor 0) may not import router/ (floor 5); imports only go down"]);
  });

  it("reports an import between two folders of one floor", () => {
    put("router/x.ts", 'import type { Y } from "../upstream/y.ts";\nexport type X = Y;\n');
    put("upstream/y.ts", "export type Y = 1;\n");
    expect(checkFloors(root)[0]).toContain("may not import upstream/");
  });

  it("reports a circle, type imports included", () => {
    put("base/a.ts", 'import type { B } from "./b.ts";\nexport type A = B | 1;\n');
    put("base/b.ts", 'import type { A } from "./a.ts";\nexport type B = A | 2;\n');
    expect(checkFloors(root)).toEqual(["circle: base/a.ts -> base/b.ts -> base/a.ts"]);
  });

  it("reports the machine named outside platform/", () => {
    put("router/x.ts", 'import { readFileSync } from "node:fs";\nexport const t = Date.now();\nexport const e = process.env;\nexport const f = readFileSync;\n');
    expect(checkFloors(root).map((p) => p.split(": ")[0])).toEqual(["router/x.ts:1", "router/x.ts:2", "router/x.ts:3"]);
  });

  it("does not mistake comments and strings for code", () => {
    expect(codeOnly('const a = "Date.now"; // process.env\n/* Bun.x */ b;')).not.toMatch(/Date|process|Bun/);
  });

  it("reports an unknown folder", () => {
    put("misc/x.ts", 'import { a } from "../base/a.ts";\nexport const b = a;\n');
    put("base/a.ts", "export const a = 1;\n");
    expect(checkFloors(root)[0]).toContain("misc/ is not a floor");
  });
});
