import { expect, test } from "vitest";
import { headerToMetadata } from "../../../src/extensions/http/header-to-metadata.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { runFilter } from "../../support/filter-run.ts";

const pair = (key: string, more: object = {}): object => ({ metadata_namespace: "ns", key, ...more });
const CONFIG = {
  request_rules: [
    { header: "x-a", on_header_present: pair("a"), on_header_missing: pair("a", { value: "none" }), remove: true }, { cookie: "c", on_header_present: pair("c", { type: "NUMBER" }) },
    { header: ":path", on_header_present: pair("p", { regex_value_rewrite: { pattern: { regex: "^/(\\w+).*" }, substitution: "<\\1>" } }) },
    { header: "x-p", on_header_present: pair("v", { type: "PROTOBUF_VALUE", encode: "BASE64" }) },
  ],
  response_rules: [{ header: ":status", on_header_present: pair("s") }],
};

httpFilterSuite("header_to_metadata", () => ({ entry: filterEntry(headerToMetadata, CONFIG) }));

test("headers and cookies become metadata, of the type that is asked for", () => {
  const { stage, sent } = runFilter(headerToMetadata, CONFIG, [[":path", "/one/two"], ["x-a", "1"], ["x-a", "2"], ["cookie", "b=1; c= 12.50"], ["x-p", Buffer.from([0x20, 1]).toString("base64")]]);
  expect(stage.info.metadata).toEqual({ ns: { a: "1,2", c: 12.5, p: "<one>", v: true, s: "200" } });
  expect(sent.some((line) => line.startsWith("x-a"))).toBe(false);
});

test("what is missing, too long or not of the type leaves no trace but its own rule's", () => {
  const { stage } = runFilter(headerToMetadata, CONFIG, [["cookie", "c=x"], ["x-p", "/////w=="]]);
  expect(stage.info.metadata).toEqual({ ns: { a: "none", p: "/", s: "200" } });
  expect(runFilter(headerToMetadata, CONFIG, [["x-a", "y".repeat(8192)]]).stage.info.metadata).toEqual({ ns: { p: "/", s: "200" } });
});
