import { describe, expect, test } from "vitest";
import { forward, ipAddress } from "../support/bootstrap.ts";
import { type Peer, ProxyWorld, UPSTREAM } from "../support/proxy-world.ts";

const at = (...addresses: [string, number][]): Readonly<Record<string, unknown>> => ({
  load_assignment: { cluster_name: "u", endpoints: [{ lb_endpoints: addresses.map(([ip, port]) => ({ endpoint: { address: ipAddress(port, ip) } })) }] },
});
const REQUEST = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

async function end(world: ProxyWorld, ...clients: Peer[]): Promise<void> {
  for (const peer of [...clients, ...world.upstreams]) peer.conn.close();
  await world.pass(2500);
  world.expectQuiet();
}

describe("connections to a host", () => {
  test("are used again, the one used last first", async () => {
    const world = await ProxyWorld.open();
    const [a, b] = [await world.asking(), await world.asking()];
    await world.answer("a", world.upstream(0));
    await world.answer("b", world.upstream(1));
    a.send(REQUEST);
    await world.settle();
    expect(world.upstream(1).received.match(/GET/g)?.length).toBe(2);
    await world.answer("c", world.upstream(1));
    expect([a.statuses, b.statuses, world.upstreams.length]).toEqual([[200, 200], [200], 2]);
    expect([world.stat("cluster.u.upstream_cx_total"), world.stat("cluster.u.upstream_rq_total")]).toEqual([2, 3]);
    await end(world, a, b);
  });

  test("are closed after idle_timeout, and the next request makes a new one", async () => {
    const world = await ProxyWorld.open({
      cluster: { typed_extension_protocol_options: { "envoy.extensions.upstreams.http.v3.HttpProtocolOptions": { "@type": "type.googleapis.com/envoy.extensions.upstreams.http.v3.HttpProtocolOptions", explicit_http_config: { http_protocol_options: {} }, common_http_protocol_options: { idle_timeout: "5s" } } } },
    });
    const client = await world.asking();
    await world.answer();
    await world.pass(6000);
    expect([world.upstream().over, world.stat("cluster.u.upstream_cx_idle_timeout")]).toEqual([true, 1]);
    client.send(REQUEST);
    await world.settle();
    await world.answer();
    expect([client.statuses, world.upstreams.length]).toEqual([[200, 200], 2]);
    await end(world, client);
  });

  test("that the host closes while idle are dropped without a word", async () => {
    const world = await ProxyWorld.open();
    const client = await world.asking();
    await world.answer();
    world.upstream().conn.close();
    await world.settle();
    expect([world.stat("cluster.u.upstream_cx_active"), world.stat("cluster.u.upstream_cx_destroy_remote"), client.over]).toEqual([0, 1, false]);
    client.send(REQUEST);
    await world.settle();
    await world.answer();
    expect(client.statuses).toEqual([200, 200]);
    await end(world, client);
  });

  test("on which bytes come that nobody asked for are closed", async () => {
    const world = await ProxyWorld.open();
    const client = await world.asking();
    await world.answer();
    world.upstream().send("HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nevil");
    await world.settle();
    expect([world.upstream().over, world.stat("cluster.u.upstream_cx_protocol_error")]).toEqual([true, 1]);
    client.send(REQUEST);
    await world.settle();
    expect(client.received).not.toContain("evil");
    await end(world, client);
  });

  test("end with connection: close, and after max_requests_per_connection", async () => {
    const world = await ProxyWorld.open({ cluster: { max_requests_per_connection: 2 } });
    const client = await world.asking();
    await world.answer();
    client.send(REQUEST);
    await world.settle();
    await world.answer();
    expect([world.upstream().over, world.stat("cluster.u.upstream_cx_max_requests")]).toEqual([true, 1]);
    client.send(REQUEST);
    await world.settle();
    world.upstream().send("HTTP/1.1 200 OK\r\nconnection: close\r\ncontent-length: 0\r\n\r\n");
    await world.settle();
    expect([client.statuses, world.upstream().over, world.upstreams.length]).toEqual([[200, 200, 200], true, 2]);
    await end(world, client);
  });

  test("of a host that went finish what they carry and then close", async () => {
    const world = await ProxyWorld.open();
    const client = await world.asking();
    world.live.setHosts("u", []);
    const refused = await world.asking();
    await world.answer("late");
    expect([refused.statuses, client.statuses, world.upstream().over]).toEqual([[503], [200], true]);
    await end(world, client, refused);
  });
});

test("a connection that opens when nobody waits for it any more is closed if its host has gone", async () => {
  const world = await ProxyWorld.open();
  const client = await world.client();
  client.send(REQUEST);
  for (let i = 0; i < 8 && world.stat("cluster.u.upstream_rq_pending_active") === 0; i++) await Promise.resolve();
  expect(world.stat("cluster.u.upstream_rq_pending_active")).toBe(1);
  world.live.setHosts("u", []);
  client.conn.reset();
  await world.settle();
  expect([world.stat("cluster.u.upstream_cx_active"), world.upstreams.every((peer) => peer.over)]).toEqual([0, true]);
  await end(world, client);
});

describe("a request that finds no connection", () => {
  test("waits for one, and goes out when it opens", async () => {
    const world = await ProxyWorld.open();
    const client = await world.asking();
    expect(world.stat("cluster.u.upstream_rq_pending_total")).toBe(1);
    await world.answer();
    expect(client.statuses).toEqual([200]);
    await end(world, client);
  });

  test("is answered 503 UF where the connection is refused", async () => {
    const world = await ProxyWorld.open({ cluster: at(["127.0.0.1", 9999]) });
    const client = await world.asking();
    expect(client.received).toMatch(/^HTTP\/1\.1 503 [^]*reset reason: remote connection failure/);
    expect(world.stat("cluster.u.upstream_cx_connect_fail")).toBe(1);
    await end(world, client);
    expect(world.log[0]).toContain(" 503 UF ");
  });

  test("is answered 503 UF after connect_timeout, and so is whoever waits with it", async () => {
    const world = await ProxyWorld.open({ cluster: { connect_timeout: "1s", ...at(["192.0.2.1", 80]) } });
    const clients = [await world.asking(), await world.asking()];
    await world.pass(750);
    expect(clients.map((client) => client.statuses)).toEqual([[], []]);
    await world.pass(750);
    for (const client of clients) expect(client.received).toMatch(/503 [^]*connection timeout/);
    expect(world.stat("cluster.u.upstream_cx_connect_timeout")).toBe(2);
    await end(world, ...clients);
  });

  test("whose client leaves gives its place up", async () => {
    const world = await ProxyWorld.open({ cluster: at(["192.0.2.1", 80]) });
    const client = await world.asking();
    expect(world.stat("cluster.u.upstream_rq_pending_active")).toBe(1);
    client.conn.reset();
    await world.settle();
    expect([world.stat("cluster.u.upstream_rq_pending_active"), world.stat("cluster.u.upstream_rq_cancelled")]).toEqual([0, 1]);
    await end(world, client);
  });
});

describe("circuit breakers", () => {
  const limits = (thresholds: object): Readonly<Record<string, unknown>> => ({ circuit_breakers: { thresholds: [thresholds] } });

  test("max_pending_requests: one more is answered 503 UO with x-envoy-overloaded", async () => {
    const world = await ProxyWorld.open({ cluster: { ...limits({ max_pending_requests: 1 }), ...at(["192.0.2.1", 80]) } });
    const [waiting, refused] = [await world.asking(), await world.asking()];
    expect([waiting.statuses, refused.statuses]).toEqual([[], [503]]);
    expect(refused.received).toContain("x-envoy-overloaded: true");
    expect(world.stat("cluster.u.upstream_rq_pending_overflow")).toBe(1);
    await end(world, waiting, refused);
    expect(world.log.join()).toContain(" 503 UO ");
  });

  test("max_requests: one more is refused, and one is let in when one has ended", async () => {
    const world = await ProxyWorld.open({ cluster: limits({ max_requests: 1 }) });
    const [first, second] = [await world.asking(), await world.asking()];
    expect([first.statuses, second.statuses]).toEqual([[], [503]]);
    await world.answer("ok", world.upstream(0));
    second.send(REQUEST);
    await world.settle();
    for (const peer of world.upstreams) if (peer.received !== "" && !peer.over) await world.answer("ok", peer);
    expect(second.statuses[1]).toBe(200);
    await end(world, first, second);
  });

  test("max_connections: one more request waits for a connection that is there", async () => {
    const world = await ProxyWorld.open({ cluster: limits({ max_connections: 1 }) });
    const [first, second] = [await world.asking(), await world.asking()];
    expect([world.upstreams.length, world.stat("cluster.u.upstream_cx_overflow")]).toEqual([1, 1]);
    await world.answer("one");
    await world.answer("two");
    expect([first.received.slice(-3), second.received.slice(-3)]).toEqual(["one", "two"]);
    await end(world, first, second);
  });
});

test("hosts take turns", async () => {
  const world = await ProxyWorld.open({ cluster: at([UPSTREAM.ip, UPSTREAM.port], ["127.0.0.1", 9999]), routes: [forward("/", "u")] });
  const statuses: number[] = [];
  for (let i = 0; i < 4; i++) {
    const client = await world.asking();
    if (client.statuses.length === 0) await world.answer();
    statuses.push(...client.statuses);
  }
  expect(statuses.sort()).toEqual([200, 200, 503, 503]);
});
