import { expect, test } from "vitest";
import { forward } from "../../support/bootstrap.ts";
import { headerMutation } from "../../../src/extensions/http/header-mutation.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { ProxyWorld } from "../../support/proxy-world.ts";

const TYPE = "type.googleapis.com/envoy.extensions.filters.http";
const ROUTER = { name: "r", typed_config: { "@type": `${TYPE}.router.v3.Router` } };
const append = (key: string, value: string, append_action = "APPEND_IF_EXISTS_OR_ADD"): object => ({ append: { header: { key, value }, append_action } });
const level = (name: string): object => ({ typed_per_filter_config: { hm: { "@type": `${TYPE}.header_mutation.v3.HeaderMutationPerRoute`, mutations: { request_mutations: [append("x-level", name, "OVERWRITE_IF_EXISTS_OR_ADD")] } } } });

httpFilterSuite("header-mutation", () => ({ entry: filterEntry(headerMutation, { mutations: { request_mutations: [{ append: { header: { key: "x-a", value: "b" } } }] } }) }));

async function exchange(config: object, route: object, headers = ""): Promise<{ request: string; response: string }> {
  const filter = { name: "hm", typed_config: { "@type": `${TYPE}.header_mutation.v3.HeaderMutation`, ...config } };
  const world = await ProxyWorld.open({ manager: { http_filters: [filter, ROUTER], route_config: { virtual_hosts: [{ name: "all", domains: ["*"], routes: [{ ...forward("/", "u"), ...route }], ...level("host") }] } } });
  const client = await world.asking("/", headers);
  world.upstream().send("HTTP/1.1 200 OK\r\nx-m-a: 1\r\nx-n: 1\r\ncontent-length: 0\r\n\r\n");
  await world.settle();
  return { request: world.upstream().received, response: client.received };
}

test("requests and responses are changed in the order of the list", async () => {
  const { request, response } = await exchange({
    mutations: {
      request_mutations: [append("x-a", "1"), append("x-b", "%REQ(x-a)%"), { remove: "x-gone" }, append("x-c", "no", "ADD_IF_ABSENT"), append("x-d", "no", "OVERWRITE_IF_EXISTS"), append("x-e", "")],
      response_mutations: [append("x-code", "%RESPONSE_CODE%"), { remove_on_match: { key_matcher: { prefix: "x-m" } } }],
    },
  }, {}, "x-gone: 1\r\nx-c: c\r\n");
  expect(request).toMatch(/x-c: c\r\n[^]*x-a: 1\r\nx-b: 1\r\n/);
  expect(request).not.toMatch(/x-gone|x-d:|x-e:/);
  expect(response).toMatch(/x-n: 1\r\n[^]*x-code: 200\r\n/);
  expect(response).not.toContain("x-m-a");
});

test("of several levels the least specific has the last word, unless the most specific shall", async () => {
  expect((await exchange({}, level("route"))).request).toContain("x-level: host\r\n");
  expect((await exchange({ most_specific_header_mutations_wins: true }, level("route"))).request).toContain("x-level: route\r\n");
});
