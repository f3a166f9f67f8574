import { describe, expect, test } from "vitest";
import * as F from "../../src/codec/http2-frames.ts";
import { forward } from "../support/bootstrap.ts";
import { Http2Peer } from "../support/http2-peer.ts";
import { goaway, headers, reset, settings, SETTINGS_ACK } from "../support/http2-wire.ts";
import { ProxyWorld, type Peer } from "../support/proxy-world.ts";

function speaking(options: object = {}, common: object = {}): Readonly<Record<string, unknown>> {
  return {
    typed_extension_protocol_options: {
      "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": {
        "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions",
        explicit_http_config: { http2_protocol_options: options }, common_http_protocol_options: common,
      },
    },
  };
}

async function end(world: ProxyWorld, ...clients: Peer[]): Promise<void> {
  for (const peer of [...clients, ...world.upstreams]) peer.conn.close();
  await world.pass(2500);
  world.expectQuiet();
  expect([world.stat("cluster.u.http2.streams_active"), world.stat("cluster.u.http2.pending_send_bytes")]).toEqual([0, 0]);
}

function host(world: ProxyWorld, index = -1): Http2Peer {
  return new Http2Peer(world, world.upstream(index), true);
}

const GREETING = [settings(), SETTINGS_ACK];

describe("an HTTP/2 connection to a host", () => {
  test("carries requests of several clients side by side", async () => {
    const world = await ProxyWorld.open({ cluster: speaking() });
    const clients = [await world.asking("/1"), await world.asking("/2"), await world.asking("/3")];
    const upstream = host(world);
    expect(upstream.heard()).toEqual(["HEADERS 1 end :path: /1", "HEADERS 3 end :path: /2", "HEADERS 5 end :path: /3"]);
    await upstream.answer(3, "two", true);
    await upstream.answer(1, "one");
    await upstream.answer(5, "three");
    expect(clients.map(({ received }) => /(\w+)(\r\n0\r\n\r\n)?$/.exec(received)?.[1])).toEqual(["one", "two", "three"]);
    expect([world.upstreams.length, world.stat("cluster.u.upstream_cx_http2_total"), world.stat("cluster.u.upstream_rq_total")]).toEqual([1, 1, 3]);
    await end(world, ...clients);
  });

  test("takes as many at a time as both sides allow; the others wait for one of them, or for another connection", async () => {
    const world = await ProxyWorld.open({ cluster: { ...speaking({ max_concurrent_streams: 2 }), circuit_breakers: { thresholds: [{ max_connections: 1 }] } } });
    const clients = [await world.asking("/1"), await world.asking("/2"), await world.asking("/3")];
    const upstream = host(world);
    await upstream.send(...GREETING);
    expect(upstream.heard()).toEqual(["HEADERS 1 end :path: /1", "HEADERS 3 end :path: /2"]);
    await upstream.answer(1);
    expect(upstream.heard()).toEqual(["HEADERS 5 end :path: /3"]);
    await upstream.answer(3);
    await upstream.answer(5);
    expect([world.upstreams.length, world.stat("cluster.u.upstream_cx_overflow")]).toEqual([1, 1]);
    await end(world, ...clients);
  });

  test("goes on with what it has after GOAWAY, and new requests go elsewhere", async () => {
    const world = await ProxyWorld.open({ cluster: speaking() });
    const first = await world.asking("/1");
    const old = host(world, 0);
    await old.send(...GREETING, goaway(1, 0));
    const second = await world.asking("/2");
    await old.answer(1, "old");
    await host(world, 1).answer(1, "new", true);
    expect([first.received.includes("old"), second.received.includes("new"), world.upstream(0).over, world.stat("cluster.u.upstream_cx_close_notify")]).toEqual([true, true, true, 1]);
    await end(world, first, second);
  });

  test("is closed when idle for too long, or when it has carried as many as it may", async () => {
    const world = await ProxyWorld.open({ cluster: speaking({}, { idle_timeout: "5s" }) });
    const client = await world.asking("/1");
    await host(world).answer(1, "ok", true);
    await world.pass(6000);
    expect([world.upstream().over, world.stat("cluster.u.upstream_cx_idle_timeout")]).toEqual([true, 1]);
    await end(world, client);
    const worn = await ProxyWorld.open({ cluster: { ...speaking(), max_requests_per_connection: 1 } });
    const asker = await worn.asking("/1");
    await host(worn).answer(1, "ok", true);
    expect([worn.upstream().over, worn.stat("cluster.u.upstream_cx_max_requests")]).toEqual([true, 1]);
    await end(worn, asker);
  });

  test("is answered for when it never comes to be, or is lost", async () => {
    const world = await ProxyWorld.open({ cluster: speaking() });
    const clients = [await world.asking("/1"), await world.asking("/2")];
    world.upstream().conn.reset();
    await world.settle();
    expect(clients.map(({ statuses }) => statuses)).toEqual([[503], [503]]);
    expect([world.stat("cluster.u.upstream_rq_pending_failure_eject"), world.stat("cluster.u.upstream_cx_destroy_remote_with_active_rq")]).toEqual([2, 1]);
    await end(world, ...clients);
  });
});

test("a refused stream is tried again where that is asked for; what was refused never counts as sent to the host", async () => {
  const world = await ProxyWorld.open({ cluster: speaking(), routes: [forward("/", "u", { retry_policy: { retry_on: "refused-stream", num_retries: 2, retry_back_off: { base_interval: "0.001s" } } })] });
  const client = await world.asking("/1");
  const upstream = host(world);
  await upstream.send(...GREETING, reset(1, F.REFUSED_STREAM));
  await world.pass(250);
  expect(upstream.heard()).toEqual(["HEADERS 1 end :path: /1", "HEADERS 3 end :path: /1"]);
  await upstream.answer(3);
  expect([client.statuses, world.stat("cluster.u.upstream_rq_retry_success")]).toEqual([[200], 1]);
  await end(world, client);
});

test("a client that leaves resets its stream, and the connection serves the others", async () => {
  const world = await ProxyWorld.open({ cluster: speaking() });
  const [first, second] = [await world.asking("/1"), await world.asking("/2")];
  const upstream = host(world);
  await upstream.send(...GREETING);
  first.conn.reset();
  await world.settle();
  expect(upstream.heard().at(-1)).toBe("RST_STREAM 1 2");
  await upstream.send(headers(1, [[":status", "200"]], F.END_HEADERS));
  await upstream.answer(3);
  expect([second.statuses, world.stat("cluster.u.upstream_rq_tx_reset"), world.upstream().over]).toEqual([[200], 1, false]);
  await end(world, first, second);
});

test("a connection that was idle for long is tried with a PING before the next request", async () => {
  const world = await ProxyWorld.open({ cluster: speaking({ connection_keepalive: { timeout: "2s", connection_idle_interval: "10s" } }) });
  const client = await world.asking("/1");
  const upstream = host(world);
  await upstream.answer(1, "ok", true);
  await world.pass(11_000);
  upstream.heard();
  client.send("GET /2 HTTP/1.1\r\nhost: x\r\n\r\n");
  await world.settle();
  expect(upstream.heard()).toEqual(["PING 0 <time>", "HEADERS 3 end :path: /2"]);
  await upstream.send(Buffer.concat([Buffer.from([0, 0, 8, 6, 1, 0, 0, 0, 0]), Buffer.alloc(8)]));
  await upstream.answer(3);
  expect(client.statuses).toEqual([200, 200]);
  await end(world, client);
});
