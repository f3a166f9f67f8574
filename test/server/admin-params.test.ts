import { describe, expect, it } from "vitest";
import { AdminParams } from "../../src/server/admin-params.ts";

describe("parameters of an admin request", () => {
  it("are those of the query, the first of a name counts", () => {
    const params = AdminParams.ofPath("/stats?a=1&b&a=2&c=x=y&&");
    expect(["a", "b", "c", "d"].map((name) => [params.has(name), params.get(name)])).toEqual([[true, "1"], [true, ""], [true, "x=y"], [false, ""]]);
    expect(params.size).toBe(3);
    expect(params.filled()).toEqual([["a", "1"], ["c", "x=y"]]);
  });

  it("are percent-decoded as UTF-8; a plus and what is no escape stay", () => {
    const params = AdminParams.ofPath("/x?a=%C3%A9%5b+%zz%");
    expect(params.get("a")).toBe("é[+%zz%");
  });

  it("are none without a query", () => {
    expect(AdminParams.ofPath("/x").size).toBe(0);
    expect(AdminParams.ofForm("a=b").get("a")).toBe("b");
  });
});
