import { expect, test } from "vitest";
import { connectionLimit } from "../../../src/extensions/network/connection-limit.ts";
import { networkFilterSuite } from "../../contract/network-filter.suite.ts";
import { NetworkStage } from "../../support/network-stage.ts";
import { openNetworkFilter } from "../../support/open-network-filter.ts";

networkFilterSuite("connection_limit", (stage) => openNetworkFilter(connectionLimit, { stat_prefix: "x", max_connections: 9 }, stage));

test("a connection above the limit is closed, at once or after the delay, and counts until it is gone", async () => {
  for (const delay of [undefined, { seconds: 5, nanos: 0 }]) {
    const stage = new NetworkStage();
    await stage.connect([openNetworkFilter(connectionLimit, { stat_prefix: "x", max_connections: 0, ...(delay === undefined ? {} : { delay }) }, stage)]);
    const count = (name: string): number => stage.stats.value(`connection_limit.x.${name}`);
    expect([stage.client.over, count("active_connections"), count("limited_connections")]).toEqual([delay === undefined, delay === undefined ? 0 : 1, 1]);
    await stage.pass(5_100);
    expect([stage.client.over, count("active_connections"), stage.terminal.begun]).toEqual([true, 0, 0]);
  }
});
