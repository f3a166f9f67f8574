import { describe, expect, test } from "vitest";
import { rbac } from "../../../src/extensions/http/rbac.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { runFilter } from "../../support/filter-run.ts";

const policy = (name: string): object => ({ permissions: [{ header: { name, present_match: true } }], principals: [{ any: true }] });
const rules = (action: string, policies: object): object => ({ action, policies });

httpFilterSuite("rbac", () => ({ entry: filterEntry(rbac, { rules: rules("DENY", { p: policy("x-no") }), shadow_rules: rules("ALLOW", { p: policy("x-no") }) }) }));

describe("role-based access control", () => {
  test("what no policy allows is denied, with the policy's name in the details where there is one", () => {
    const config = { rules: rules("ALLOW", { a: policy("x-a") }) };
    expect(runFilter(rbac, config, [["x-a", "1"]]).status).toBe("200");
    expect(runFilter(rbac, config)).toMatchObject({ status: "403", body: "RBAC: access denied", details: "rbac_access_denied_matched_policy[none]" });
    expect(runFilter(rbac, { rules: rules("DENY", { "my policy": policy("x-a") }) }, [["x-a", "1"]]).details).toBe("rbac_access_denied_matched_policy[my_policy]");
    expect(runFilter(rbac, config, [], { rbac: {} }).status).toBe("200");
  });

  test("shadow rules tell, and decide nothing", () => {
    const { status, stage } = runFilter(rbac, { shadow_rules: rules("ALLOW", { a: policy("x-a") }), shadow_rules_stat_prefix: "s_" });
    expect([status, stage.info.metadata]).toEqual(["200", { "envoy.filters.http.rbac": { s_shadow_engine_result: "denied" } }]);
  });

  test("LOG only marks the request", () => {
    const hint = (...headers: [string, string][]): unknown => runFilter(rbac, { rules: rules("LOG", { a: policy("x-a") }) }, headers).stage.info.metadata?.["envoy.common"];
    expect([hint(["x-a", "1"]), hint()]).toEqual([{ access_log_hint: true }, { access_log_hint: false }]);
  });
});
