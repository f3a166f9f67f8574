import { expect, test } from "vitest";
import { isInterim, reasonPhrase } from "../../src/http/status.ts";

test("phrases are Envoy's", () => {
  expect([200, 206, 413, 421, 431, 599, 299, 103].map(reasonPhrase))
    .toEqual(["OK", "Partial Content", "Payload Too Large", "Misdirected Request", "Request Header Fields Too Large", "Last Unassigned Server Error Code", "Unknown", "Unknown"]);
});

test("101 is a final status", () => {
  expect([100, 101, 103, 200].map(isInterim)).toEqual([true, false, true, false]);
});
