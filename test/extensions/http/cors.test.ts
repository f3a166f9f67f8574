import { describe, expect, test } from "vitest";
import { answer, forward } from "../../support/bootstrap.ts";
import { cors } from "../../../src/extensions/http/cors.ts";
import { httpFilterSuite } from "../../contract/http-filter.suite.ts";
import { filterEntry } from "../../support/filter-entry.ts";
import { ProxyWorld } from "../../support/proxy-world.ts";

const TYPE = "type.googleapis.com/envoy.extensions.filters.http";
const http_filters = [{ name: "cors", typed_config: { "@type": `${TYPE}.cors.v3.Cors` } }, { name: "r", typed_config: { "@type": `${TYPE}.router.v3.Router` } }];
const policy = (fields: object): object => ({ typed_per_filter_config: { cors: { "@type": `${TYPE}.cors.v3.CorsPolicy`, ...fields } } });
const ALLOWED = { allow_origin_string_match: [{ prefix: "http://a" }], allow_methods: "GET, PUT", max_age: "60" };
const PREFLIGHT = "origin: http://a.test\r\naccess-control-request-method: PUT\r\naccess-control-request-headers: x-a\r\n";

httpFilterSuite("cors", () => ({ entry: filterEntry(cors, {}) }));

async function open(fields: object): Promise<ProxyWorld> {
  return ProxyWorld.open({ manager: { http_filters }, routes: [{ ...answer("/direct", 200), ...policy(fields) }, { ...forward("/", "u"), ...policy(fields) }] });
}

async function asked(world: ProxyWorld, method: string, path: string, headers: string): Promise<string> {
  const client = await world.client();
  client.send(`${method} ${path} HTTP/1.1\r\nhost: x\r\n${headers}\r\n`);
  await world.settle();
  if (world.upstreams.length > 0) await world.answer();
  return client.received;
}

describe("CORS", () => {
  test("a preflight from an allowed origin is answered here", async () => {
    const world = await open(ALLOWED);
    expect(await asked(world, "OPTIONS", "/", PREFLIGHT)).toMatch(/^HTTP\/1\.1 200 OK\r\naccess-control-allow-origin: http:\/\/a\.test\r\naccess-control-allow-methods: GET, PUT\r\naccess-control-max-age: 60\r\n/);
    expect([world.upstreams.length, world.stat("http.front.cors.origin_valid")]).toEqual([0, 1]);
  });

  test("a star stands for what was asked", async () => {
    const received = await asked(await open({ ...ALLOWED, allow_methods: "*", allow_headers: "*", allow_credentials: true }), "OPTIONS", "/", PREFLIGHT);
    expect(received).toContain("access-control-allow-credentials: true\r\naccess-control-allow-methods: PUT\r\naccess-control-allow-headers: x-a\r\n");
  });

  test("the response to an allowed origin is marked, another is left alone", async () => {
    const fields = { ...ALLOWED, expose_headers: "x-e" };
    expect(await asked(await open(fields), "GET", "/", "origin: http://a.test\r\n")).toContain("access-control-allow-origin: http://a.test\r\naccess-control-expose-headers: x-e\r\n");
    const world = await open(fields);
    expect(await asked(world, "GET", "/", "origin: http://b.test\r\n")).not.toContain("access-control");
    expect(world.stat("http.front.cors.origin_invalid")).toBe(1);
  });

  test("a preflight from another origin goes on, unless that is forbidden", async () => {
    const other = PREFLIGHT.replace("a.test", "c.test").replace("http://a", "http://c");
    const world = await open(ALLOWED);
    await asked(world, "OPTIONS", "/", other);
    const strict = await open({ ...ALLOWED, forward_not_matching_preflights: false });
    await asked(strict, "OPTIONS", "/", other);
    expect([world.upstreams.length, strict.upstreams.length]).toEqual([1, 0]);
  });

  test("routes that do not forward have none, nor has a policy that is off", async () => {
    expect(await asked(await open(ALLOWED), "GET", "/direct", "origin: http://a.test\r\n")).not.toContain("access-control");
    expect(await asked(await open({ ...ALLOWED, filter_enabled: { default_value: { numerator: 0 } } }), "GET", "/", "origin: http://a.test\r\n")).not.toContain("access-control");
  });
});
