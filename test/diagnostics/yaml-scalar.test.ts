import { describe, expect, it } from "vitest";
import { plainValue } from "../../src/diagnostics/yaml-scalar.ts";
import { readText } from "../support/read-text.ts";

describe("plain scalars have the values that Envoy's YAML layer gives them", () => {
  it.each<[string, unknown]>([
    ["y", true], ["Y", true], ["yes", true], ["YES", true], ["Yes", true], ["yEs", "yEs"], ["on", true], ["true", true], ["True", true], ["tRue", "tRue"],
    ["n", false], ["N", false], ["no", false], ["off", false], ["Off", false], ["FALSE", false],
    ["null", null], ["~", null], ["Null", null], ["NULL", null], ["nULL", "nULL"], ["", null],
    ["0", 0], ["00", 0], ["-0", 0], ["5", 5], ["+5", 5], ["-5", -5], ["0x1f", 31], ["0X1F", 31], ["-0x1", -1], ["0x", "0x"],
    ["012", 10], ["-012", -10], ["08", "08"], ["0o17", "0o17"], ["0b11", "0b11"], ["1_000", "1_000"],
    ["2147483647", 2147483647], ["2147483648", "2147483648"], ["-2147483648", -2147483648], ["-2147483649", "-2147483649"],
    ["0x80000000", "2147483648"], ["9223372036854775807", "9223372036854775807"], ["9223372036854775808", "9223372036854775808"],
    ["0x7fffffffffffffff", "9223372036854775807"], ["0xffffffffffffffff", "0xffffffffffffffff"], ["0777777777777777777777", "9223372036854775807"],
    ["1.5", "1.5"], ["1e3", "1e3"], ["5.", "5."], [".inf", ".inf"], ["8:30", "8:30"], ["2001-01-01", "2001-01-01"], ["+", "+"], ["-", "-"], ["10s", "10s"],
  ])("%s is %j", (text, value) => {
    expect(plainValue(text)).toBe(value);
  });
});

describe("tags", () => {
  it.each<[string, unknown]>([
    ['"5"', "5"], ["'yes'", "yes"], ["! 5", "5"], ["! yes", "yes"],
    ["!!str 5", 5], ['!!str "true"', true], ['!foo "5"', 5], ["!!int 7", 7], ["!!str null", "null"], ["!foo ~", "~"], ["!!str", ""], ["!!binary aGk=", "aGk="],
  ])("%s is %j, as with yaml-cpp", (text, value) => {
    expect(readText("x.yaml", `v: ${text}\n`).plain).toEqual({ v: value });
  });
});
