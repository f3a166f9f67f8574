import { expect, test } from "vitest";
import { requestCookie } from "../../src/http/cookies.ts";
import { HeaderBlock } from "../../src/http/header-block.ts";

test("the first cookie of a name, from all lines", () => {
  const head = HeaderBlock.of([["cookie", "a=1;  b=2 ;c;d=\"q\";e=\"x\"y"], ["cookie", "a=3; f==; g="]]);
  expect(["a", "b", "c", "d", "e", "f", "g", "h"].map((name) => requestCookie(head, name))).toEqual(["1", "2 ", null, "q", "\"x\"y", "=", "", null]);
  expect(requestCookie(new HeaderBlock(), "a")).toBeNull();
});
