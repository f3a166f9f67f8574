import { expect, test } from "vitest";
import { answer, table } from "../support/bootstrap.ts";
import { framesOf, headers, PREFACE, settings } from "../support/http2-wire.ts";
import { ProxyWorld } from "../support/proxy-world.ts";

const RBAC = "type.googleapis.com/envoy.extensions.filters.network.rbac.v3.RBAC";
const MANAGER = "type.googleapis.com/envoy.extensions.filters.network.http_connection_manager.v3.HttpConnectionManager";
const ROUTER = { name: "router", typed_config: { "@type": "type.googleapis.com/envoy.extensions.filters.http.router.v3.Router" } };
const REQUEST = [[":method", "GET"], [":scheme", "http"], [":path", "/"], [":authority", "a"]] as const;

test("a filter that looks at every chunk stays in front of HTTP/2", async () => {
  const rbac = { name: "rbac", typed_config: { "@type": RBAC, stat_prefix: "p.", enforcement_type: "CONTINUOUS", rules: { policies: { one: { permissions: [{ any: true }], principals: [{ any: true }] } } } } };
  const manager = { name: "http", typed_config: { "@type": MANAGER, stat_prefix: "h", route_config: table(answer("/", 200, "own")), http_filters: [ROUTER] } };
  const world = await ProxyWorld.open({ listener: { filter_chains: [{ filters: [rbac, manager] }] } });
  const client = await world.client();
  for (const bytes of [Buffer.concat([PREFACE, settings()]), headers(1, REQUEST), headers(3, REQUEST)]) {
    client.send(bytes.toString("latin1"));
    await world.settle();
  }
  const { frames } = framesOf(Buffer.from(client.received, "latin1"));
  expect(new Set(frames.map((frame) => frame.stream))).toEqual(new Set([0, 1, 3]));
  expect([world.stat("p.rbac.allowed"), world.stat("http.h.downstream_rq_2xx")]).toEqual([3, 2]);
  client.conn.close();
  await world.settle();
  await world.pass(2000);
  world.expectQuiet();
});
