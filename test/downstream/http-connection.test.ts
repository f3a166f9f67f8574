import { expect, test } from "vitest";
import { answer, forward } from "../support/bootstrap.ts";
import { type Peer, ProxyWorld } from "../support/proxy-world.ts";

const OWN = [answer("/", 200, "own")];
const REQUEST = "GET / HTTP/1.1\r\nhost: x\r\n\r\n";

/** Lets the client close too, and checks that nothing of it is left. */
async function part(world: ProxyWorld, ...peers: Peer[]): Promise<void> {
  for (const peer of peers) peer.conn.close();
  for (const peer of world.upstreams) peer.conn.close();
  await world.settle();
  await world.pass(2000);
  world.expectQuiet();
}

test("requests follow one another on a connection, pipelined ones too, each answered in its turn", async () => {
  const world = await ProxyWorld.open();
  const client = await world.client();
  client.send(REQUEST.repeat(3));
  await world.settle();
  for (const body of ["one", "two", "three"]) await world.answer(body);
  expect(client.statuses).toEqual([200, 200, 200]);
  expect(client.received).toMatch(/one[^]*two[^]*three$/);
  expect([world.upstreams.length, world.stat("http.front.downstream_cx_total"), world.stat("http.front.downstream_rq_total")]).toEqual([1, 1, 3]);
  await part(world, client);
});

test("connection: close of the client ends the connection behind the response", async () => {
  const world = await ProxyWorld.open({ routes: OWN });
  const client = await world.asking("/", "connection: close\r\n");
  expect(client.received).toContain("connection: close");
  await world.pass(1000);
  expect(client.over).toBe(true);
  await part(world, client);
});

test("a connection without a request for idle_timeout is closed, one with a request is not", async () => {
  const world = await ProxyWorld.open({ manager: { common_http_protocol_options: { idle_timeout: "10s" } } });
  const [idle, busy] = [await world.client(), await world.asking()];
  await world.pass(9000);
  expect(idle.over).toBe(false);
  await world.pass(3000);
  expect([idle.over, busy.over, world.stat("http.front.downstream_cx_idle_timeout")]).toEqual([true, false, 1]);
  await world.answer();
  await world.pass(9000);
  expect(busy.over).toBe(false);
  await world.pass(3000);
  expect(busy.over).toBe(true);
  await part(world, idle, busy);
});

test("a stream on which nothing moves for stream_idle_timeout is answered 504; what moves keeps it", async () => {
  const world = await ProxyWorld.open({ manager: { stream_idle_timeout: "5s" }, routes: [forward("/", "u", { timeout: "0s" })] });
  const client = await world.client();
  client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 100\r\n\r\n");
  for (let i = 0; i < 3; i++) {
    await world.pass(4000);
    client.send("x");
    await world.settle();
  }
  expect(client.received).toBe("");
  await world.pass(5000);
  expect([client.statuses[0], world.stat("http.front.downstream_rq_idle_timeout"), world.upstream().over]).toEqual([408, 1, true]);
  await part(world, client);
  expect(world.log[0]).toContain(" 408 SI ");
});

test("a head that takes longer than request_headers_timeout is answered 408", async () => {
  const world = await ProxyWorld.open({ manager: { request_headers_timeout: "2s" }, routes: OWN });
  const client = await world.client();
  client.send("GET / HTTP/1.1\r\nho");
  await world.settle();
  await world.pass(2500);
  expect(client.statuses).toEqual([408]);
  await part(world, client);
});

test("a request that takes longer than request_timeout to arrive is answered 408", async () => {
  const world = await ProxyWorld.open({ manager: { request_timeout: "2s" } });
  const client = await world.client();
  client.send("POST / HTTP/1.1\r\nhost: x\r\ncontent-length: 10\r\n\r\nabc");
  await world.settle();
  await world.pass(2500);
  expect([client.statuses[0], world.stat("http.front.downstream_rq_timeout")]).toEqual([408, 1]);
  await part(world, client);
});

test("the last of max_requests_per_connection says connection: close", async () => {
  const world = await ProxyWorld.open({ manager: { common_http_protocol_options: { max_requests_per_connection: 2 } }, routes: OWN });
  const client = await world.asking();
  expect(client.received).not.toContain("connection: close");
  client.send(REQUEST);
  await world.settle();
  expect(client.received).toContain("connection: close");
  expect(world.stat("http.front.downstream_cx_max_requests_reached")).toBe(1);
  await part(world, client);
});

test("max_connection_duration ends an idle connection, and a busy one with its response", async () => {
  const world = await ProxyWorld.open({ manager: { common_http_protocol_options: { max_connection_duration: "5s" } } });
  const [idle, busy] = [await world.client(), await world.asking()];
  await world.pass(5500);
  await world.pass(1500);
  expect([idle.over, busy.over]).toEqual([true, false]);
  await world.answer();
  expect(busy.received).toContain("connection: close");
  await part(world, idle, busy);
});

test.each([["is still answered", true], ["may fail to come", false]])("after max_connection_duration a connection drains: a request %s", async (_what, comes) => {
  const world = await ProxyWorld.open({ manager: { common_http_protocol_options: { max_connection_duration: "5s" }, drain_timeout: "3s" } });
  const client = await world.asking();
  await world.answer();
  await world.pass(6000);
  expect([client.over, client.received.includes("connection: close")]).toEqual([false, false]);
  if (comes) {
    client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
    await world.settle();
    await world.answer();
    expect(client.received).toContain("connection: close");
  }
  await world.pass(4000);
  expect(client.over).toBe(true);
  await part(world, client);
});

test("http1_safe_max_connection_duration waits for the next request and counts who waits", async () => {
  const world = await ProxyWorld.open({ manager: { common_http_protocol_options: { max_connection_duration: "5s" }, http1_safe_max_connection_duration: true } });
  const client = await world.asking();
  await world.answer();
  await world.pass(60_000);
  expect([client.over, world.stat("http.front.downstream_cx_http1_soft_drain")]).toEqual([false, 1]);
  client.send("GET / HTTP/1.1\r\nhost: a\r\n\r\n");
  await world.settle();
  await world.answer();
  expect(client.received).toContain("connection: close");
  await part(world, client);
  expect(world.stat("http.front.downstream_cx_http1_soft_drain")).toBe(0);
});

test.each([["closes", (peer: Peer) => peer.conn.close()], ["resets", (peer: Peer) => peer.conn.reset()], ["ends its side", (peer: Peer) => peer.conn.end()]])(
  "a client that %s while it waits gives the upstream up too", async (_how, leave) => {
    const world = await ProxyWorld.open();
    const client = await world.asking();
    expect(world.stat("http.front.downstream_rq_active")).toBe(1);
    leave(client);
    await world.settle();
    expect(world.upstream().over).toBe(true);
    expect([world.stat("http.front.downstream_rq_rx_reset"), world.stat("http.front.downstream_cx_destroy_remote_active_rq")]).toEqual([1, 1]);
    await part(world, client);
    expect(world.log[0]).toContain(" 0 DC ");
  },
);

test("while the server drains a response closes its connection, and one that stays idle ends after the grace", async () => {
  const world = await ProxyWorld.open({ routes: OWN });
  const [quiet, busy] = [await world.asking(), await world.asking()];
  world.draining = true;
  world.live.drainAll(3000);
  busy.send(REQUEST);
  await world.settle();
  expect(busy.received.split("own")[1]).toContain("connection: close");
  await world.pass(2500);
  expect(quiet.over).toBe(false);
  await world.pass(2000);
  expect(quiet.over).toBe(true);
  await part(world, quiet, busy);
  expect(world.live.openConnections).toBe(0);
});

test("a replaced listener's connections go on as they were, until their next response", async () => {
  const world = await ProxyWorld.open({ routes: [answer("/", 200, "old")] });
  const client = await world.asking();
  await world.configure({ manager: { server_name: "new" }, routes: [answer("/", 200, "new")] });
  client.send(REQUEST);
  await world.settle();
  expect(client.received).toMatch(/old[^]*server: envoy[^]*new$/);
  expect(client.received.split("old")[1]).toContain("connection: close");
  const next = await world.asking();
  expect(next.received).toMatch(/server: new/);
  await part(world, client, next);
  expect(world.stat("http.front.downstream_rq_total")).toBe(3);
});
