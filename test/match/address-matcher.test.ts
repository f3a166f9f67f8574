import { expect, test } from "vitest";
import { compileAddressMatcher } from "../../src/match/address-matcher.ts";

const silent = { report: (): void => undefined };

test("addresses with and without port are looked up in ranges", () => {
  const matcher = compileAddressMatcher({ ranges: [{ address_prefix: "10.0.0.0", prefix_len: 8 }, { address_prefix: "fd00::", prefix_len: 8 }] }, silent);
  expect(["10.1.2.3", "10.1.2.3:80", "[fd00::1]:80", "11.0.0.1", "/run/sock"].map((value) => matcher.test(value))).toEqual([true, true, true, false, false]);
});

test("an inverted matcher still wants an address", () => {
  const matcher = compileAddressMatcher({ ranges: [{ address_prefix: "10.0.0.0", prefix_len: 8 }], invert_match: true }, silent);
  expect(["11.0.0.1", "10.0.0.1", "text"].map((value) => matcher.test(value))).toEqual([true, false, false]);
});

test("a malformed range is reported", () => {
  const found: string[] = [];
  compileAddressMatcher({ ranges: [{ address_prefix: "nope", prefix_len: 8 }] }, { report: ({ code, key }) => found.push(`${code} ${key}`) });
  expect(found).toEqual(["LGT0571 address_prefix"]);
});
