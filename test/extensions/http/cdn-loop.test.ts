import { describe, expect, test } from "vitest";
import { cdnLoop } from "../../../src/extensions/http/cdn-loop.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { runFilter } from "../../support/filter-run.ts";

const CONFIG = { cdn_id: "me", max_allowed_occurrences: 1 };

httpFilterSuite("cdn_loop", () => ({ entry: filterEntry(cdnLoop, CONFIG) }));

describe("CDN loops", () => {
  const run = (value: string): string => {
    const { status, details } = runFilter(cdnLoop, CONFIG, [["cdn-loop", value]]);
    return status === "200" ? status : `${status} ${details}`;
  };

  test("this proxy notes itself and counts its own notes", () => {
    expect(runFilter(cdnLoop, CONFIG).sent).toContain("cdn-loop: me");
    expect(runFilter(cdnLoop, CONFIG, [["cdn-loop", "other;a=b"]]).sent).toContain("cdn-loop: other;a=b,me");
    expect([run("me"), run("me, you, me"), run("me:1, [::1]:80, me ; a=\"me, me\"")]).toEqual(["200", "502 cdn_loop_detected", "200"]);
  });

  test("what is no list of CDNs is refused, however long", () => {
    expect(["a b", "me;x", "[x", "a;b=\"c", "a;b=c;", `${"a;b=\"".repeat(20_000)}`].map(run)).toEqual(Array.from({ length: 6 }, () => "400 invalid_cdn_loop_header"));
  });
});
