import { expect, test } from "vitest";
import { setMetadata } from "../../../src/extensions/http/set-metadata.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { runFilter } from "../../support/filter-run.ts";

httpFilterSuite("set_metadata", () => ({ entry: filterEntry(setMetadata, { metadata: [{ metadata_namespace: "ns", value: { a: 1 } }] }) }));

test("fixed metadata is set, merged where that is allowed, and kept where it is not", () => {
  const config = {
    metadata: [
      { metadata_namespace: "ns", value: { a: 1, list: [1], map: { x: 1 } } }, { metadata_namespace: "ns", value: { a: 2 } },
      { metadata_namespace: "ns", allow_overwrite: true, value: { list: [2], map: { y: 2 }, b: true } },
    ],
  };
  const { info } = runFilter(setMetadata, config, [], { metadata: [{ metadata_namespace: "__proto__", value: { r: 1 } }] }).stage;
  expect(info.metadata?.["ns"]).toEqual({ a: 1, list: [1, 2], map: { x: 1, y: 2 }, b: true });
  expect(Object.entries(info.metadata ?? {}).at(-1)).toEqual(["__proto__", { r: 1 }]);
});
