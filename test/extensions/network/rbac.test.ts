import { expect, test } from "vitest";
import { networkRbac } from "../../../src/extensions/network/rbac.ts";
import { networkFilterSuite } from "../../contract/network-filter.suite.ts";
import { NetworkStage } from "../../support/network-stage.ts";
import { openNetworkFilter } from "../../support/open-network-filter.ts";

const EVERYBODY = { one: { permissions: [{ any: true }], principals: [{ any: true }] } };
const STATE = { one: { permissions: [{ any: true }], principals: [{ filter_state: { key: "k", string_match: { exact: "yes" } } }] } };

networkFilterSuite("rbac", (stage) => openNetworkFilter(networkRbac, { stat_prefix: "x.", rules: { policies: EVERYBODY } }, stage));
networkFilterSuite("rbac with each chunk", (stage) => openNetworkFilter(networkRbac, { stat_prefix: "x.", enforcement_type: "CONTINUOUS", rules: { policies: EVERYBODY } }, stage));

test("a denial of each chunk looks at what is known by then", async () => {
  const stage = new NetworkStage();
  const config = { stat_prefix: "x.", enforcement_type: "CONTINUOUS", rules: { policies: STATE } };
  await stage.connect([openNetworkFilter(networkRbac, config, stage)], ({ info }) => (info.filterState = new Map([["k", "yes"]])));
  await stage.send("a");
  stage.connection.info.filterState?.set("k", "no");
  await stage.send("b");
  expect([stage.terminal.received, stage.client.over, stage.stats.value("x.rbac.allowed"), stage.stats.value("x.rbac.denied")]).toEqual(["a", true, 1, 1]);
  expect(stage.connection.info.connectionTermination).toBe("rbac_access_denied_matched_policy[none]");
});

test("shadow rules leave their verdict in the connection's metadata", async () => {
  const stage = new NetworkStage();
  await stage.connect([openNetworkFilter(networkRbac, { stat_prefix: "x.", shadow_rules: { action: "DENY", policies: EVERYBODY }, shadow_rules_stat_prefix: "s_" }, stage)]);
  await stage.send("a");
  expect(stage.terminal.received).toBe("a");
  expect(stage.connection.info.metadata).toEqual({ "envoy.filters.network.rbac": { s_shadow_effective_policy_id: "one", s_shadow_engine_result: "denied" } });
});
