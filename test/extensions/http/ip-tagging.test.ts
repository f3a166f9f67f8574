import { expect, test } from "vitest";
import { ipTagging } from "../../../src/extensions/http/ip-tagging.ts";
import { ipAddress } from "../../../src/platform/address.ts";
import { FilterStage } from "../../support/filter-stage.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";

const TAGS = { ip_tags: [{ ip_tag_name: "ten", ip_list: [{ address_prefix: "10.0.0.0", prefix_len: 8 }] }, { ip_tag_name: "one", ip_list: [{ address_prefix: "10.1.2.3", prefix_len: 32 }, { address_prefix: "fd00::", prefix_len: 8 }] }] };

httpFilterSuite("ip_tagging", () => ({ entry: filterEntry(ipTagging, TAGS) }));

function tagged(ip: string, config: object, ...headers: [string, string][]): readonly string[] {
  const stage = new FilterStage([filterEntry(ipTagging, config)], 1000, headers);
  stage.info.remote = ipAddress(ip, 1);
  stage.send([]);
  return stage.request.head.slice(4);
}

test("an address is tagged by every range it lies in", () => {
  expect(tagged("10.1.2.3", TAGS, ["x-envoy-ip-tags", "own"])).toEqual(["x-envoy-ip-tags: own,ten,one"]);
  expect([tagged("10.9.9.9", TAGS), tagged("fdab::1", TAGS), tagged("11.1.1.1", TAGS)]).toEqual([["x-envoy-ip-tags: ten"], ["x-envoy-ip-tags: one"], []]);
});

test("a header of its own is replaced, or taken away", () => {
  const config = { ...TAGS, ip_tag_header: { header: "x-tags" }, request_type: "EXTERNAL" };
  expect([tagged("10.1.1.1", config, ["x-tags", "lie"]), tagged("1.1.1.1", config, ["x-tags", "lie"]), tagged("10.1.1.1", config, ["x-envoy-internal", "true"])]).toEqual([["x-tags: ten"], [], ["x-envoy-internal: true"]]);
});
