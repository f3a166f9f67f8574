import { describe, expect, it } from "vitest";
import { didYouMean } from "../../src/diagnostics/did-you-mean.ts";

const FIELDS = ["connect_timeout", "lb_policy", "load_assignment", "port_value", "name", "type"];

describe("didYouMean", () => {
  it.each([
    ["conect_timeout", "connect_timeout"],
    ["connectTimeout", "connect_timeout"],
    ["lb-policy", "lb_policy"],
    ["laod_assignment", "load_assignment"],
    ["nmae", "name"],
    ["port", "port_value"],
  ])("finds the field meant by %j", (word, field) => {
    expect(didYouMean(word, FIELDS)).toBe(field);
  });

  it("says nothing when nothing is near", () => {
    expect(didYouMean("zebra", FIELDS)).toBeUndefined();
    expect(didYouMean("", FIELDS)).toBeUndefined();
    expect(didYouMean("x", FIELDS)).toBeUndefined();
  });

  it("does not choose between two words of which it is a part", () => {
    expect(didYouMean("port", ["port_value", "port_range"])).toBeUndefined();
  });
});
