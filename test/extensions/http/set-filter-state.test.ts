import { expect, test } from "vitest";
import { setFilterState } from "../../../src/extensions/http/set-filter-state.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { runFilter } from "../../support/filter-run.ts";

const state = (object_key: string, inline_string: string, more: object = {}): object => ({ object_key, factory_key: "envoy.string", format_string: { text_format_source: { inline_string } }, ...more });

httpFilterSuite("set_filter_state", () => ({ entry: filterEntry(setFilterState, { on_request_headers: [state("k", "%REQ(:path)%")] }) }));

test("values are worked out of the request; routes add theirs; empty ones may be left out", () => {
  const config = { on_request_headers: [state("a", "%REQ(x-a)%!"), state("b", "%REQ(x-b)%", { skip_if_empty: true, format_string: { text_format: "%REQ(x-b)%", omit_empty_values: true } }), { object_key: "envoy.tcp_proxy.per_connection_idle_timeout_ms", format_string: { text_format: "abc" } }] };
  const { stage } = runFilter(setFilterState, config, [["x-a", "1"]], { on_request_headers: [state("c", "route")] });
  expect([...(stage.info.filterState ?? [])]).toEqual([["a", "1!"], ["c", "route"]]);
});
