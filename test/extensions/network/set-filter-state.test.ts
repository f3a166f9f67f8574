import { expect, test } from "vitest";
import { networkSetFilterState } from "../../../src/extensions/network/set-filter-state.ts";
import { networkFilterSuite } from "../../contract/network-filter.suite.ts";
import { NetworkStage } from "../../support/network-stage.ts";
import { openNetworkFilter } from "../../support/open-network-filter.ts";

const value = (object_key: string, text: string): object => ({ object_key, format_string: { text_format_source: { inline_string: text } } });
const config = { on_new_connection: [value("a", "1"), value("b", "%FILTER_STATE(a:PLAIN)%2")], on_downstream_data: [value("c", "3")] };

networkFilterSuite("set_filter_state", (stage) => openNetworkFilter(networkSetFilterState, config, stage));

test("values are set with the connection, others with its first bytes", async () => {
  const stage = new NetworkStage();
  await stage.connect([openNetworkFilter(networkSetFilterState, config, stage)]);
  const state = (): object => Object.fromEntries(stage.connection.info.filterState ?? []);
  expect(state()).toEqual({ a: "1", b: "12" });
  await stage.send("x");
  expect(state()).toEqual({ a: "1", b: "12", c: "3" });
  expect(stage.connection.conn.handler).toBe(stage.terminal);
});
