import { describe, expect, test } from "vitest";
import { csrf } from "../../../src/extensions/http/csrf.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { runFilter } from "../../support/filter-run.ts";

const CONFIG = { filter_enabled: { default_value: { numerator: 100 } }, additional_origins: [{ exact: "friend" }] };

httpFilterSuite("csrf", () => ({ entry: filterEntry(csrf, { filter_enabled: { default_value: { numerator: 0 } } }) }));

describe("cross-site request forgery", () => {
  test("a request that changes something must come from its own host or a friend", () => {
    const status = (...headers: [string, string][]): string => runFilter(csrf, CONFIG, headers).status;
    expect(status(["origin", "http://x"])).toBe("200");
    expect(status(["origin", "https://friend/page"])).toBe("200");
    expect(status(["referer", "http://x/page"])).toBe("200");
    expect(status(["origin", "http://evil"])).toBe("403");
    expect(status(["origin", "null"])).toBe("403");
    expect(status()).toBe("403");
  });

  test("a request that only reads is not looked at; a shadow policy only counts", () => {
    expect(runFilter(csrf, CONFIG, [[":method", "GET"], ["origin", "http://evil"]]).status).toBe("200");
    expect(runFilter(csrf, CONFIG, [["origin", "http://evil"]], { filter_enabled: { default_value: {} }, shadow_enabled: { default_value: { numerator: 100 } } }).status).toBe("200");
  });
});
