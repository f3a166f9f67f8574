import { describe, expect, test } from "vitest";
import { localRateLimit } from "../../../src/extensions/http/local-ratelimit.ts";
import { FilterStage } from "../../support/filter-stage.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";

const ALL = { default_value: { numerator: 100 } };
const ON = { stat_prefix: "l", filter_enabled: ALL, filter_enforced: ALL };
const bucket = (max_tokens: number): object => ({ token_bucket: { max_tokens, fill_interval: { seconds: 60, nanos: 0 } } });

httpFilterSuite("local_ratelimit", () => ({ entry: filterEntry(localRateLimit, { ...ON, ...bucket(10_000), enable_x_ratelimit_headers: "DRAFT_VERSION_03" }) }));

/** The statuses of requests through one opened filter; each with a header `x-a` of its own. */
function statuses(config: object, values: readonly string[]): string[] {
  const entry = filterEntry(localRateLimit, config);
  return values.map((value) => {
    const stage = new FilterStage([entry], 1000, [["x-a", value]]);
    stage.send([]);
    if (stage.request.ends === 1) stage.answer([]);
    return stage.response.head.find((line) => line.startsWith(":status"))?.slice(9) ?? "";
  });
}

describe("local rate limits", () => {
  test("so many requests pass as the bucket has tokens; a filter that is not switched on limits nothing", () => {
    expect(statuses({ ...ON, ...bucket(2) }, ["", "", ""])).toEqual(["200", "200", "429"]);
    expect(statuses({ stat_prefix: "l", ...bucket(0) }, ["", ""])).toEqual(["200", "200"]);
    expect(statuses({ ...ON, filter_enforced: undefined, ...bucket(0) }, [""])).toEqual(["200"]);
  });

  test("descriptors have buckets of their own, one with an open value one for each", () => {
    const rate_limits = [{ actions: [{ request_headers: { header_name: "x-a", descriptor_key: "a" } }] }];
    const exact = { ...ON, ...bucket(100), rate_limits, descriptors: [{ entries: [{ key: "a", value: "1" }], ...bucket(1) }] };
    expect(statuses(exact, ["1", "1", "2", "2"])).toEqual(["200", "429", "200", "200"]);
    const open = { ...exact, max_dynamic_descriptors: 2, descriptors: [{ entries: [{ key: "a", value: "" }], ...bucket(1) }] };
    expect(statuses(open, ["1", "1", "2", "2", "3", "1"])).toEqual(["200", "429", "200", "429", "200", "200"]);
  });
});
