import { describe, expect, test } from "vitest";
import { answer } from "../support/bootstrap.ts";
import { ProxyWorld } from "../support/proxy-world.ts";

const TYPE = "type.googleapis.com/";
const limit = (name: string, disabled: boolean): object => ({ name, disabled, typed_config: { "@type": `${TYPE}envoy.extensions.filters.http.buffer.v3.Buffer`, max_request_bytes: 2 } });
const ROUTER = { name: "r", typed_config: { "@type": `${TYPE}envoy.extensions.filters.http.router.v3.Router` } };
const override = (name: string, disabled: boolean): object => ({ typed_per_filter_config: { [name]: { "@type": `${TYPE}envoy.config.route.v3.FilterConfig`, disabled, ...(disabled ? {} : { config: { "@type": `${TYPE}envoy.extensions.filters.http.buffer.v3.BufferPerRoute`, buffer: { max_request_bytes: 2 } } }) } } });

async function statusOf(filter: object, route: object): Promise<number | undefined> {
  const world = await ProxyWorld.open({ manager: { http_filters: [filter, ROUTER] as never }, routes: [{ ...answer("/", 200), ...route }] });
  const client = await world.client();
  client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 5\r\n\r\nhello");
  await world.settle();
  return client.statuses[0];
}

describe("a filter", () => {
  test("is on unless it is disabled", async () => {
    expect([await statusOf(limit("b", false), {}), await statusOf(limit("b", true), {})]).toEqual([413, 200]);
  });

  test("is switched off and on by a route, under its own name", async () => {
    expect(await statusOf(limit("b", false), override("b", true))).toBe(200);
    expect(await statusOf(limit("b", true), override("b", false))).toBe(413);
    expect(await statusOf(limit("b", false), override("other", true))).toBe(413);
  });
});
