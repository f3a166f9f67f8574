import { describe, expect, test } from "vitest";
import { answer, forward } from "../support/bootstrap.ts";
import { type Peer, ProxyWorld } from "../support/proxy-world.ts";

async function end(world: ProxyWorld, ...clients: Peer[]): Promise<void> {
  for (const peer of [...clients, ...world.upstreams]) peer.conn.close();
  await world.pass(2500);
  world.expectQuiet();
}

const POST = (body: string, length = body.length): string => `POST / HTTP/1.1\r\nhost: x\r\ncontent-length: ${length}\r\n\r\n${body}`;

describe("without an upstream's answer, a request is answered", () => {
  test("404 NR where no route matches, 503 NC where the cluster is gone, 503 UH where it has no host", async () => {
    const world = await ProxyWorld.open({ routes: [forward("/u", "u")] });
    const lost = await world.asking("/other");
    world.live.setHosts("u", []);
    const empty = await world.asking("/u");
    world.live.remove("cluster", "u", 0);
    const gone = await world.asking("/u");
    expect([lost.statuses, empty.statuses, gone.statuses]).toEqual([[404], [503], [503]]);
    expect(empty.received).toMatch(/no healthy upstream$/);
    await end(world, lost, empty, gone);
    expect(world.log.map((line) => / (\d\d\d \w\w) /.exec(line)?.[1])).toEqual(["404 NR", "503 UH", "503 NC"]);
  });

  test("504 UT after the route's timeout, which begins when the request is whole", async () => {
    const world = await ProxyWorld.open({ routes: [forward("/", "u", { timeout: "2s" })] });
    const client = await world.client();
    client.send(POST("a", 2));
    await world.pass(3000);
    expect(client.statuses).toEqual([]);
    client.send("b");
    await world.pass(1750);
    expect(client.statuses).toEqual([]);
    await world.pass(500);
    expect(client.received).toMatch(/^HTTP\/1\.1 504 [^]*upstream request timeout$/);
    expect([world.upstream().over, world.stat("cluster.u.upstream_rq_timeout")]).toEqual([true, 1]);
    await end(world, client);
    expect(world.log[0]).toContain(" 504 UT ");
  });

  test("504 UT while it still waits for a connection", async () => {
    const world = await ProxyWorld.open({ routes: [forward("/", "u", { timeout: "1s" })], cluster: { connect_timeout: "10s", load_assignment: { cluster_name: "u", endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: "192.0.2.1", port_value: 80 } } } }] }] } } });
    const client = await world.asking();
    await world.pass(1250);
    expect([client.statuses, world.stat("cluster.u.upstream_rq_pending_active")]).toEqual([[504], 0]);
    await world.pass(9000); // the connection itself goes on until its own timeout
    await end(world, client);
  });

  test.each([["closes", "FIN"], ["resets", "RST"]])("503 UC when the upstream %s before it answers", async (_how, kind) => {
    const world = await ProxyWorld.open();
    const client = await world.asking();
    if (kind === "FIN") world.upstream().conn.close();
    else world.upstream().conn.reset();
    await world.settle();
    expect(client.received).toMatch(/^HTTP\/1\.1 503 [^]*reset reason: connection termination$/);
    await end(world, client);
    expect(world.log[0]).toContain(" 503 UC ");
  });

  test("502 UPE when the upstream does not speak HTTP", async () => {
    const world = await ProxyWorld.open();
    const client = await world.asking();
    world.upstream().send("SSH-2.0-OpenSSH\r\n\r\n");
    await world.settle();
    expect([client.statuses, world.upstream().over]).toEqual([[502], true]);
    await end(world, client);
    expect(world.log[0]).toContain(" 502 UPE ");
  });
});

describe("once the response has begun", () => {
  test.each(["the upstream closes", "the route's timeout is over"])("and %s, the client's connection ends unfinished", async (what) => {
    const world = await ProxyWorld.open({ routes: [forward("/", "u", { timeout: "2s" })] });
    const client = await world.asking();
    world.upstream().send("HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\nhalf");
    await world.settle();
    if (what === "the upstream closes") world.upstream().conn.close();
    else await world.pass(2250);
    await world.pass(1500);
    expect([client.statuses, client.received.slice(-4), client.over]).toEqual([[200], "half", true]);
    await end(world, client);
    expect(world.log.length).toBe(1);
  });

  test("before the request was whole, the rest of the request is not waited for", async () => {
    const world = await ProxyWorld.open();
    const client = await world.client();
    client.send(POST("half", 100));
    await world.settle();
    await world.answer("early");
    expect(client.received).toMatch(/connection: close[^]*early$/);
    await world.pass(1500);
    expect(client.over).toBe(true);
    await end(world, client);
  });
});

test("a body that comes before there is a connection is sent behind the head, in order", async () => {
  const world = await ProxyWorld.open();
  const client = await world.client();
  client.send(POST("", 9));
  for (const part of ["one", "two"]) client.send(part);
  await world.settle();
  client.send("end");
  await world.settle();
  expect(world.upstream().received).toMatch(/^POST [^]*\r\n\r\nonetwoend$/);
  await world.answer();
  expect(client.statuses).toEqual([200]);
  await end(world, client);
});

test("a client that does not read pushes back on the upstream, and is given everything when it does", async () => {
  const world = await ProxyWorld.open({ listener: { per_connection_buffer_limit_bytes: 10_000 }, cluster: { per_connection_buffer_limit_bytes: 10_000 } });
  const client = await world.asking();
  client.conn.pause();
  const size = 4_000_000;
  world.upstream().send(`HTTP/1.1 200 OK\r\ncontent-length: ${size}\r\n\r\n`);
  for (let i = 0; i < 400; i++) {
    world.upstream().send("x".repeat(10_000));
    await Promise.resolve();
  }
  await world.settle();
  expect(world.upstream().conn.buffered).toBeGreaterThan(size / 2);
  client.conn.resume();
  for (let i = 0; i < 100; i++) await world.settle();
  expect(client.received.length - client.received.indexOf("\r\n\r\n") - 4).toBe(size);
  expect(world.stat("cluster.u.upstream_flow_control_paused_reading_total")).toBeGreaterThan(0);
  await end(world, client);
});

test("own answers and redirects ask no upstream", async () => {
  const world = await ProxyWorld.open({ routes: [answer("/own", 201, "mine"), { match: { prefix: "/" }, redirect: { path_redirect: "/own" } }] });
  const [own, moved] = [await world.asking("/own"), await world.asking("/x")];
  expect([own.statuses, moved.statuses, world.upstreams.length]).toEqual([[201], [301], 0]);
  expect(moved.received).toContain("location: http://x/own");
  await end(world, own, moved);
});

test("x-envoy-upstream-service-time and x-envoy-expected-rq-timeout-ms say what was measured and what is left", async () => {
  const world = await ProxyWorld.open({ routes: [forward("/", "u", { timeout: "3s" })] });
  const client = await world.asking();
  expect(world.upstream().received).toContain("x-envoy-expected-rq-timeout-ms: 3000");
  await world.pass(750);
  await world.answer();
  expect(client.received).toContain("x-envoy-upstream-service-time: 750");
  expect(world.stat("cluster.u.upstream_rq_200")).toBe(1);
  await end(world, client);
});
