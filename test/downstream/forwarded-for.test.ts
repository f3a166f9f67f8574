import { expect, test } from "vitest";
import { appendTo, lastAddressOfXff } from "../../src/downstream/forwarded-for.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";
import { VIA } from "../../src/http/names.ts";

const last = (xff: string | null, skip = 0): string => {
  const { address, alone } = lastAddressOfXff(xff, skip);
  return `${address?.kind === "ip" ? address.ip : "none"}${alone ? " alone" : ""}`;
};

test("the address is counted from the right, and alone only where it is the only one", () => {
  expect(last("10.0.0.1")).toBe("10.0.0.1 alone");
  expect(last("10.0.0.1, 10.0.0.2,10.0.0.3 ")).toBe("10.0.0.3");
  expect(last("10.0.0.1, 10.0.0.2", 1)).toBe("10.0.0.1");
  expect(last("::1")).toBe("::1 alone");
});

test("what is no address, or beyond the left end, is none", () => {
  for (const [xff, skip] of [[null, 0], ["", 0], ["unknown", 0], ["10.0.0.1, x", 0], ["10.0.0.1:80", 0], ["10.0.0.1", 1], ["10.0.0.1, 10.0.0.2", 2]] as const) expect(last(xff, skip)).toBe("none");
});

test("values are joined onto what is there", () => {
  const headers = HeaderBlock.of([]);
  appendTo(headers, VIA, "a", ", ");
  appendTo(headers, VIA, "b", ", ");
  expect(headers.get(VIA)).toBe("a, b");
});
