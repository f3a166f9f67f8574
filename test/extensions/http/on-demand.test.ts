import { expect, test } from "vitest";
import { onDemand } from "../../../src/extensions/http/on-demand.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { runFilter } from "../../support/filter-run.ts";

httpFilterSuite("on_demand", () => ({ entry: filterEntry(onDemand, {}) }));

test("requests pass", () => {
  expect(runFilter(onDemand, {}).status).toBe("200");
});
