import { describe, expect, test } from "vitest";
import { answer, forward } from "../support/bootstrap.ts";
import { type Peer, ProxyWorld, UPSTREAM } from "../support/proxy-world.ts";

const TYPE = "type.googleapis.com/";
const WEBSOCKET = { upgrade_configs: [{ upgrade_type: "websocket" }] };
const ASK = "connection: upgrade\r\nupgrade: websocket\r\n";
const AGREED = "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n";
const CONNECT = "CONNECT far.test:443 HTTP/1.1\r\nhost: far.test:443\r\n\r\n";
const connectRoute = (action: object): object => ({ match: { connect_matcher: {} }, route: { cluster: "u", ...action } });
const ENDS_HERE = { upgrade_configs: [{ upgrade_type: "CONNECT", connect_config: {} }] };

async function end(world: ProxyWorld, ...clients: Peer[]): Promise<void> {
  for (const peer of [...clients, ...world.upstreams]) peer.conn.close();
  await world.pass(2500);
  world.expectQuiet();
}

describe("a WebSocket", () => {
  test("is a tunnel once the upstream agrees: bytes go both ways, and nobody's timeout counts", async () => {
    const world = await ProxyWorld.open({ manager: WEBSOCKET, routes: [forward("/", "u", { timeout: "1s" })] });
    const client = await world.asking("/", ASK);
    client.send("early");
    await world.settle();
    expect(world.upstream().received).toMatch(/upgrade: websocket\r\n[^]*\r\n\r\n$/);
    world.upstream().send(AGREED);
    await world.pass(3000);
    world.upstream().send("down");
    client.send("up");
    await world.settle();
    expect(client.received).toMatch(/^HTTP\/1\.1 101 [^]*\r\n\r\ndown$/);
    expect(client.received).not.toContain("connection: close");
    expect(world.upstream().received.endsWith("\r\n\r\nearlyup")).toBe(true);
    expect(world.stat("http.front.downstream_cx_upgrades_active")).toBe(1);
    client.conn.close();
    await world.settle();
    expect(world.upstream().over).toBe(true);
    expect([world.stat("http.front.downstream_cx_upgrades_active"), world.stat("http.front.downstream_cx_upgrades_total")]).toEqual([0, 1]);
    await end(world, client);
    expect(world.log[0]).toMatch(/ 101 DC 7 4 /);
  });

  test("ends with the upstream's connection", async () => {
    const world = await ProxyWorld.open({ manager: WEBSOCKET });
    const client = await world.asking("/", ASK);
    world.upstream().send(AGREED);
    await world.settle();
    world.upstream().conn.close();
    await world.pass(1250);
    expect(client.over).toBe(true);
    await end(world, client);
    expect(world.log[0]).toMatch(/ 101 UC /);
  });

  test("that is answered with 200 gets the head alone, with an error the whole answer", async () => {
    const world = await ProxyWorld.open({ manager: WEBSOCKET });
    const plain = await world.asking("/", ASK);
    world.upstream().send("HTTP/1.1 200 OK\r\nx-a: b\r\ncontent-length: 5\r\n\r\nplain");
    await world.settle();
    const refused = await world.asking("/", ASK);
    world.upstream().send("HTTP/1.1 403 No\r\ncontent-length: 2\r\n\r\nno");
    await world.settle();
    expect(plain.received).toMatch(/^HTTP\/1\.1 200 [^]*x-a: b\r\n[^]*\r\n\r\n$/);
    expect(refused.received).toMatch(/^HTTP\/1\.1 403 [^]*\r\n\r\nno$/);
    await end(world, plain, refused);
  });

  test("must be answered within the route's timeout", async () => {
    const world = await ProxyWorld.open({ manager: WEBSOCKET, routes: [forward("/", "u", { timeout: "1s" })] });
    const client = await world.asking("/", ASK);
    await world.pass(1250);
    expect(client.statuses).toEqual([504]);
    await end(world, client);
  });

  test("pushes back both ways", async () => {
    const world = await ProxyWorld.open({ manager: WEBSOCKET });
    const client = await world.asking("/", ASK);
    world.upstream().send(AGREED);
    await world.settle();
    client.conn.pause();
    for (let i = 0; i < 40; i++) world.upstream().send("d".repeat(100_000));
    await world.settle();
    const held = client.received.length;
    client.conn.resume();
    await world.settle();
    expect(held).toBeLessThan(4_000_000);
    expect(client.received.length).toBeGreaterThan(4_000_000);
    await end(world, client);
  });
});

describe("who may be upgraded", () => {
  const routes = [
    forward("/never", "u", { upgrade_configs: [{ upgrade_type: "WebSocket", enabled: false }] }), forward("/other", "u", { upgrade_configs: [{ upgrade_type: "other" }] }),
    answer("/direct", 200, "direct"), forward("/", "u"),
  ];

  test.each([["/never", "websocket", 403], ["/", "foo", 403], ["/direct", "websocket", 200], ["/direct", "foo", 403]])("%s to %s: %i", async (path, type, status) => {
    const world = await ProxyWorld.open({ manager: WEBSOCKET, routes });
    const client = await world.asking(path, `connection: upgrade\r\nupgrade: ${type}\r\n`);
    expect(client.statuses).toEqual([status]);
    await end(world, client);
  });

  test("a route allows what the manager does not name", async () => {
    const world = await ProxyWorld.open({ manager: WEBSOCKET, routes });
    const client = await world.asking("/other", "connection: upgrade\r\nupgrade: other\r\n");
    expect(world.upstreams.length).toBe(1);
    await end(world, client);
  });

  test("an upgrade may have filters of its own", async () => {
    const filters = [
      { name: "b", typed_config: { "@type": `${TYPE}envoy.extensions.filters.http.buffer.v3.Buffer`, max_request_bytes: 3 } },
      { name: "r", typed_config: { "@type": `${TYPE}envoy.extensions.filters.http.router.v3.Router` } },
    ];
    const world = await ProxyWorld.open({ manager: { upgrade_configs: [{ upgrade_type: "websocket", filters }] } });
    const client = await world.asking("/", ASK);
    client.send("more than that");
    await world.settle();
    expect([client.statuses, world.upstreams.length, world.stat("http.front.downstream_rq_too_large")]).toEqual([[413], 0, 1]);
    await end(world, client);
  });
});

describe("CONNECT", () => {
  test("is forwarded, and its payload waits for a 2xx", async () => {
    const world = await ProxyWorld.open({ manager: { upgrade_configs: [{ upgrade_type: "CONNECT" }], strip_any_host_port: true }, routes: [connectRoute({}) as never] });
    const client = await world.client();
    client.send(`${CONNECT}hello`);
    await world.settle();
    expect(world.upstream().received).toMatch(/^CONNECT far\.test:443 HTTP\/1\.1\r\n[^]*\r\n\r\n$/);
    world.upstream().send("HTTP/1.1 200 OK\r\n\r\nback");
    await world.settle();
    expect(world.upstream().received.endsWith("hello")).toBe(true);
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nback$/);
    await end(world, client);
  });

  test("is terminated: the host gets the payload alone, the client 200 when there is a connection", async () => {
    const world = await ProxyWorld.open({ manager: { upgrade_configs: [{ upgrade_type: "CONNECT" }] }, routes: [connectRoute(ENDS_HERE) as never] });
    const client = await world.client();
    client.send(`${CONNECT}hello`);
    await world.settle();
    world.upstream().send("back");
    await world.settle();
    expect(world.upstream().received).toBe("hello");
    expect(client.received).toMatch(/^HTTP\/1\.1 200 OK\r\n[^]*\r\n\r\nback$/);
    world.upstream().conn.close();
    await world.pass(1250);
    expect(client.over).toBe(true);
    expect([world.stat("cluster.u.upstream_cx_http1_total"), world.stat("cluster.u.upstream_cx_total"), world.stat("cluster.u.upstream_cx_destroy_with_active_rq")]).toEqual([0, 1, 1]);
    await end(world, client);
    expect(world.log[0]).toMatch(/ 200 - 5 4 /);
  });

  test("is terminated, and the host is told who the client is", async () => {
    const upgrade = { upgrade_type: "CONNECT", connect_config: { proxy_protocol_config: { version: "V1" } } };
    const world = await ProxyWorld.open({ manager: { upgrade_configs: [{ upgrade_type: "CONNECT" }] }, routes: [connectRoute({ upgrade_configs: [upgrade] }) as never] });
    const client = await world.client();
    client.send(`${CONNECT}hello`);
    await world.settle();
    expect(world.upstream().received).toMatch(/^PROXY TCP4 127\.0\.0\.1 127\.0\.0\.1 \d+ 8080\r\nhello$/);
    await end(world, client);
  });

  test("is terminated where nobody listens: 503 UF", async () => {
    const world = await ProxyWorld.open({ manager: { upgrade_configs: [{ upgrade_type: "CONNECT" }] }, routes: [connectRoute(ENDS_HERE) as never], cluster: { load_assignment: { cluster_name: "u", endpoints: [{ lb_endpoints: [{ endpoint: { address: { socket_address: { address: "127.0.0.1", port_value: UPSTREAM.port + 1 } } } }] }] } } });
    const client = await world.client();
    client.send(CONNECT);
    await world.settle();
    expect(client.statuses).toEqual([503]);
    await end(world, client);
    expect(world.log[0]).toContain(" 503 UF ");
  });
});
