import { describe, expect, test } from "vitest";
import { basicAuth } from "../../../src/extensions/http/basic-auth.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { runFilter } from "../../support/filter-run.ts";

const CONFIG = { users: { inline_string: "# people\nbob:{SHA}5en6G6MezRroT3XKqkdPOmY/BfQ=\n" }, forward_username_header: "x-user", emit_dynamic_metadata: true };
const auth = (pair: string): [string, string] => ["authorization", `Basic ${Buffer.from(pair).toString("base64")}`];

httpFilterSuite("basic_auth", () => ({ entry: filterEntry(basicAuth, { ...CONFIG, allow_missing: true }) }));

describe("basic authentication", () => {
  test("the right name and password pass, and the name goes on", () => {
    const { status, sent, stage } = runFilter(basicAuth, CONFIG, [auth("bob:secret")]);
    expect([status, sent.at(-1), stage.info.metadata]).toEqual(["200", "x-user: bob", { "envoy.filters.http.basic_auth": { username: "bob" } }]);
  });

  test("anything else is refused with its reason", () => {
    const details = (value: [string, string] | undefined): string => runFilter(basicAuth, CONFIG, value === undefined ? [] : [value]).details;
    expect([undefined, auth("bob:x"), auth("eve:secret"), auth("bob"), ["authorization", "Bearer x"], ["authorization", `Basic ${"A".repeat(1_000_001)}`]].map((value) => details(value as [string, string]))).toEqual([
      "no_credential_for_basic_auth", "invalid_credential_for_basic_auth", "invalid_credential_for_basic_auth", "invalid_format_for_basic_auth", "invalid_scheme_for_basic_auth", "invalid_format_for_basic_auth",
    ]);
    expect(runFilter(basicAuth, CONFIG).stage.response.head).toContain('www-authenticate: Basic realm="http://x/"');
  });
});
