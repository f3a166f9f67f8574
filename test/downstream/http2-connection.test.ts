import { expect, test } from "vitest";
import * as F from "../../src/codec/http2-frames.ts";
import { answer, forward } from "../support/bootstrap.ts";
import { Http2Peer } from "../support/http2-peer.ts";
import { data, goaway, reset, windowUpdate } from "../support/http2-wire.ts";
import { ProxyWorld } from "../support/proxy-world.ts";

const OWN = [answer("/own", 200, "own"), forward("/", "u", { timeout: "0s" })];

/** Lets the client close too, and checks that nothing of it is left. */
async function part(world: ProxyWorld, ...clients: Http2Peer[]): Promise<void> {
  for (const { peer } of clients) peer.conn.close();
  for (const peer of world.upstreams) peer.conn.close();
  await world.settle();
  await world.pass(8000);
  world.expectQuiet();
  expect([world.stat("http2.streams_active"), world.stat("http2.pending_send_bytes"), world.stat("http.front.downstream_cx_http2_active")]).toEqual([0, 0, 0]);
}

test("streams run beside each other, each answered when its upstream has", async () => {
  const world = await ProxyWorld.open({ routes: OWN });
  const client = await Http2Peer.client(world);
  await client.ask(1, "/a");
  await client.ask(3, "/b");
  await client.ask(5, "/own");
  await world.answer("b", world.upstream(1));
  await world.answer("a", world.upstream(0));
  expect(client.heard()).toEqual(["HEADERS 5 :status: 200", "DATA 5 end own", "HEADERS 3 :status: 200", "DATA 3 end b", "HEADERS 1 :status: 200", "DATA 1 end a"]);
  expect([world.stat("http.front.downstream_rq_http2_total"), world.stat("http.front.downstream_cx_http2_total"), world.stat("http.front.downstream_cx_http1_total")]).toEqual([3, 1, 0]);
  await part(world, client);
});

test("a drain tells the client, takes what is on its way, and closes behind the last stream", async () => {
  const world = await ProxyWorld.open({ routes: OWN, manager: { drain_timeout: "2s" } });
  const client = await Http2Peer.client(world);
  await client.ask(1, "/slow");
  world.draining = true;
  await client.ask(3, "/own");
  expect(client.heard()).toEqual(["GOAWAY 0 last 2147483647 code 0", "HEADERS 3 :status: 200", "DATA 3 end own"]);
  await client.ask(5, "/own");
  await world.pass(2250);
  expect(client.heard()).toEqual(["HEADERS 5 :status: 200", "DATA 5 end own", "GOAWAY 0 last 5 code 0"]);
  await client.ask(7, "/own");
  expect(client.peer.over).toBe(false);
  await world.answer("late");
  await world.pass(1250);
  expect(client.heard()).toEqual(["HEADERS 1 :status: 200", "DATA 1 end late"]);
  expect([client.peer.over, world.stat("http.front.downstream_cx_drain_close"), world.stat("http2.goaway_sent")]).toEqual([true, 1, 1]);
  await part(world, client);
});

test("an idle connection is told to go, and closed when it has had time for it", async () => {
  const world = await ProxyWorld.open({ routes: OWN, manager: { drain_timeout: "1s", common_http_protocol_options: { idle_timeout: "10s" } } });
  const client = await Http2Peer.client(world);
  await world.pass(9000);
  await client.ask(1, "/own");
  await world.pass(9000);
  client.heard();
  await world.pass(1500);
  expect(client.heard()).toEqual(["GOAWAY 0 last 2147483647 code 0"]);
  await world.pass(2500);
  expect([client.heard(), client.peer.over, world.stat("http.front.downstream_cx_idle_timeout")]).toEqual([["GOAWAY 0 last 1 code 0"], true, 1]);
  await part(world, client);
});

test("each stream has timers of its own", async () => {
  const world = await ProxyWorld.open({ routes: OWN, manager: { stream_idle_timeout: "5s" } });
  const client = await Http2Peer.client(world);
  await client.ask(1, "/a", F.END_HEADERS);
  await world.pass(3000);
  await client.ask(3, "/b", F.END_HEADERS);
  await world.pass(1500);
  await client.send(data(1, "x"));
  await world.pass(4000);
  expect(client.heard()).toEqual(["HEADERS 3 :status: 408", "DATA 3 end stream timeout", "RST_STREAM 3 0"]);
  await world.pass(2000);
  expect(client.heard()).toEqual(["HEADERS 1 :status: 408", "DATA 1 end stream timeout", "RST_STREAM 1 0"]);
  expect(client.peer.over).toBe(false);
  await part(world, client);
});

test("a response that the client does not take is given up after stream_idle_timeout", async () => {
  const world = await ProxyWorld.open({ routes: OWN, manager: { stream_idle_timeout: "5s" } });
  const client = await Http2Peer.client(world, { 4: 1 });
  await client.ask(1, "/own");
  expect(client.heard()).toEqual(["HEADERS 1 :status: 200", "DATA 1 o"]);
  expect([world.log.length, world.stat("http.front.downstream_rq_active")]).toEqual([0, 1]);
  await world.pass(6000);
  expect([client.heard(), world.stat("http2.tx_flush_timeout"), world.log.length]).toEqual([["RST_STREAM 1 2"], 1, 1]);
  await part(world, client);
});

test("a response that waited for the client's window is logged when it has gone", async () => {
  const world = await ProxyWorld.open({ routes: OWN });
  const client = await Http2Peer.client(world, { 4: 1 });
  await client.ask(1, "/own");
  expect(world.log.length).toBe(0);
  await client.send(windowUpdate(1, 10));
  expect([client.heard().at(-1), world.log.length]).toEqual(["DATA 1 end wn", 1]);
  await part(world, client);
});

test("a slow reader of one stream holds that stream's upstream back, and no other", async () => {
  const world = await ProxyWorld.open({ routes: OWN, listener: { per_connection_buffer_limit_bytes: 1000 } });
  const client = await Http2Peer.client(world, { 4: 100 });
  await client.ask(1, "/a");
  await client.ask(3, "/b");
  world.upstream(0).send(`HTTP/1.1 200 OK\r\ncontent-length: 5000\r\n\r\n${"a".repeat(2000)}`);
  await world.settle();
  expect(world.stat("cluster.u.upstream_flow_control_paused_reading_total")).toBe(1);
  await world.answer("b", world.upstream(1));
  expect(client.heard()).toEqual(["HEADERS 1 :status: 200", "DATA 1 100 bytes", "HEADERS 3 :status: 200", "DATA 3 end b"]);
  await client.send(windowUpdate(1, 10_000), windowUpdate(0, 10_000));
  world.upstream(0).send("a".repeat(3000));
  await world.settle();
  expect([client.heard().at(-1), world.stat("cluster.u.upstream_flow_control_resumed_reading_total")]).toEqual(["DATA 1 end 3000 bytes", 1]);
  await part(world, client);
});

test("a client that is gone, resets or says goodbye leaves nothing behind", async () => {
  const world = await ProxyWorld.open({ routes: OWN });
  const client = await Http2Peer.client(world);
  await client.ask(1, "/a");
  await client.ask(3, "/b");
  await client.send(reset(1, F.CANCEL), goaway(0, 0));
  expect(world.upstream(0).over).toBe(true);
  client.peer.conn.reset();
  await world.settle();
  expect([world.upstream(1).over, world.stat("http.front.downstream_cx_destroy_remote_active_rq"), world.stat("http.front.downstream_rq_rx_reset")]).toEqual([true, 1, 2]);
  await part(world, client);
});

test("keepalive PINGs are sent, their answers heard, and a client that gives none is let go", async () => {
  const world = await ProxyWorld.open({ routes: OWN, manager: { http2_protocol_options: { connection_keepalive: { interval: "10s", timeout: "2s", interval_jitter: { value: 0 } } } } });
  const client = await Http2Peer.client(world);
  await world.pass(10_250);
  expect(client.heard()).toEqual(["PING 0 <time>"]);
  await client.ping();
  expect(client.heard()).toEqual(["PING 0 ack 12345678"]);
  await world.pass(1500);
  expect(client.peer.over).toBe(false);
  await world.pass(1500);
  expect([client.peer.over, world.stat("http2.keepalive_timeout")]).toEqual([true, 1]);
  await part(world, client);
});

test("an upload is taken no faster than the upstream takes it", async () => {
  const limits = { per_connection_buffer_limit_bytes: 1000 };
  const world = await ProxyWorld.open({ routes: OWN, listener: limits, cluster: limits });
  const client = await Http2Peer.client(world);
  await client.ask(1, "/a", F.END_HEADERS);
  world.upstream().conn.pause();
  for (let i = 0; i < 40; i++) await client.send(data(1, "x".repeat(16_000)));
  expect(world.stat("http.front.downstream_flow_control_paused_reading_total")).toBeGreaterThan(0);
  world.upstream().conn.resume();
  await world.settle();
  await client.send(data(1, "end", F.END_STREAM));
  await world.answer("done");
  expect(world.stat("http.front.downstream_flow_control_resumed_reading_total")).toBe(world.stat("http.front.downstream_flow_control_paused_reading_total"));
  expect(client.heard()).toEqual(["HEADERS 1 :status: 200", "DATA 1 end done"]);
  await part(world, client);
});
