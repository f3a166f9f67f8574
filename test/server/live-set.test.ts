import { describe, expect, test } from "vitest";
import { ipAddress } from "../../src/platform/address.ts";
import { answer, forward } from "../support/bootstrap.ts";
import { PROXY, ProxyWorld, UPSTREAM } from "../support/proxy-world.ts";

describe("a worker's live set", () => {
  test("does not touch what a change does not name: pools and connections stay", async () => {
    const world = await ProxyWorld.open();
    const client = await world.asking();
    await world.answer();
    await world.configure({ routes: [forward("/other", "u"), forward("/", "u")], cluster: {} });
    world.live.setHosts("unknown", []);
    expect(world.upstreams.length).toBe(1);
    client.conn.close();
    await world.settle();
    world.expectQuiet();
  });

  test("a stream keeps the table that it was routed by", async () => {
    const world = await ProxyWorld.open({ routes: [forward("/", "u", { timeout: "5s" })] });
    const client = await world.asking();
    await world.configure({ routes: [answer("/", 418)] });
    await world.answer("late");
    expect(client.statuses).toEqual([200]);
    const next = await world.asking();
    expect(next.statuses).toEqual([418]);
  });

  test("without its route table a listener answers 404", async () => {
    const world = await ProxyWorld.open();
    for (const name of ["\u0000inline:front/0/0"]) world.live.remove("route", name, 0);
    expect((await world.asking()).statuses).toEqual([404]);
  });

  test("says where its listeners are, and nothing of those it has no more", async () => {
    const world = await ProxyWorld.open();
    expect([world.live.bound(), world.live.accepting]).toEqual([{ front: ["127.0.0.1:8080"] }, true]);
    world.live.remove("listener", "front", 1000);
    expect([world.live.bound(), world.live.accepting]).toEqual([{}, false]);
    const late = await world.client();
    expect(late.closed).toBe("refused");
  });

  test("a listener whose address moves keeps its old connections, and takes new ones at the new place only", async () => {
    const world = await ProxyWorld.open({ routes: [answer("/", 200)] });
    const client = await world.asking();
    await world.configure({ routes: [answer("/", 200)], listener: { address: { socket_address: { address: "127.0.0.1", port_value: 8081 } } } });
    expect((await world.client()).closed).toBe("refused");
    expect(world.live.bound()).toEqual({ front: ["127.0.0.1:8081"] });
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await world.settle();
    expect(client.statuses).toEqual([200, 200]);
    expect(client.received.split("\r\n\r\n").at(-2)).toContain("connection: close");
    client.conn.close();
    await world.pass(1500);
    expect(world.live.openConnections).toBe(0);
  });

  test("a listener whose address cannot be had is refused, and the others go on", async () => {
    const world = await ProxyWorld.open({ routes: [answer("/", 200)] });
    await world.transport.listen(ipAddress("127.0.0.1", 8090), { reusePort: false }, (conn) => conn.reset());
    await expect(world.configure({ listener: { name: "second", address: { socket_address: { address: "127.0.0.1", port_value: 8090 } } } })).rejects.toThrow("EADDRINUSE");
    expect((await world.asking()).statuses.length).toBe(1);
    expect(Object.keys(world.live.bound())).toEqual(["front"]);
  });

  test("stops accepting at once, while what is open is served", async () => {
    const world = await ProxyWorld.open();
    const client = await world.asking();
    world.live.stopAccepting();
    expect([(await world.client()).closed, world.live.accepting, world.live.openConnections]).toEqual(["refused", false, 1]);
    await world.answer();
    expect(client.statuses).toEqual([200]);
  });

  test("hosts that stay keep their pools when others come and go", async () => {
    const world = await ProxyWorld.open();
    const client = await world.asking();
    await world.answer();
    const [host] = [{ address: UPSTREAM, hostname: "", weight: 1, priority: 0, locality: { region: "", zone: "", sub_zone: "" }, localityWeight: 0, flags: 0 }];
    world.live.setHosts("u", [host, { ...host, address: PROXY }]);
    world.live.setHosts("u", [host]);
    client.send("GET / HTTP/1.1\r\nhost: x\r\n\r\n");
    await world.settle();
    await world.answer();
    expect([client.statuses, world.upstreams.length]).toEqual([[200, 200], 1]);
  });
});
