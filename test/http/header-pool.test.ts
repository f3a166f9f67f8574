import { expect, test } from "vitest";
import { giveHeaders, takeHeaders } from "../../src/http/header-pool.ts";
import { ACCEPT, REQUEST, RESPONSE } from "../../src/http/names.ts";

test("a block comes back empty and of the kind asked for", () => {
  const block = takeHeaders(REQUEST);
  block.add(ACCEPT, "a");
  block.authority = "h";
  giveHeaders(block);
  const again = takeHeaders(RESPONSE);
  expect([again, again.size, again.kind, again.get(ACCEPT)]).toEqual([block, 0, RESPONSE, null]);
});

test("giving a block back twice is a bug", () => {
  const block = takeHeaders(REQUEST);
  giveHeaders(block);
  expect(() => giveHeaders(block)).toThrow("twice");
});
